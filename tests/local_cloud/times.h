// Times as AWS writes them on the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/local_cloud/service.h"

namespace local_cloud {

std::string compact(Time time);    // "20260102T030405Z": signatures
std::string iso8601(Time time);    // "2026-01-02T03:04:05.000Z": XML
std::string http_date(Time time);  // "Fri, 02 Jan 2026 03:04:05 GMT": RFC 9110, 5.6.7

std::optional<Time> parse_compact(std::string_view text);
// "2026-01-02T03:04:05.678Z", with or without the fraction.
std::optional<Time> parse_iso8601(std::string_view text);
std::optional<Time> parse_http_date(std::string_view text);

}  // namespace local_cloud
