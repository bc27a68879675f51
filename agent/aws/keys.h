// A set of AWS credentials.
#pragma once

#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/secret.h"

namespace agent::aws {

struct Keys {
  std::string access_key;
  base::Secret secret;
  base::Secret session_token;                            // empty for long-term keys
  std::optional<base::TimePoint> expiry = std::nullopt;  // none: they do not expire by themselves

  bool operator==(const Keys&) const = default;
};

}  // namespace agent::aws
