// Times and durations as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"

namespace agent::base {

std::string rfc3339(TimePoint time);       // "2026-11-21T08:15:30.123Z"
std::string compact_date(TimePoint time);  // "20261121"
std::string compact_time(TimePoint time);  // "081530"

// "500ms", "20s", "5m", "2h" and "0s"; nothing for anything else, and nothing above 10,000 h.
std::optional<Duration> parse_duration(std::string_view text);

// For people: "450 ms", "12 s", "3 min 20 s", "2 h 5 min".
std::string spoken(Duration duration);

}  // namespace agent::base
