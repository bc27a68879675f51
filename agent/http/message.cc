#include "agent/http/message.h"

#include <algorithm>

#include "agent/base/text.h"

namespace agent::http {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && base::lower(a) == base::lower(b);
}

}  // namespace

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const Field& field) { return same_name(field.first, name); });
  add(name, std::move(value));
}

void Headers::add(std::string_view name, std::string value) {
  fields_.emplace_back(std::string(name), std::move(value));
}

std::string Headers::get(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields_, [&](const Field& field) { return same_name(field.first, name); });
  return found == fields_.end() ? std::string() : found->second;
}

}  // namespace agent::http
