#include <gtest/gtest.h>

#include <sstream>

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/secret.h"
#include "agent/base/text.h"
#include "agent/base/time_text.h"

namespace agent::base {
namespace {

using namespace std::chrono_literals;

TEST(Durations, Are_read_as_they_are_documented) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("20s"), 20s);
  EXPECT_EQ(parse_duration(" 5m "), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("0s"), 0s);
  for (const auto* const text :
       {"", "5", "s", "-1s", "1.5s", "5 s", "5d", "99999999999h", "1e3s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Times, Are_written_in_UTC) {
  const TimePoint time =
      std::chrono::sys_days{std::chrono::year(2026) / 2 / 3} + 4h + 5min + 6s + 7ms;
  EXPECT_EQ(rfc3339(time), "2026-02-03T04:05:06.007Z");
  EXPECT_EQ(compact_date(time), "20260203");
  EXPECT_EQ(compact_time(time), "040506");
}

TEST(Times, Are_spoken_for_people) {
  EXPECT_EQ(spoken(450ms), "450 ms");
  EXPECT_EQ(spoken(12s), "12 s");
  EXPECT_EQ(spoken(200s), "3 min 20 s");
  EXPECT_EQ(spoken(6h), "6 h");
}

// FIPS 180-4's and RFC 4231's own examples.
TEST(Digest, Agrees_with_the_standards) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Base64url, Goes_there_and_back) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
  EXPECT_EQ(base64url("\xFB\xFF"), "-_8");
}

TEST(Base64url, Refuses_what_is_none) {
  for (const auto* const text : {"A", "AA=", "A A", "AB", "+/", "-_9"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}

TEST(Json, Treats_absent_null_and_other_kinds_alike) {
  const auto value = parse(R"({"n":null,"s":"7","i":8,"b":true,"o":{},"l":[{"a":1},2,null]})");
  const auto& object = value->as_object();
  EXPECT_EQ(find(object, "n"), nullptr);
  EXPECT_EQ(text(object, "n"), "");
  EXPECT_EQ(text(object, "i"), "8");
  EXPECT_EQ(text(object, "o"), "");
  EXPECT_EQ(number(object, "s"), 7);
  EXPECT_EQ(number(object, "i"), 8);
  EXPECT_EQ(number(object, "b"), std::nullopt);
  EXPECT_TRUE(flag(object, "b"));
  EXPECT_TRUE(member(object, "s").empty());
  EXPECT_TRUE(list(object, "o").empty());
  EXPECT_EQ(objects(object, "l").size(), 1U);
}

TEST(Json, Is_limited_in_depth) {
  EXPECT_FALSE(parse(std::string(100'000, '[')));
  EXPECT_FALSE(parse("{"));
}

TEST(Secret, Never_prints_its_value) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "***");
}

}  // namespace
}  // namespace agent::base
