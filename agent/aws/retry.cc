#include "agent/aws/retry.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "agent/base/text.h"

namespace agent::aws {
namespace {

using base::Duration;

int cost(ErrorClass kind) {
  return kind == ErrorClass::throttled ? 5 : 14;
}

}  // namespace

std::expected<RetrySettings, std::string> retry_settings(const Environment& environment) {
  RetrySettings settings;
  if (const auto text = variable(environment, "AWS_MAX_ATTEMPTS"); !text.empty()) {
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, settings.max_attempts);
    if (error != std::errc{} || stop != end || settings.max_attempts < 1) {
      return std::unexpected(
          base::cat("AWS_MAX_ATTEMPTS is ", base::printable(text), ", not a number above 0"));
    }
  }
  const auto mode = variable(environment, "AWS_RETRY_MODE");
  if (!mode.empty() && mode != "standard" && mode != "legacy" && mode != "adaptive") {
    return std::unexpected(base::cat("AWS_RETRY_MODE is ", base::printable(mode),
                                     ", not standard, legacy or adaptive"));
  }
  return settings;
}

bool may_repeat(const Error& error, bool once) {
  return !once || !error.may_have_acted;
}

bool is_worth_repeating(const Error& error) {
  return error.kind == ErrorClass::throttled || error.kind == ErrorClass::transient;
}

Duration backoff(ErrorClass kind, int retry, double fraction, std::optional<Duration> asked) {
  constexpr double longest = 20'000;
  const double base = kind == ErrorClass::throttled ? 1'000 : 50;
  const auto bound = std::min(longest, base * std::exp2(std::clamp(retry, 1, 32) - 1));
  const Duration delay(static_cast<Duration::rep>(fraction * bound));
  if (!asked) return delay;
  return std::clamp(*asked, delay, delay + std::chrono::seconds(5));
}

bool RetryQuota::take(ErrorClass kind) {
  if (tokens_ < cost(kind)) return false;
  tokens_ -= cost(kind);
  return true;
}

void RetryQuota::succeeded(std::optional<ErrorClass> after_retry_of) {
  tokens_ = std::min(capacity, tokens_ + (after_retry_of ? cost(*after_retry_of) : 1));
}

}  // namespace agent::aws
