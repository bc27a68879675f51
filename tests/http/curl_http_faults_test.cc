// What the network does to a request: nothing of it may hang, crash, leak or be told wrongly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <filesystem>
#include <list>
#include <random>

#include "agent/http/curl_http.h"
#include "tests/http/loopback_server.h"

namespace {

using agent::base::Task;
using agent::http::Broken;
using agent::http::CurlHttp;
using agent::http::Outcome;
using agent::http::Request;
using loopback::Connection;
using loopback::Server;
using testing::HasSubstr;

class CurlHttpFaults : public testing::Test {
 protected:
  Request request_to(const Server& server) const {
    return {.url = server.url(), .body = "hello", .direct = true};
  }

  Broken broken(CurlHttp& http, const Request& request) {
    const auto outcome = loopback::run(io, http.send(request));
    EXPECT_FALSE(outcome);
    return outcome ? Broken{.reason = "it worked"} : outcome.error();
  }

  // Starts a request; the outcome is in the list once there is one.
  void start(CurlHttp& http, const Request& request) {
    boost::asio::co_spawn(io, http.send(request),
                          [this](std::exception_ptr error, Outcome outcome) {
                            EXPECT_FALSE(error);
                            outcomes.push_back(std::move(outcome));
                          });
  }

  // Until the server has that many requests.
  void wait_for(const Server& server, std::size_t count) {
    io.restart();
    while (server.requests().size() < count) {
      if (io.run_one_for(std::chrono::seconds(60)) == 0) FAIL() << "nothing happens";
    }
  }

  boost::asio::io_context io;
  std::vector<Outcome> outcomes;
};

// Answers the first request on a connection and closes it under the second one.
Task<> die_under_the_second(Connection& c) {
  co_await c.read();
  co_await c.answer("ok");
  co_await c.read();
}

Task<> stall(Connection& c) {
  co_await c.read();
  co_await c.stall();
}

TEST_F(CurlHttpFaults, A_refused_connection_has_sent_nothing) {
  CurlHttp http(io);
  auto request = Request{.direct = true};
  {
    const Server gone(io);
    request.url = gone.url();
  }
  EXPECT_EQ(broken(http, request).stage, Broken::Stage::before_sending);
}

TEST_F(CurlHttpFaults, A_name_that_does_not_exist_has_sent_nothing) {
  CurlHttp http(io);
  const auto failed = broken(http, {.url = "http://nowhere.invalid/", .direct = true});
  EXPECT_EQ(failed.stage, Broken::Stage::before_sending);
  EXPECT_THAT(failed.reason, HasSubstr("nowhere.invalid"));
}

TEST_F(CurlHttpFaults, A_failed_TLS_handshake_has_sent_nothing) {
  const Server server(io, [](Connection& c) -> Task<> { co_await c.write("no TLS here\r\n"); });
  CurlHttp http(io);
  auto request = request_to(server);
  request.url.replace(0, 4, "https");
  EXPECT_EQ(broken(http, request).stage, Broken::Stage::before_sending);
}

TEST_F(CurlHttpFaults, A_TLS_handshake_that_stalls_ends_with_the_connect_timeout) {
  const Server server(io, [](Connection& c) -> Task<> { co_await c.stall(); });
  CurlHttp http(io);
  auto request = request_to(server);
  request.url.replace(0, 4, "https");
  request.connect_timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(broken(http, request).stage, Broken::Stage::before_sending);
}

TEST_F(CurlHttpFaults, What_breaks_after_the_request_may_have_taken_effect) {
  const std::vector<loopback::Script> scripts{
      [](Connection& c) -> Task<> { co_await c.read(); },
      [](Connection& c) -> Task<> {
        co_await c.read();
        c.reset();
      },
      [](Connection& c) -> Task<> {
        co_await c.read();
        co_await c.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      },
      [](Connection& c) -> Task<> {
        co_await c.read();
        co_await c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
      },
      [](Connection& c) -> Task<> {
        co_await c.read();
        co_await c.write("this is not HTTP at all\r\n\r\n");
      },
      [](Connection& c) -> Task<> {
        co_await c.read();
        co_await c.write("HTTP/2 21.00 OK\r\n\r\n");
      },
  };
  CurlHttp http(io);
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    const Server server(io, scripts[i]);
    const auto failed = broken(http, request_to(server));
    EXPECT_EQ(failed.stage, Broken::Stage::unknown) << i;
    EXPECT_FALSE(failed.reason.empty()) << i;
    EXPECT_EQ(server.requests().size(), 1U) << i;
  }
}

TEST_F(CurlHttpFaults, A_server_that_stalls_runs_into_the_timeout) {
  const Server server(io, stall);
  CurlHttp http(io);
  auto request = request_to(server);
  request.timeout = std::chrono::milliseconds(200);
  const auto failed = broken(http, request);
  EXPECT_EQ(failed.stage, Broken::Stage::unknown);
  EXPECT_THAT(failed.reason, HasSubstr("timed out"));
}

TEST_F(CurlHttpFaults, Too_long_a_response_is_broken_off) {
  const Server server(io, [](Connection& c) -> Task<> {
    co_await c.read();
    co_await c.answer(std::string(1'001, 'x'));
  });
  CurlHttp http(io, {.response_limit = 1'000});
  EXPECT_THAT(broken(http, request_to(server)).reason, HasSubstr("longer than 1000 bytes"));
}

TEST_F(CurlHttpFaults, Endless_headers_are_broken_off) {
  const Server server(io, [](Connection& c) -> Task<> {
    co_await c.read();
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 20'000; ++i) head += "X-Header: 0123456789\r\n";
    co_await c.write(std::move(head));
  });
  CurlHttp http(io);
  EXPECT_FALSE(broken(http, request_to(server)).reason.empty());
}

TEST_F(CurlHttpFaults, A_request_that_must_not_be_sent_twice_is_not) {
  const Server server(io, die_under_the_second);
  CurlHttp http(io);
  auto once = request_to(server);
  once.fresh_connection = true;
  ASSERT_TRUE(loopback::run(io, http.send(request_to(server))));
  ASSERT_TRUE(loopback::run(io, http.send(once)));
  EXPECT_EQ(server.requests().size(), 2U);
  const Server dying(io, [](Connection& c) -> Task<> { co_await c.read(); });
  for (std::size_t i = 1; i <= 20; ++i) {
    once.url = dying.url();
    EXPECT_EQ(broken(http, once).stage, Broken::Stage::unknown);
    EXPECT_EQ(dying.requests().size(), i);
  }
}

// Why fresh_connection exists: nobody asked for the third request.
TEST_F(CurlHttpFaults, A_reused_connection_that_dies_makes_libcurl_send_again) {
  const Server server(io, die_under_the_second);
  CurlHttp http(io);
  ASSERT_TRUE(loopback::run(io, http.send(request_to(server))));
  ASSERT_TRUE(loopback::run(io, http.send(request_to(server))));
  EXPECT_EQ(server.requests().size(), 3U);
}

// The second try cannot connect, yet the first one was sent.
TEST_F(CurlHttpFaults, A_second_try_of_libcurl_does_not_hide_the_first) {
  Server* listening = nullptr;
  Server server(io, [&](Connection& c) -> Task<> {
    co_await c.read();
    co_await c.answer("ok");
    co_await c.read();
    listening->stop();
  });
  listening = &server;
  const auto request = request_to(server);
  CurlHttp http(io);
  ASSERT_TRUE(loopback::run(io, http.send(request)));
  EXPECT_EQ(broken(http, request).stage, Broken::Stage::unknown);
}

TEST_F(CurlHttpFaults, Waiting_for_a_turn_does_not_count_against_the_timeout) {
  const Server stalling(io, stall);
  const Server server(io);
  CurlHttp http(io, {.concurrency = 1});
  auto first = request_to(stalling);
  first.timeout = std::chrono::milliseconds(1'500);
  auto second = request_to(server);
  second.timeout = std::chrono::milliseconds(1'400);
  start(http, first);
  wait_for(stalling, 1);
  EXPECT_TRUE(loopback::run(io, http.send(second)));
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(outcomes[0]);
}

TEST_F(CurlHttpFaults, A_cancelled_request_ends_at_once_and_gives_its_turn_back) {
  const Server stalling(io, stall);
  const Server server(io);
  CurlHttp http(io, {.concurrency = 1});
  boost::asio::cancellation_signal signal;
  std::exception_ptr failed;
  boost::asio::co_spawn(
      io, http.send(request_to(stalling)),
      boost::asio::bind_cancellation_slot(
          signal.slot(), [&](std::exception_ptr error, const Outcome&) { failed = error; }));
  wait_for(stalling, 1);
  signal.emit(boost::asio::cancellation_type::terminal);
  EXPECT_TRUE(loopback::run(io, http.send(request_to(server))));
  ASSERT_TRUE(failed);
  EXPECT_THROW(std::rethrow_exception(failed), boost::system::system_error);
}

TEST_F(CurlHttpFaults, Destruction_breaks_what_is_in_flight_and_what_waits) {
  const Server server(io, stall);
  std::optional<CurlHttp> http(std::in_place, io, agent::http::CurlSettings{.concurrency = 50});
  for (int i = 0; i < 100; ++i) start(*http, request_to(server));
  wait_for(server, 50);
  EXPECT_TRUE(outcomes.empty());
  http.reset();
  io.restart();
  while (outcomes.size() < 100 && io.run_one_for(std::chrono::seconds(60)) > 0) {
  }
  ASSERT_EQ(outcomes.size(), 100U);
  for (const auto& outcome : outcomes) {
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().reason, HasSubstr("stopping"));
  }
}

TEST_F(CurlHttpFaults, Coroutines_may_be_destroyed_in_flight) {
  boost::asio::io_context short_lived;
  const Server server(short_lived, stall);
  CurlHttp http(short_lived);
  for (int i = 0; i < 10; ++i) {
    boost::asio::co_spawn(short_lived, http.send(request_to(server)), boost::asio::detached);
  }
  short_lived.poll();
}

std::size_t open_descriptors() {
  const auto all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// A server of moods: answers, resets, closes, stalls or truncates.
loopback::Script moody(std::mt19937& chance) {
  return [&chance](Connection& c) -> Task<> {
    for (;;) {
      const auto request = co_await c.read();
      if (!request) co_return;
      switch (std::uniform_int_distribution<>(0, 9)(chance)) {
        case 0:
          c.reset();
          co_return;
        case 1:
          co_return;
        case 2:
          co_await c.stall();
          co_return;
        case 3:
          co_await c.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
          co_return;
        default:
          co_await c.answer("ok");
      }
    }
  };
}

TEST_F(CurlHttpFaults, A_moody_server_and_random_cancellation_leave_nothing_behind) {
  std::mt19937 chance(7);
  const auto before = open_descriptors();
  {
    const Server server(io, moody(chance));
    CurlHttp http(io, {.concurrency = 50});
    std::list<boost::asio::cancellation_signal> signals;
    int ended = 0;
    constexpr int count = 2'000;
    for (int i = 0; i < count; ++i) {
      auto request = request_to(server);
      request.timeout = std::chrono::milliseconds(i % 2 == 0 ? 20 : 100);
      request.fresh_connection = i % 7 == 0;
      signals.emplace_back();
      boost::asio::co_spawn(
          io, http.send(request),
          boost::asio::bind_cancellation_slot(
              signals.back().slot(), [&](const std::exception_ptr&, const Outcome&) { ++ended; }));
    }
    auto next = signals.begin();
    io.restart();
    while (ended < count && io.run_one_for(std::chrono::seconds(60)) > 0) {
      if (next == signals.end() || std::uniform_int_distribution<>(0, 9)(chance) != 0) continue;
      (next++)->emit(boost::asio::cancellation_type::terminal);
      if (next != signals.end()) ++next;
    }
    EXPECT_EQ(ended, count);
  }
  io.restart();
  io.poll();
  EXPECT_LE(open_descriptors(), before + 4) << "connections leak";
}

}  // namespace
