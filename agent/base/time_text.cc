#include "agent/base/time_text.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "agent/base/text.h"

namespace agent::base {
namespace {

struct Civil {
  int year;
  unsigned month, day;
  std::chrono::hh_mm_ss<Duration> time;
};

Civil civil(TimePoint time) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()), std::chrono::hh_mm_ss<Duration>{time - midnight}};
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 64> buffer{};
  const auto length = std::snprintf(buffer.data(), buffer.size(), format, values...);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string rfc3339(TimePoint time) {
  const auto c = civil(time);
  return formatted(
      "%04d-%02u-%02uT%02ld:%02ld:%02ld.%03ldZ", c.year, c.month, c.day,
      static_cast<long>(c.time.hours().count()), static_cast<long>(c.time.minutes().count()),
      static_cast<long>(c.time.seconds().count()), static_cast<long>(c.time.subseconds().count()));
}

std::string compact_date(TimePoint time) {
  const auto c = civil(time);
  return formatted("%04d%02u%02u", c.year, c.month, c.day);
}

std::string compact_time(TimePoint time) {
  const auto c = civil(time);
  return formatted("%02ld%02ld%02ld", static_cast<long>(c.time.hours().count()),
                   static_cast<long>(c.time.minutes().count()),
                   static_cast<long>(c.time.seconds().count()));
}

std::optional<Duration> parse_duration(std::string_view text) {
  text = trim(text);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return std::nullopt;
  const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::uint64_t scale = unit == "ms"  ? 1
                              : unit == "s" ? 1'000
                              : unit == "m" ? 60'000
                              : unit == "h" ? 3'600'000
                                            : 0;
  constexpr std::uint64_t most = 36'000'000'000;
  if (scale == 0 || count > most / scale) return std::nullopt;
  return Duration(static_cast<std::int64_t>(count * scale));
}

std::string spoken(Duration duration) {
  const auto ms = duration.count();
  if (ms < 1'000) return cat(ms, " ms");
  const auto s = ms / 1'000;
  if (s < 60) return cat(s, " s");
  const auto min = s / 60;
  if (min < 60) return s % 60 == 0 ? cat(min, " min") : cat(min, " min ", s % 60, " s");
  return min % 60 == 0 ? cat(min / 60, " h") : cat(min / 60, " h ", min % 60, " min");
}

}  // namespace agent::base
