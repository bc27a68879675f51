#include "agent/base/event.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace agent::base {

void Event::set() {
  set_ = true;
  waiters_.cancel();
}

Task<> Event::wait() {
  if (set_) co_return;
  // The error code is always operation_aborted: by set(), or because the waiter was cancelled,
  // which Asio then makes known at the waiter's next co_await.
  co_await waiters_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

}  // namespace agent::base
