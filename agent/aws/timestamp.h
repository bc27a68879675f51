// Times as AWS writes them.
#pragma once

#include <optional>
#include <string_view>

#include "agent/base/clock.h"

namespace agent::aws {

// "2026-11-21T08:15:30Z", with fractions or an offset such as "+00:00" too (RFC 3339).
std::optional<base::TimePoint> parse_rfc3339(std::string_view text);

// "Sat, 21 Nov 2026 08:15:30 GMT": the Date header (RFC 9110, 5.6.7).
std::optional<base::TimePoint> parse_http_date(std::string_view text);

}  // namespace agent::aws
