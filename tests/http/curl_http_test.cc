#include "agent/http/curl_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

#include "tests/http/loopback_server.h"

namespace {

using agent::base::Task;
using agent::http::CurlHttp;
using agent::http::Request;
using loopback::Connection;
using loopback::Server;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CurlHttpTest : public testing::Test {
 protected:
  Request request_to(const Server& server, std::string_view path = "/") const {
    return {.url = server.url(path), .body = "hello", .direct = true};
  }

  boost::asio::io_context io;
};

TEST_F(CurlHttpTest, Sends_what_it_is_given_and_nothing_of_its_own) {
  const Server server(io);
  CurlHttp http(io);
  auto request = request_to(server, "/a/../b%20c//?x=%2F&y");
  request.headers = {{"X-One", "1"}, {"X-Empty", ""}};
  const auto response = loopback::run(io, http.send(request));
  ASSERT_TRUE(response) << response.error().reason;
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(
      server.requests()[0],
      agent::base::cat("POST /a/../b%20c//?x=%2F&y HTTP/1.1\r\nHost: 127.0.0.1:", server.port(),
                       "\r\nX-One: 1\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello"));
}

TEST_F(CurlHttpTest, Reads_status_headers_and_body_and_passes_over_interim_responses) {
  const Server server(io, [](Connection& c) -> Task<> {
    co_await c.read();
    co_await c.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n");
    co_await c.write("HTTP/1.1 404 Not Found\r\nX-Late:  2 \r\nTransfer-Encoding: chunked\r\n\r\n");
    co_await c.write("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  });
  CurlHttp http(io);
  const auto response = loopback::run(io, http.send(request_to(server)));
  ASSERT_TRUE(response) << response.error().reason;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "abcde");
  EXPECT_EQ(response->headers.get("x-late"), "2");
  EXPECT_EQ(response->headers.get("x-early"), "");
}

TEST_F(CurlHttpTest, Knows_the_methods) {
  const Server server(io, [](Connection& c) -> Task<> {
    for (bool open = true; open;) {
      const auto request = co_await c.read();
      open = request.has_value();
      if (open) co_await c.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  });
  CurlHttp http(io);
  for (const auto* method : {"GET", "HEAD", "DELETE", "PUT"}) {
    auto request = request_to(server);
    request.method = method;
    request.body.clear();
    const auto response = loopback::run(io, http.send(request));
    ASSERT_TRUE(response) << method << ": " << response.error().reason;
    EXPECT_THAT(server.requests().back(), StartsWith(method));
  }
  EXPECT_THAT(server.requests()[0], Not(HasSubstr("Content-Length")));
  EXPECT_THAT(server.requests()[3], HasSubstr("Content-Length: 0"));
}

TEST_F(CurlHttpTest, Does_not_follow_redirects) {
  const Server server(io, [](Connection& c) -> Task<> {
    co_await c.read();
    co_await c.write("HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
  });
  CurlHttp http(io);
  const auto response = loopback::run(io, http.send(request_to(server)));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(CurlHttpTest, Keeps_a_connection_open_for_the_next_request) {
  const Server server(io);
  CurlHttp http(io);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(loopback::run(io, http.send(request_to(server))));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlHttpTest, A_fresh_connection_is_neither_an_old_one_nor_used_again) {
  const Server server(io);
  CurlHttp http(io);
  auto fresh = request_to(server);
  fresh.fresh_connection = true;
  ASSERT_TRUE(loopback::run(io, http.send(fresh)));
  ASSERT_TRUE(loopback::run(io, http.send(request_to(server))));
  EXPECT_EQ(server.connections(), 2) << "the fresh one was closed";
  ASSERT_TRUE(loopback::run(io, http.send(fresh)));
  EXPECT_EQ(server.connections(), 3) << "the kept one was not taken";
  ASSERT_TRUE(loopback::run(io, http.send(request_to(server))));
  EXPECT_EQ(server.connections(), 3) << "the kept one is still there";
}

TEST_F(CurlHttpTest, Carries_large_bodies_both_ways) {
  const std::string large(3 << 20, 'x');
  const Server server(io, [&](Connection& c) -> Task<> {
    const auto request = co_await c.read();
    if (request) co_await c.answer(request->substr(request->find("\r\n\r\n") + 4));
  });
  CurlHttp http(io);
  auto request = request_to(server);
  request.body = large;
  const auto response = loopback::run(io, http.send(request));
  ASSERT_TRUE(response) << response.error().reason;
  EXPECT_TRUE(response->body == large);
}

TEST_F(CurlHttpTest, Refuses_what_would_break_out_of_its_line) {
  const Server server(io);
  CurlHttp http(io);
  auto header = request_to(server);
  header.headers.set("X-A", "1\r\nX-B: 2");
  auto method = request_to(server);
  method.method = "GET / HTTP/1.1\r\nX:";
  auto url = request_to(server);
  url.url += "\r\nX-B: 2";
  auto scheme = request_to(server);
  scheme.url = "file:///etc/hostname";
  for (const auto& request : {header, method, url, scheme}) {
    const auto outcome = loopback::run(io, http.send(request));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().stage, agent::http::Broken::Stage::before_sending);
    EXPECT_FALSE(outcome.error().reason.empty());
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(CurlHttpTest, Goes_through_a_proxy_of_the_environment_only_where_it_may) {
  const Server proxy(io);
  const Server server(io);
  ::setenv("http_proxy", proxy.url("").c_str(), 1);
  ::unsetenv("no_proxy");
  ::unsetenv("NO_PROXY");
  CurlHttp http(io);
  auto request = request_to(server, "/path");
  ASSERT_TRUE(loopback::run(io, http.send(request)));
  EXPECT_TRUE(proxy.requests().empty());
  request.direct = false;
  ASSERT_TRUE(loopback::run(io, http.send(request)));
  ::unsetenv("http_proxy");
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_THAT(proxy.requests()[0], StartsWith("POST " + server.url("/path")));
}

Task<bool> send_many(CurlHttp& http, Request request, int count) {
  const auto executor = co_await boost::asio::this_coro::executor;
  int left = count;
  bool good = true;
  agent::base::Event done(executor);
  const auto one = [&]() -> Task<> {
    const auto outcome = co_await http.send(request);
    good = good && outcome && outcome->body == "ok";
    if (--left == 0) done.set();
  };
  for (int i = 0; i < count; ++i) boost::asio::co_spawn(executor, one, boost::asio::detached);
  co_await done.wait();
  co_return good;
}

TEST_F(CurlHttpTest, Five_hundred_requests_at_once_share_a_few_connections) {
  const Server server(io);
  CurlHttp http(io, {.concurrency = 20});
  EXPECT_TRUE(loopback::run(io, send_many(http, request_to(server), 500)));
  EXPECT_EQ(server.requests().size(), 500U);
  EXPECT_LE(server.connections(), 20);
}

TEST_F(CurlHttpTest, Keeps_as_many_connections_as_it_uses_at_once) {
  const Server server(io);
  CurlHttp http(io, {.concurrency = 100});
  EXPECT_TRUE(loopback::run(io, send_many(http, request_to(server), 500)));
  EXPECT_LE(server.connections(), 100);
}

}  // namespace
