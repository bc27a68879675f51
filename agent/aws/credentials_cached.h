// Keeps keys that expire, and gets new ones early enough: from 15 min before they expire whoever
// comes renews them while the others go on with the old ones; from 10 min before all wait for the
// renewal. While the source is down, keys that are still valid stay in use and the source is asked
// again every minute. Only one renewal runs at a time. (Times: the AWS SDKs'. Keys that do not even
// live so long have others.)
//
// Keys that do not expire by themselves are asked for every time: their source knows best.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/aws/credentials.h"
#include "agent/base/clock.h"

namespace agent::aws {

// How long before they expire keys may, and must, be renewed.
struct Renewed {
  base::Duration may = std::chrono::minutes(15);
  base::Duration must = std::chrono::minutes(10);
};

class CachedCredentials final : public Credentials {
 public:
  CachedCredentials(Credentials& source, base::Clock& clock, Renewed before = {})
      : source_(source), clock_(clock), before_(before) {}

  base::Task<Result<Keys>> get() override;
  void expired(const Keys& keys) override;

 private:
  enum class Need { none, soon, now };
  struct Renewal;

  Need need() const;
  bool usable() const;
  base::Duration left() const;
  base::Task<Result<Keys>> renew();
  Result<Keys> take(Result<Keys> answer);

  Credentials& source_;
  base::Clock& clock_;
  const Renewed before_;
  std::optional<Keys> keys_;
  struct Slot {
    std::shared_ptr<Renewal> renewal;  // while one runs
  };
  std::shared_ptr<Slot> slot_ = std::make_shared<Slot>();
  base::TimePoint not_before_;  // after a renewal that failed
  bool refused_ = false;        // a service does not take keys_ any more
  std::string last_refused_;    // an access key
  base::Duration last_refused_at_{0};
};

}  // namespace agent::aws
