// The process environment as a value. Only main.cc reads the real one.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace agent::aws {

using Environment = std::map<std::string, std::string, std::less<>>;

// "" when it is not set, which nobody tells from empty.
inline std::string variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

}  // namespace agent::aws
