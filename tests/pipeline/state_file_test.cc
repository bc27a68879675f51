#include "agent/pipeline/state_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace agent::pipeline {
namespace {

using ::testing::HasSubstr;

HeldJob job(const std::string& id) {
  return {.id = id,
          .execution = "abc",
          .queue = {"eu-west-1", "Deploy", "CreateImage", "1"},
          .nonce = "3",
          .offered = base::TimePoint(base::Duration(1'795'000'000'000))};
}

class StateFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<StateFile> open() {
    return std::make_unique<StateFile>(open_state_directory(directory.path()), io.get_executor());
  }
  bool sync(StateFile& state) {
    auto good = false;
    boost::asio::co_spawn(io, state.sync(),
                          [&](std::exception_ptr, bool result) { good = result; });
    io.restart();
    io.run();
    return good;
  }
  std::string file() const {
    std::ifstream in(directory.path() / "state", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write_file(const std::string& text) const {
    std::ofstream(directory.path() / "state", std::ios::binary) << text;
  }

  boost::asio::io_context io;
  support::TemporaryDirectory directory;
};

TEST_F(StateFileTest, Remembers_jobs_as_far_as_they_were) {
  {
    const auto state = open();
    for (const auto* const id : {"a", "b", "c", "d"}) state->claim(job(id));
    state->own("b");
    state->own("c");
    state->checkpoint("c", R"({"v":1})");
    state->report("c", Result::hand_back("j1.x", {.summary = "waiting"}));
    state->forget("d");
    EXPECT_TRUE(sync(*state));
  }
  const auto jobs = open()->jobs();
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_FALSE(jobs[0].owned);
  EXPECT_EQ(jobs[0].nonce, "3");
  EXPECT_EQ(jobs[0].offered, job("a").offered);
  EXPECT_EQ(jobs[0].queue, job("a").queue);
  EXPECT_TRUE(jobs[1].owned);
  EXPECT_FALSE(jobs[1].result);
  EXPECT_EQ(jobs[2].journal, R"({"v":1})");
  ASSERT_TRUE(jobs[2].result);
  EXPECT_EQ(jobs[2].result->kind(), Result::Kind::hand_back);
}

TEST_F(StateFileTest, Is_whole_after_being_cut_at_any_byte) {
  {
    const auto state = open();
    state->claim(job("a"));
    state->own("a");
    state->claim(job("b"));
  }
  const auto whole = file();
  std::size_t most = 0;
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    write_file(whole.substr(0, cut));
    const auto state = open();
    most = std::max(most, state->jobs().size());
    EXPECT_TRUE(state->warnings().empty()) << cut;  // a write cut short is no damage
    EXPECT_LE(state->jobs().size(), 2U);
  }
  EXPECT_EQ(most, 2U);
}

TEST_F(StateFileTest, Sets_damage_aside_and_uses_the_rest) {
  {
    const auto state = open();
    state->claim(job("a"));
    state->claim(job("b"));
  }
  auto text = file();
  text[text.find("\"a\"") + 1] = 'z';
  write_file(text);
  const auto state = open();
  ASSERT_EQ(state->jobs().size(), 1U);
  EXPECT_EQ(state->jobs()[0].id, "b");
  ASSERT_EQ(state->warnings().size(), 1U);
  EXPECT_THAT(state->warnings()[0], HasSubstr("state.damaged-"));
}

TEST_F(StateFileTest, Survives_any_single_damaged_byte) {
  {
    const auto state = open();
    state->claim(job("a"));
    state->own("a");
  }
  const auto whole = file();
  for (std::size_t i = whole.find('\n') + 1; i < whole.size(); ++i) {
    auto text = whole;
    text[i] = static_cast<char>(text[i] ^ 0x55);
    write_file(text);
    EXPECT_NO_THROW(open()) << i;
  }
}

TEST_F(StateFileTest, Of_a_newer_version_is_left_alone) {
  write_file("codepipeline-agent state 2\nwhatever\n");
  try {
    open();
    FAIL();
  } catch (const StateError& error) {
    EXPECT_EQ(error.exit_code, 78);
    EXPECT_THAT(error.what(), HasSubstr("newer version"));
  }
  EXPECT_THAT(file(), HasSubstr("state 2"));
}

TEST_F(StateFileTest, A_damaged_version_is_damage_and_no_newer_version) {
  {
    const auto state = open();
    state->claim(job("a"));
  }
  auto text = file();
  text[text.find('\n') - 1] = 'q';
  write_file(text);
  const auto state = open();
  EXPECT_EQ(state->jobs().size(), 1U);
  EXPECT_EQ(state->warnings().size(), 1U);
}

TEST_F(StateFileTest, That_cannot_be_read_is_not_taken_for_an_empty_one) {
  std::filesystem::create_directory(directory.path() / "state");
  EXPECT_THROW(open(), StateError);
}

TEST_F(StateFileTest, Belongs_to_one_agent_whose_pid_is_named) {
  const auto state = open();
  try {
    open();
    FAIL();
  } catch (const StateError& error) {
    EXPECT_EQ(error.exit_code, 75);
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(::getpid())));
  }
}

TEST_F(StateFileTest, Stays_small_however_much_is_written) {
  const auto state = open();
  state->claim(job("a"));
  const std::string journal(10'000, 'x');
  for (int i = 0; i < 1'000; ++i) state->checkpoint("a", journal);
  EXPECT_LT(file().size(), 3U << 20);
  EXPECT_TRUE(sync(*state));
}

TEST_F(StateFileTest, Is_written_anew_when_somebody_has_removed_it) {
  const auto state = open();
  state->claim(job("a"));
  std::filesystem::remove(directory.path() / "state");
  EXPECT_TRUE(sync(*state));
  EXPECT_THAT(file(), HasSubstr("\"a\""));
}

TEST_F(StateFileTest, Is_for_its_owner_only) {
  const auto state = open();
  struct stat info{};
  ASSERT_EQ(::stat((directory.path() / "state").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(StateFileTest, Of_the_first_version_is_read_for_ever) {
  write_file(
      R"(codepipeline-agent state 1)"
      "\n"
      R"(e47b1a68 {"is":"claim","job":"11111111-2222-3333-4444-555555555555","execution":"e0","region":"eu-west-1","category":"Deploy","provider":"CreateImage","version":"1","nonce":"3","offered":1795000000000})"
      "\n"
      R"(bb79d928 {"is":"own","job":"11111111-2222-3333-4444-555555555555"})"
      "\n"
      R"(e3409aca {"is":"report","job":"11111111-2222-3333-4444-555555555555","result":{"kind":"failure","params":{"failureDetails":{"type":"JobFailed","message":"no"}}}})"
      "\n");
  const auto jobs = open()->jobs();
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_TRUE(jobs[0].owned);
  ASSERT_TRUE(jobs[0].result);
  EXPECT_EQ(jobs[0].result->message(), "no");
}

TEST_F(StateFileTest, A_directory_that_cannot_be_made_is_named) {
  write_file("");
  try {
    open_state_directory(directory.path() / "state" / "below-a-file");
    FAIL();
  } catch (const StateError& error) {
    EXPECT_EQ(error.exit_code, 78);
    EXPECT_THAT(error.what(), HasSubstr("below-a-file"));
  }
}

}  // namespace
}  // namespace agent::pipeline
