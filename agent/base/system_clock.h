// The system's own time and chance. Only main.cc makes them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <random>

#include "agent/base/clock.h"

namespace agent::base {

class SystemClock final : public Clock {
 public:
  explicit SystemClock(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  TimePoint now() const override;
  Duration steady() const override;
  Task<> sleep(Duration duration) override;

 private:
  boost::asio::any_io_executor executor_;
};

class SystemChance final : public Chance {
 public:
  double fraction() override { return std::uniform_real_distribution<double>()(engine_); }

 private:
  std::mt19937_64 engine_{std::random_device{}()};
};

}  // namespace agent::base
