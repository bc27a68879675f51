// A coroutine of this program. Everything runs on one thread, so a Task never needs a lock.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace agent::base {

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace agent::base
