// What the fuzz targets are made of. A target takes bytes as somebody outside may send them, gives
// them to their reader and holds what came of it against what the reader promises.
//
// What is checked with is written here once more, and differently, rather than taken from what is
// checked.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// libFuzzer calls it with an input of its own after another.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

// Ends the process where a promise is broken; libFuzzer then keeps the input.
inline void require(bool kept, std::string_view promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the first line off `text`, without its end.
inline std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

// What stands between lines of "---".
inline std::vector<std::string_view> sections(std::string_view text) {
  constexpr std::string_view mark = "\n---\n";
  std::vector<std::string_view> result;
  for (auto end = text.find(mark); end != std::string_view::npos; end = text.find(mark)) {
    result.push_back(text.substr(0, end));
    text.remove_prefix(end + mark.size());
  }
  result.push_back(text);
  return result;
}

// Decodes, and compares what was decoded with the range that its length is for (RFC 3629).
inline bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const auto lead = byte(i++);
    if (lead < 0x80) continue;
    int more = 0;
    while (more < 4 && ((lead << (more + 1)) & 0x80) != 0) ++more;
    if (more < 1 || more > 3 || text.size() - i < static_cast<std::size_t>(more)) return false;
    char32_t code = lead & (0x3FU >> more);
    for (int n = 0; n < more; ++n) {
      if (byte(i) >> 6 != 2) return false;
      code = code << 6 | (byte(i++) & 0x3FU);
    }
    const char32_t least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
  }
  return true;
}

inline bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return true;
  }
  return false;
}

inline bool is_printable(std::string_view text) {
  return is_utf8(text) && !has_control(text);
}

// All keys and strings.
inline bool all_utf8(const boost::json::value& value) {
  if (const auto* string = value.if_string()) return is_utf8(std::string_view(*string));
  if (const auto* list = value.if_array()) {
    for (const auto& item : *list) {
      if (!all_utf8(item)) return false;
    }
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (!is_utf8(std::string_view(member.key())) || !all_utf8(member.value())) return false;
    }
  }
  return true;
}

// What an operation of ours may be called: calls are made here, answers are not.
inline std::string operation_name(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto small = static_cast<char>(c | 0x20);
    if (small >= 'a' && small <= 'z') result += c;
  }
  return result;
}

// A number with a fraction has more than one spelling, and Boost.JSON 1.81 reads only nearly the
// one that it has written.
inline bool has_double(const boost::json::value& value) {
  if (const auto* list = value.if_array()) return std::ranges::any_of(*list, has_double);
  if (const auto* object = value.if_object()) {
    return std::ranges::any_of(*object, [](const auto& m) { return has_double(m.value()); });
  }
  return value.is_double();
}

// "%41" -> "A"; what is no such escape stays.
inline std::string percent_decoded(std::string_view text) {
  const auto digit = [&](std::size_t at) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    return at < text.size() ? digits.find(text[at]) : std::string_view::npos;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto high = digit(i + 1);
    const auto low = digit(i + 2);
    if (text[i] == '%' && high < 16 && low < 16) {
      result += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace fuzz
