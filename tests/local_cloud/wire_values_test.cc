// The small things that everything else is written with: times, checksums, patterns, targets.
#include <gtest/gtest.h>

#include "agent/base/text.h"
#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/checksum.h"
#include "tests/local_cloud/http.h"
#include "tests/local_cloud/times.h"
#include "tests/local_cloud/xml.h"

namespace local_cloud {
namespace {

TEST(Times, Are_written_and_read_in_the_forms_of_the_wire) {
  const Time time = std::chrono::sys_days{std::chrono::year(2026) / 2 / 3} + std::chrono::hours(4) +
                    std::chrono::minutes(5) + std::chrono::milliseconds(6'007);
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  EXPECT_EQ(compact(time), "20260203T040506Z");
  EXPECT_EQ(iso8601(time), "2026-02-03T04:05:06.007Z");
  EXPECT_EQ(http_date(time), "Tue, 03 Feb 2026 04:05:06 GMT");
  EXPECT_EQ(parse_compact("20260203T040506Z"), whole);
  EXPECT_EQ(parse_http_date("Tue, 03 Feb 2026 04:05:06 GMT"), whole);
}

TEST(Times, What_is_no_time_is_nothing) {
  for (const auto* text : {"", "20260203", "20260203T040506", "20260231T040506Z",
                           "20260203T250506Z", "20260203T040506Z ", "2026-02-03T04:05:06Z"}) {
    EXPECT_FALSE(parse_compact(text)) << text;
  }
  EXPECT_FALSE(parse_http_date("Tue, 03 Xyz 2026 04:05:06 GMT"));
}

// The check values of the CRC catalogue and the test vectors of RFC 1321 and FIPS 180.
TEST(Checksum, Known_values_come_out) {
  const auto bytes = [](const char* algorithm, const char* data) {
    return agent::base::hex(*from_base64(*checksum(algorithm, data)));
  };
  EXPECT_EQ(bytes("crc32", "123456789"), "cbf43926");
  EXPECT_EQ(bytes("crc32c", "123456789"), "e3069283");
  EXPECT_EQ(bytes("crc64nvme", "123456789"), "ae8b14860a799888");
  EXPECT_EQ(bytes("sha1", "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(agent::base::hex(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_FALSE(checksum("crc16", "abc"));
}

TEST(Checksum, Base64_goes_both_ways) {
  for (const auto* text : {"", "f", "fo", "foo", "foob"})
    EXPECT_EQ(from_base64(base64(text)), text);
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_FALSE(from_base64("abc"));
  EXPECT_FALSE(from_base64("!!!!"));
}

TEST(Patterns, Match_as_in_policies) {
  EXPECT_TRUE(matches("ec2:Create*", "ec2:CreateImage"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a?c*e", "abcde"));
  EXPECT_TRUE(matches("**x", "aax"));
  EXPECT_FALSE(matches("ec2:Create", "ec2:CreateImage"));
  EXPECT_FALSE(matches("a?c", "ac"));
  EXPECT_FALSE(matches("a*b", "abc"));
}

TEST(Targets, Are_split_and_decoded) {
  EXPECT_EQ(split_target("/a/b?c=d?e").path, "/a/b");
  EXPECT_EQ(split_target("/a/b?c=d?e").query, "c=d?e");
  EXPECT_EQ(split_target("http://host:80/a?b").path, "/a");
  EXPECT_EQ(percent_decode("a%20b%2f%zz%4"), "a b/%zz%4");
  EXPECT_EQ(query_pairs("a=1&&b&c=%26=+"), (Pairs{{"a", "1"}, {"b", ""}, {"c", "&=+"}}));
}

TEST(Xml, Text_is_escaped) {
  EXPECT_EQ(xml_element("A", "<&>\""), "<A>&lt;&amp;&gt;&quot;</A>");
}

}  // namespace
}  // namespace local_cloud
