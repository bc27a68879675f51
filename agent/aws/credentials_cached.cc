#include "agent/aws/credentials_cached.h"

#include <boost/asio/this_coro.hpp>

#include "agent/base/event.h"
#include "agent/base/log.h"

namespace agent::aws {
namespace {

constexpr base::Duration pause = std::chrono::minutes(1);

}  // namespace

struct CachedCredentials::Renewal {
  explicit Renewal(const boost::asio::any_io_executor& executor) : done(executor) {}
  base::Event done;
  std::optional<Result<Keys>> result;  // none if whoever renewed was cancelled
};

base::Duration CachedCredentials::left() const {
  return *keys_->expiry - clock_.now();
}

bool CachedCredentials::usable() const {
  return keys_ && !refused_ && left() > base::Duration(0);
}

CachedCredentials::Need CachedCredentials::need() const {
  if (!usable()) return Need::now;
  if (left() > before_.may || clock_.now() < not_before_) return Need::none;
  return left() > before_.must ? Need::soon : Need::now;
}

base::Task<Result<Keys>> CachedCredentials::get() {
  for (;;) {
    const auto wanted = need();
    const bool runs = slot_->renewal != nullptr;
    if (wanted == Need::none || (wanted == Need::soon && runs)) co_return *keys_;
    if (!runs) break;
    const auto running = slot_->renewal;
    co_await running->done.wait();
    if (running->result) co_return *running->result;
  }
  co_return co_await renew();
}

base::Task<Result<Keys>> CachedCredentials::renew() {
  const auto executor = co_await boost::asio::this_coro::executor;
  // Wakes the others even when this coroutine is cancelled: one of them takes over. When the
  // program ends with this coroutine asleep, there is nobody left to wake.
  struct Guard {
    std::weak_ptr<Slot> slot;
    ~Guard() {
      const auto left = slot.lock();
      if (!left) return;
      left->renewal->done.set();
      left->renewal.reset();
    }
  };
  const auto running = std::make_shared<Renewal>(executor);
  slot_->renewal = running;
  const Guard guard{slot_};
  auto answer = co_await source_.get();
  running->result = take(std::move(answer));
  co_return *running->result;
}

Result<Keys> CachedCredentials::take(Result<Keys> answer) {
  if (answer) {
    refused_ = false;
    keys_.reset();
    if (answer->expiry) keys_ = *answer;
    return answer;
  }
  if (!usable()) return answer;
  not_before_ = clock_.now() + pause;
  base::log(base::Level::warning, "credentials could not be renewed; the old ones stay in use",
            {{"reason", answer.error().message}});
  return *keys_;
}

void CachedCredentials::expired(const Keys& keys) {
  source_.expired(keys);
  if (!keys_ || keys_->access_key != keys.access_key) return;  // renewed meanwhile
  // Keys that are refused for another reason would be asked for again and again.
  const auto now = clock_.steady();
  if (last_refused_ == keys.access_key && now - last_refused_at_ < pause) return;
  last_refused_ = keys.access_key;
  last_refused_at_ = now;
  refused_ = true;
}

}  // namespace agent::aws
