// When a call is tried again, and after how long: the AWS SDKs' "standard" mode in its form of
// 2026. Pure; time and chance come from the caller.
//
// Three questions: may it be repeated (once and acted), is it worth it (class, tries, quota), how
// long to wait (backoff).
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "agent/aws/environment.h"
#include "agent/aws/error.h"
#include "agent/base/clock.h"

namespace agent::aws {

struct RetrySettings {
  int max_attempts = 3;  // the first try counts
};

// From AWS_MAX_ATTEMPTS and AWS_RETRY_MODE; the text says what is wrong with them.
std::expected<RetrySettings, std::string> retry_settings(const Environment& environment);

// A call that must take effect at most once may be repeated only when it surely has not.
bool may_repeat(const Error& error, bool once);
bool is_worth_repeating(const Error& error);

// Before retry number `retry` (from 1): full jitter up to a doubling bound. What the service asks
// for (x-amz-retry-after) is followed, but at most 5 s beyond that.
base::Duration backoff(ErrorClass kind, int retry, double fraction,
                       std::optional<base::Duration> asked);

// Keeps retries from multiplying the load on a service that is down: shared by all calls to one
// service in one region.
class RetryQuota {
 public:
  bool take(ErrorClass kind);  // false: give up
  void succeeded(std::optional<ErrorClass> after_retry_of);
  int left() const { return tokens_; }

 private:
  static constexpr int capacity = 500;
  int tokens_ = capacity;
};

}  // namespace agent::aws
