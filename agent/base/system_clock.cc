#include "agent/base/system_clock.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace agent::base {

TimePoint SystemClock::now() const {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

Duration SystemClock::steady() const {
  return std::chrono::floor<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

Task<> SystemClock::sleep(Duration duration) {
  boost::asio::steady_timer timer(executor_, duration);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace agent::base
