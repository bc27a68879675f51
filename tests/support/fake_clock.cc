#include "tests/support/fake_clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace support {

using agent::base::Task;

Task<> FakeClock::sleep(Duration duration) {
  const auto timer = std::make_shared<boost::asio::steady_timer>(
      io_, boost::asio::steady_timer::time_point::max());
  struct Leave {
    std::weak_ptr<Sleepers> sleepers;
    Sleepers::iterator place;
    bool woken = false;
    ~Leave() {
      if (woken) return;
      if (const auto all = sleepers.lock()) all->erase(place);
    }
  } leave{sleepers_, sleepers_->emplace(now_ + std::max(duration, Duration(0)), timer)};
  co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  // A woken sleeper was taken out by advance(); a cancelled one takes itself out.
  leave.woken = timer->expiry() != boost::asio::steady_timer::time_point::max();
  if (!leave.woken) throw boost::system::system_error(boost::asio::error::operation_aborted);
}

void FakeClock::advance(Duration duration) {
  now_ += duration;
  while (!sleepers_->empty() && sleepers_->begin()->first <= now_) {
    const auto timer = sleepers_->begin()->second;
    sleepers_->erase(sleepers_->begin());
    timer->expires_at(boost::asio::steady_timer::time_point::min());  // cancels the wait: woken
  }
}

bool FakeClock::run_dry(std::function<bool()> done, Duration limit) {
  const auto end = now_ + limit;
  for (;;) {
    io_.restart();
    io_.poll();
    if (done && done()) return true;
    if (sleepers_->empty() && !done) return true;
    if (sleepers_->empty() || sleepers_->begin()->first > end) {
      advance(end - now_);  // nothing happens until then
      return done && done();
    }
    advance(sleepers_->begin()->first - now_);
  }
}

double FakeChance::fraction() {  // splitmix64
  auto z = (state_ += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

}  // namespace support
