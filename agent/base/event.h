// Something that happens once and that any number of coroutines may wait for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/base/task.h"

namespace agent::base {

class Event {
 public:
  explicit Event(const boost::asio::any_io_executor& executor)
      : waiters_(executor, boost::asio::steady_timer::time_point::max()) {}

  bool is_set() const { return set_; }
  void set();
  Task<> wait();  // returns at once when it is set already

 private:
  boost::asio::steady_timer waiters_;  // never expires; set() cancels it, which wakes everybody
  bool set_ = false;
};

}  // namespace agent::base
