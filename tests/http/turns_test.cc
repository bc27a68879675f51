#include "agent/http/turns.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "agent/base/event.h"

namespace {

using agent::base::Event;
using agent::base::Task;
using agent::http::Turns;

class TurnsTest : public testing::Test {
 protected:
  // Takes a turn, notes its number, and keeps the turn until the event is set.
  Task<> visitor(int number, Event& leave) {
    const auto turn = co_await turns.take();
    entered.push_back(number);
    co_await leave.wait();
  }

  void start(int number, Event& leave) {
    boost::asio::co_spawn(io, visitor(number, leave), boost::asio::detached);
    settle();
  }

  void settle() {
    io.restart();
    io.poll();
  }

  boost::asio::io_context io;
  Turns turns{1};
  std::vector<int> entered;
};

TEST_F(TurnsTest, Come_in_the_order_of_arrival) {
  Event first(io.get_executor());
  Event others(io.get_executor());
  start(1, first);
  start(2, others);
  start(3, others);
  EXPECT_EQ(entered, std::vector{1});
  first.set();
  settle();
  EXPECT_EQ(entered, (std::vector{1, 2}));
  others.set();
  settle();
  EXPECT_EQ(entered, (std::vector{1, 2, 3}));
}

TEST_F(TurnsTest, Pass_over_one_that_was_cancelled_while_waiting) {
  Event first(io.get_executor());
  Event third(io.get_executor());
  Event never(io.get_executor());
  start(1, first);
  boost::asio::cancellation_signal signal;
  std::exception_ptr failed;
  boost::asio::co_spawn(io, visitor(2, never),
                        boost::asio::bind_cancellation_slot(
                            signal.slot(), [&](std::exception_ptr error) { failed = error; }));
  settle();
  start(3, third);
  signal.emit(boost::asio::cancellation_type::terminal);
  settle();
  EXPECT_TRUE(failed);
  first.set();
  settle();
  EXPECT_EQ(entered, (std::vector{1, 3}));
}

TEST_F(TurnsTest, May_be_destroyed_while_some_wait) {
  Event leave(io.get_executor());
  auto short_lived = std::make_unique<Turns>(1);
  const auto take = [&]() -> Task<> {
    const auto turn = co_await short_lived->take();
    entered.push_back(1);
    co_await leave.wait();
  };
  boost::asio::co_spawn(io, take, boost::asio::detached);
  boost::asio::co_spawn(io, take, boost::asio::detached);
  settle();
  short_lived.reset();
  leave.set();
  settle();
  EXPECT_EQ(entered.size(), 2U);
}

}  // namespace
