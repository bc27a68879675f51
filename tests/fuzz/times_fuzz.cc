// Times as AWS writes them and durations as people do: the same text is tried as each.
#include <regex>

#include "agent/aws/timestamp.h"
#include "agent/base/text.h"
#include "agent/base/time_text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::base::Duration;
using agent::base::TimePoint;
using fuzz::require;

bool matches(std::string_view text, const std::regex& form) {
  return std::regex_match(text.begin(), text.end(), form);
}

void check_rfc3339(std::string_view text) {
  static const std::regex form(
      R"(\d{4}-(0\d|1[0-2])-[0-3]\d[T]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60))"
      R"((\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))");
  const auto time = agent::aws::parse_rfc3339(text);
  if (!time) return;
  require(matches(text, form), "only what RFC 3339 allows is a time");
  const auto written = agent::base::rfc3339(*time);
  if (*time < TimePoint{} || written.size() != 24) return;  // beyond four digits of years
  require(agent::aws::parse_rfc3339(written) == time, "a time reads back the same");
}

void check_http_date(std::string_view text) {
  static const std::regex form(
      R"([^]{3}, [0-3]\d [A-Z][a-z]{2} \d{4} ([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60) GMT)");
  const auto time = agent::aws::parse_http_date(text);
  if (time) require(matches(agent::base::trim(text), form), "only what RFC 9110 allows is a date");
}

void check_duration(std::string_view text) {
  static const std::regex form(R"(\d+(ms|s|m|h))");
  const auto duration = agent::base::parse_duration(text);
  if (!duration) return;
  require(matches(agent::base::trim(text), form), "a duration is a number and a unit");
  require(*duration >= Duration(0) && *duration <= std::chrono::hours(10'000),
          "a duration is at most 10,000 hours");
  const auto written = std::to_string(duration->count()) + "ms";
  require(agent::base::parse_duration(written) == duration, "a duration reads back the same");
  require(fuzz::is_printable(agent::base::spoken(*duration)), "a duration can be said");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 100) return 0;  // std::regex recurses
  const auto text = fuzz::text_of(data, size);
  check_rfc3339(text);
  check_http_date(text);
  check_duration(text);
  return 0;
}
