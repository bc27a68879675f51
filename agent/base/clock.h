// Time and chance as parameters: only main.cc names the system's own (system_clock.h), tests run
// on a fake clock that jumps from one timer to the next.
#pragma once

#include <chrono>

#include "agent/base/task.h"

namespace agent::base {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Duration>;  // UTC

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;    // wall clock: deadlines, signatures, names
  virtual Duration steady() const = 0;  // never jumps: measures how long something took
  virtual Task<> sleep(Duration) = 0;   // on the steady clock; can be cancelled by Asio's means
};

class Chance {
 public:
  virtual ~Chance() = default;
  virtual double fraction() = 0;  // evenly in [0, 1)
};

}  // namespace agent::base
