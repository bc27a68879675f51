#include "tests/local_cloud/http.h"

#include <algorithm>
#include <charconv>

namespace local_cloud {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

int hex_pair(std::string_view two) {
  unsigned value = 0;
  const auto end = two.data() + two.size();
  const auto [stop, error] = std::from_chars(two.data(), end, value, 16);
  return error == std::errc() && stop == end && two.size() == 2 ? static_cast<int>(value) : -1;
}

}  // namespace

bool CaseInsensitive::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

std::string header(const HeaderMap& headers, std::string_view name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Target split_target(std::string_view target) {
  if (const auto scheme = target.find("://"); scheme != target.npos && !target.starts_with('/')) {
    const auto path = target.find('/', scheme + 3);
    target = path == target.npos ? "/" : target.substr(path);
  }
  const auto mark = target.find('?');
  if (mark == target.npos) return {std::string(target), ""};
  return {std::string(target.substr(0, mark)), std::string(target.substr(mark + 1))};
}

std::string percent_decode(std::string_view text, Plus plus) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto value = text[i] == '%' ? hex_pair(text.substr(i + 1, 2)) : -1;
    if (value >= 0) {
      result += static_cast<char>(value);
      i += 2;
    } else {
      result += text[i] == '+' && plus == Plus::is_space ? ' ' : text[i];
    }
  }
  return result;
}

Pairs query_pairs(std::string_view query, Plus plus) {
  Pairs pairs;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto value = equals == part.npos ? "" : part.substr(equals + 1);
    pairs.emplace_back(percent_decode(part.substr(0, equals), plus), percent_decode(value, plus));
  }
  return pairs;
}

std::string find(const Pairs& pairs, std::string_view name) {
  const auto found = std::ranges::find(pairs, name, &Pairs::value_type::first);
  return found == pairs.end() ? "" : found->second;
}

}  // namespace local_cloud
