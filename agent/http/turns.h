// Lets a limited number of coroutines at a time through, first come, first served.
//
//   const auto turn = co_await turns.take();   // gives it back when it goes out of scope
//
// A coroutine that is cancelled or destroyed while it waits leaves the queue; a turn may outlive
// the Turns that it came from.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "agent/base/event.h"
#include "agent/base/task.h"

namespace agent::http {

class Turns {
 public:
  class Turn;

  explicit Turns(std::size_t limit) : queue_(std::make_shared<Queue>(limit)) {}

  base::Task<Turn> take();  // throws operation_aborted when it is cancelled

 private:
  struct Place;
  struct Queue {
    explicit Queue(std::size_t limit) : free(limit) {}
    void call_next();

    std::size_t free;
    std::deque<std::shared_ptr<Place>> waiting;
  };

  std::shared_ptr<Queue> queue_;
};

class Turns::Turn {
 public:
  Turn(std::shared_ptr<Queue> queue, std::shared_ptr<Place> place);
  Turn(Turn&&) noexcept = default;
  Turn& operator=(Turn&&) = delete;
  ~Turn();

 private:
  std::shared_ptr<Queue> queue_;
  std::shared_ptr<Place> place_;
};

}  // namespace agent::http
