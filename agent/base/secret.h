// A string that no log, message or file ever shows: it prints as *** and says its value only when
// asked by name.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace agent::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

 private:
  std::string value_;
};

}  // namespace agent::base
