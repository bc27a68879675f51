#include "tests/local_cloud/times.h"

#include <array>
#include <cstdio>

namespace local_cloud {

namespace {

constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  explicit Parts(Time time)
      : midnight(std::chrono::floor<std::chrono::days>(time)),
        date(midnight),
        clock(time - midnight) {}
  std::chrono::sys_days midnight;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::milliseconds> clock;
  int year() const { return static_cast<int>(date.year()); }
  unsigned month() const { return static_cast<unsigned>(date.month()); }
  unsigned day() const { return static_cast<unsigned>(date.day()); }
  int hour() const { return static_cast<int>(clock.hours().count()); }
  int minute() const { return static_cast<int>(clock.minutes().count()); }
  int second() const { return static_cast<int>(clock.seconds().count()); }
};

template <class... Args>
std::string print(const char* format, Args... args) {
  std::array<char, 64> text{};
  const auto length = std::snprintf(text.data(), text.size(), format, args...);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<Time> make(int year, unsigned month, unsigned day, int hour, int minute, int second) {
  const auto date = std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return {};
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace

std::string compact(Time time) {
  const Parts p(time);
  return print("%04d%02u%02uT%02d%02d%02dZ", p.year(), p.month(), p.day(), p.hour(), p.minute(),
               p.second());
}

std::string iso8601(Time time) {
  const Parts p(time);
  return print("%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", p.year(), p.month(), p.day(), p.hour(),
               p.minute(), p.second(), static_cast<int>(p.clock.subseconds().count()));
}

std::string http_date(Time time) {
  const Parts p(time);
  return print("%s, %02u %s %04d %02d:%02d:%02d GMT",
               weekdays[std::chrono::weekday(p.midnight).c_encoding()], p.day(),
               months[p.month() - 1], p.year(), p.hour(), p.minute(), p.second());
}

std::optional<Time> parse_compact(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0, length = 0;
  unsigned month = 0, day = 0;
  const std::string owned(text);
  const auto fields = std::sscanf(owned.c_str(), "%4d%2u%2uT%2d%2d%2dZ%n", &year, &month, &day,
                                  &hour, &minute, &second, &length);
  if (fields != 6 || length != 16 || text.size() != 16) return {};
  return make(year, month, day, hour, minute, second);
}

std::optional<Time> parse_iso8601(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0, length = 0;
  unsigned month = 0, day = 0;
  const std::string owned(text);
  const auto fields = std::sscanf(owned.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d%n", &year, &month, &day,
                                  &hour, &minute, &second, &length);
  const auto rest = text.substr(std::min(text.size(), static_cast<std::size_t>(length)));
  if (fields != 6 || rest.empty() || rest.back() != 'Z' || (rest.size() > 1 && rest[0] != '.')) {
    return {};
  }
  return make(year, month, day, hour, minute, second);
}

std::optional<Time> parse_http_date(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned day = 0;
  std::array<char, 4> name{};
  const std::string owned(text);
  if (std::sscanf(owned.c_str(), "%*3s, %2u %3s %4d %2d:%2d:%2d GMT", &day, name.data(), &year,
                  &hour, &minute, &second) != 6) {
    return {};
  }
  for (unsigned month = 0; month < months.size(); ++month) {
    if (std::string_view(months[month]) == name.data()) {
      return make(year, month + 1, day, hour, minute, second);
    }
  }
  return {};
}

}  // namespace local_cloud
