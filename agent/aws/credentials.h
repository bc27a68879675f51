// Where keys come from. One file per provider; a chain asks one after another, a cache renews.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "agent/aws/error.h"
#include "agent/aws/keys.h"
#include "agent/base/task.h"

namespace agent::aws {

// Error::code when a provider is not configured here, so that the next one may be asked. Any other
// error means: it is configured, and does not work.
inline constexpr std::string_view no_credentials = "NoCredentials";

Error not_configured(const std::string& message);

class Credentials {
 public:
  virtual ~Credentials() = default;
  // Keys that were valid a moment ago. Never throws for what the source does.
  virtual base::Task<Result<Keys>> get() = 0;
  // A service said that these have expired: do not give them out again without asking the source.
  virtual void expired(const Keys& keys) { (void)keys; }
};

// Keys that somebody handed to us, such as a job's.
class StaticCredentials final : public Credentials {
 public:
  explicit StaticCredentials(Keys keys) : keys_(std::move(keys)) {}
  base::Task<Result<Keys>> get() override;

 private:
  Keys keys_;
};

}  // namespace agent::aws
