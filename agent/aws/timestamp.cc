#include "agent/aws/timestamp.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/base/text.h"

namespace agent::aws {
namespace {

using base::Duration;
using base::TimePoint;

// Takes text apart from the left; one step that does not fit makes all of it wrong.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    const auto text = word(count);
    int value = 0;
    // from_chars alone would take "-0".
    const bool digits_only = text.find_first_not_of("0123456789") == std::string_view::npos;
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.size() != count || !digits_only) good_ = false;
    return value;
  }

  void literal(std::string_view text) {
    if (!rest_.starts_with(text)) good_ = false;
    skip(text.size());
  }

  std::string_view word(std::size_t count) {
    const auto result = rest_.substr(0, count);
    skip(count);
    return result;
  }

  void refuse() { good_ = false; }
  bool next_is(char c) const { return rest_.starts_with(c); }
  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }

  std::string_view rest_;
  bool good_ = true;
};

std::optional<TimePoint> time_of(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

Duration fraction(Reader& reader) {
  if (!reader.next_is('.')) return Duration(0);
  reader.literal(".");
  int milliseconds = 0;
  int scale = 100;
  do {
    milliseconds += reader.digits(1) * scale;
    scale /= 10;
  } while (reader.good() && !reader.next_is('Z') && !reader.next_is('+') && !reader.next_is('-'));
  return Duration(milliseconds);
}

Duration offset(Reader& reader) {
  if (reader.next_is('Z')) {
    reader.literal("Z");
    return Duration(0);
  }
  const int sign = reader.next_is('-') ? -1 : 1;
  reader.literal(sign < 0 ? "-" : "+");
  const std::chrono::hours hours(reader.digits(2));
  reader.literal(":");
  const std::chrono::minutes minutes(reader.digits(2));
  if (hours.count() > 23 || minutes.count() > 59) reader.refuse();
  return sign * Duration(hours + minutes);
}

}  // namespace

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  Reader reader(text);
  const int year = reader.digits(4);
  reader.literal("-");
  const int month = reader.digits(2);
  reader.literal("-");
  const int day = reader.digits(2);
  reader.literal("T");
  const int hour = reader.digits(2);
  reader.literal(":");
  const int minute = reader.digits(2);
  reader.literal(":");
  const int second = reader.digits(2);
  const auto more = fraction(reader);
  const auto east = offset(reader);
  const auto time = time_of(year, month, day, hour, minute, second);
  if (!reader.at_end() || !time) return std::nullopt;
  return *time + more - east;
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Reader reader(base::trim(text));
  reader.word(3);  // the day of the week adds nothing
  reader.literal(", ");
  const int day = reader.digits(2);
  reader.literal(" ");
  const auto month = std::ranges::find(months, reader.word(3));
  reader.literal(" ");
  const int year = reader.digits(4);
  reader.literal(" ");
  const int hour = reader.digits(2);
  reader.literal(":");
  const int minute = reader.digits(2);
  reader.literal(":");
  const int second = reader.digits(2);
  reader.literal(" GMT");
  if (!reader.at_end() || month == months.end()) return std::nullopt;
  return time_of(year, static_cast<int>(month - months.begin()) + 1, day, hour, minute, second);
}

}  // namespace agent::aws
