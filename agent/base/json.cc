#include "agent/base/json.h"

#include <charconv>

#include "agent/base/text.h"

namespace agent::base {
namespace {

const json::object no_object;
const json::array no_array;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

const json::value* find(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string text(const json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  if (value == nullptr || value->is_structured()) return {};
  if (const auto* string = value->if_string()) return std::string(*string);
  return json::serialize(*value);
}

std::optional<std::int64_t> number(const json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  if (value == nullptr) return std::nullopt;
  if (const auto* string = value->if_string()) return whole_number(*string);
  boost::system::error_code inexact;
  const auto result = value->to_number<std::int64_t>(inexact);
  if (inexact) return std::nullopt;
  return result;
}

bool flag(const json::object& object, std::string_view key) {
  return text(object, key) == "true";
}

const json::object& member(const json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  return value != nullptr && value->is_object() ? value->get_object() : no_object;
}

const json::array& list(const json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  return value != nullptr && value->is_array() ? value->get_array() : no_array;
}

std::vector<const json::object*> objects(const json::object& object, std::string_view key) {
  std::vector<const json::object*> result;
  for (const auto& item : list(object, key)) {
    if (const auto* entry = item.if_object()) result.push_back(entry);
  }
  return result;
}

std::optional<json::value> parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = 64;
  boost::system::error_code error;
  auto value = json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

}  // namespace agent::base
