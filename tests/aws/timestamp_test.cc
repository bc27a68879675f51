#include "agent/aws/timestamp.h"

#include <gtest/gtest.h>

#include "agent/base/time_text.h"

namespace {

using agent::aws::parse_http_date;
using agent::aws::parse_rfc3339;
using agent::base::rfc3339;

TEST(Timestamp, Rfc3339_is_read_with_fractions_and_offsets) {
  EXPECT_EQ(rfc3339(parse_rfc3339("2026-11-21T08:15:30Z").value()), "2026-11-21T08:15:30.000Z");
  EXPECT_EQ(rfc3339(parse_rfc3339("2026-11-21T08:15:30.5Z").value()), "2026-11-21T08:15:30.500Z");
  EXPECT_EQ(rfc3339(parse_rfc3339("2026-11-21T08:15:30.123456789+01:30").value()),
            "2026-11-21T06:45:30.123Z");
  EXPECT_EQ(rfc3339(parse_rfc3339("2026-11-21T23:15:30-02:00").value()),
            "2026-11-22T01:15:30.000Z");
}

TEST(Timestamp, Anything_else_is_no_time) {
  for (const auto* bad : {"", "2026", "2026-11-21", "2026-11-21T08:15:30", "2026-13-21T08:15:30Z",
                          "2026-11-31T08:15:30Z", "2026-11-21T24:15:30Z", "2026-11-21T08:15:30Zx",
                          "2026-11-21T08:15:30.Z", "+026-11-21T08:15:30Z", "-026-11-21T08:15:30Z",
                          "2026-11-21T08:15:30+1:00", "2026-11-21T-0:15:30Z",
                          "2026-11-21T08:15:30-24:00", "2026-11-21T08:15:30+00:60"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

TEST(Timestamp, Http_dates_are_read) {
  EXPECT_EQ(rfc3339(parse_http_date("Sat, 21 Nov 2026 08:15:30 GMT").value()),
            "2026-11-21T08:15:30.000Z");
  for (const auto* bad : {"", "Sat, 21 Nov 2026", "Sat, 21 Foo 2026 08:15:30 GMT",
                          "Sat, 21 Nov 2026 08:15:30 CET", "Saturday, 21-Nov-26 08:15:30 GMT"}) {
    EXPECT_FALSE(parse_http_date(bad)) << bad;
  }
}

}  // namespace
