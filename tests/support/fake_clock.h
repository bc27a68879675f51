// A clock that jumps from one timer to the next as soon as nothing else is left to do, so that a
// test of hours takes no time and every run is the same.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>

#include "agent/base/clock.h"

namespace support {

class FakeClock final : public agent::base::Clock {
 public:
  using Duration = agent::base::Duration;
  using TimePoint = agent::base::TimePoint;

  explicit FakeClock(boost::asio::io_context& io,
                     TimePoint start = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21})
      : io_(io), now_(start) {}

  TimePoint now() const override { return now_ + offset_; }
  TimePoint true_time() const { return now_; }  // whatever the wall clock says
  Duration steady() const override { return now_.time_since_epoch(); }
  agent::base::Task<> sleep(Duration duration) override;

  void advance(Duration duration);                          // wakes the sleepers that are due
  void set_wrong_by(Duration offset) { offset_ = offset; }  // the wall clock only

  // With `done`: runs until it says so or `limit` has passed on this clock; true when it said so.
  // Without: until nothing is left to do and nobody sleeps; true when that is within `limit`.
  bool run_dry(std::function<bool()> done = {}, Duration limit = std::chrono::hours(48));

 private:
  boost::asio::io_context& io_;
  TimePoint now_;
  Duration offset_{0};
  // Shared with the sleeping coroutines, which may outlive the clock when a test ends mid-way.
  using Sleepers = std::multimap<TimePoint, std::shared_ptr<boost::asio::steady_timer>>;
  std::shared_ptr<Sleepers> sleepers_ = std::make_shared<Sleepers>();
};

class FakeChance final : public agent::base::Chance {
 public:
  explicit FakeChance(std::uint64_t seed = 1) : state_(seed) {}
  double fraction() override;

 private:
  std::uint64_t state_;
};

}  // namespace support
