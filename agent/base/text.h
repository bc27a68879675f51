// Small things with text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace agent::base {

// Writes all arguments one after another.
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return std::move(out).str();
}

std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);  // trims, drops empty parts
std::string join(std::span<const std::string> parts, std::string_view separator);

// Cuts to at most `limit` bytes, never inside a UTF-8 character.
std::string cut(std::string_view text, std::size_t limit);

// Valid UTF-8 without control characters, so that it can go into a log, a message or JSON.
std::string printable(std::string_view text);

// RFC 3986: all but unreserved characters as %XX, upper case; `keep` names further ones to keep.
std::string percent_encode(std::string_view text, std::string_view keep = "");

std::string hex(std::span<const unsigned char> bytes);
std::string hex(std::string_view bytes);

// The candidate that differs least, for "did you mean"; nothing if none is near.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace agent::base
