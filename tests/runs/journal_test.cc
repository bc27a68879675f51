#include "agent/run/journal.h"

#include <gtest/gtest.h>

#include "agent/base/digest.h"

namespace agent::run {
namespace {

using Unreadable = Journal::Unreadable;

const base::TimePoint noon{base::Duration(1'795'000'000'000)};

Journal sample() {
  Journal journal("0123456789abcdef", noon);
  journal.record("CreateImage", "ami-0abc");
  journal.record("eu-west-1/Count", 3);
  return journal;
}

TEST(Journal, Comes_back_from_its_token_as_it_was) {
  auto journal = sample();
  journal.fail({.type = base::FailureType::PermissionError,
                .message = "not allowed",
                .step = "CreateImage",
                .undoing = noon + std::chrono::minutes(3)});
  const auto back = Journal::from_token(journal.to_token(), "0123456789abcdef");
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->to_text(), journal.to_text());
  EXPECT_EQ(back->started(), noon);
  EXPECT_EQ(back->verdict()->step, "CreateImage");
  EXPECT_EQ(back->verdict()->undoing, noon + std::chrono::minutes(3));
}

TEST(Journal, Holds_many_facts_within_a_token) {
  Journal journal(std::string(64, 'a'), noon);
  for (int i = 0; i < 20; ++i)
    journal.record("SomeLongStepName" + std::to_string(i), "ami-0abcdef0123");
  EXPECT_LT(journal.to_token().size(), token_limit);
}

// Tokens of every release resume for ever: this one is of the first.
TEST(Journal, Reads_a_token_of_version_1) {
  const std::string token =
      "j1.VY7NCoMwEIRfpew5UqO1_lyFQvsWa7KWgDZiVkuRvHtXpIfOcYbvYzZYodEKnIUGUp3ll-JaVjV2x"
      "lIPCpBlLusi_UVBj4YDNBu0MyHTfcQnCYyjS1LhBKIleVPgRJ9bv7zEkEcFK83WGd5B_kw78fDdDd1AV"
      "pCRQjg87P1pEK-UgWmS5pD8fdHV_iXGLw";
  const auto journal = Journal::from_token(token, "0123456789abcdef");
  ASSERT_TRUE(journal.has_value());
  EXPECT_EQ(journal->started(), noon);
  EXPECT_EQ(journal->fact("CreateImage")->as_string(), "ami-0abc");
  EXPECT_EQ(journal->fact("eu-west-1/Count")->to_number<int>(), 3);
  ASSERT_TRUE(journal->verdict());
  EXPECT_EQ(journal->verdict()->message, "too late");
}

TEST(Journal, Of_another_execution_is_foreign) {
  EXPECT_EQ(Journal::from_token(sample().to_token(), "ffff").error(), Unreadable::foreign);
}

TEST(Journal, Of_a_newer_version_is_newer) {
  EXPECT_EQ(Journal::from_token("j2.whatever", "0123456789abcdef").error(), Unreadable::newer);
  EXPECT_EQ(Journal::from_text(R"({"v":2,"id":"a","at":1,"facts":{}})", "a").error(),
            Unreadable::newer);
}

TEST(Journal, Damaged_anywhere_is_damaged_and_never_a_crash) {
  const auto token = sample().to_token();
  for (std::size_t cut = 0; cut < token.size(); ++cut) {
    EXPECT_FALSE(Journal::from_token(token.substr(0, cut), "0123456789abcdef")) << cut;
  }
  for (const auto* const text :
       {"", "j1.", "j1.====", "j1.AAAA", "{}", "j.", "jx.AA", "\xff\xff", "j1.\xff"}) {
    EXPECT_EQ(Journal::from_token(text, "0123456789abcdef").error(), Unreadable::damaged) << text;
  }
  for (const auto* const text :
       {"", "[]", "{}", R"({"v":1,"id":"a"})", R"({"v":1,"id":"a","at":-1,"facts":{}})",
        R"({"v":1,"id":"a","at":1,"facts":[]})",
        R"({"v":1,"id":"a","at":1,"facts":{},"verdict":{"type":"Nonsense"}})",
        R"({"v":1,"id":"a","at":1e300,"facts":{}})"}) {
    EXPECT_EQ(Journal::from_text(text, "a").error(), Unreadable::damaged) << text;
  }
}

TEST(Journal, That_would_explode_is_damaged) {
  // 1,023 bytes of deflate that would become a megabyte of blanks and more.
  Journal journal("a", noon);
  journal.record("Big", boost::json::value_from(std::string(2'000'000, ' ')));
  EXPECT_LT(journal.to_token().size(), 4'000U);
  EXPECT_EQ(Journal::from_token(journal.to_token(), "a").error(), Unreadable::damaged);
}

}  // namespace
}  // namespace agent::run
