#include "agent/http/turns.h"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace agent::http {

struct Turns::Place {
  explicit Place(const boost::asio::any_io_executor& executor) : called(executor) {}
  base::Event called;
};

void Turns::Queue::call_next() {
  while (free > 0 && !waiting.empty()) {
    --free;
    waiting.front()->called.set();
    waiting.pop_front();
  }
}

Turns::Turn::Turn(std::shared_ptr<Queue> queue, std::shared_ptr<Place> place)
    : queue_(std::move(queue)), place_(std::move(place)) {}

Turns::Turn::~Turn() {
  if (place_ == nullptr) return;  // moved from
  if (place_->called.is_set()) {
    ++queue_->free;
    queue_->call_next();
  } else {
    std::erase(queue_->waiting, place_);
  }
}

base::Task<Turns::Turn> Turns::take() {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto place = std::make_shared<Place>(executor);
  queue_->waiting.push_back(place);
  Turn turn(queue_, place);
  queue_->call_next();
  co_await place->called.wait();
  if (!place->called.is_set()) {
    throw boost::system::system_error(boost::asio::error::operation_aborted);
  }
  co_return turn;
}

}  // namespace agent::http
