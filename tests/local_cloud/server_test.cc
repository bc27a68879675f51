// Over real sockets: what HTTP asks of a server, and how deliveries look to a client.
#include "tests/local_cloud/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace local_cloud {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Cut = Delivery::Cut;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// The server runs on a thread of its own, so that the client can be written straight on.
class ServerTest : public testing::Test {
 protected:
  void serve(Server::Handler handler) {
    server = std::make_unique<Server>(io.get_executor(), 0, std::move(handler));
    port = server->port();
    thread = std::thread([this] { io.run(); });
  }
  void serve(Delivery delivery) {
    serve([this, delivery](const Request& request) {
      seen.push_back(request);
      return delivery;
    });
  }
  void stop() {
    if (!thread.joinable()) return;
    asio::post(io, [this] { server->stop(); });
    thread.join();
  }
  void TearDown() override { stop(); }

  asio::io_context io;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
  std::thread thread;
  std::vector<Request> seen;
};

class Client {
 public:
  explicit Client(std::uint16_t port) { socket_.connect({asio::ip::address_v4::loopback(), port}); }

  void send(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }

  // Up to the end of the connection; `error` says how that was.
  std::string rest() {
    std::string text = std::move(buffer_);
    asio::read(socket_, asio::dynamic_buffer(text), error);
    return text;
  }

  // One answer on a connection that goes on.
  std::string answer() {
    const auto head = asio::read_until(socket_, asio::dynamic_buffer(buffer_), "\r\n\r\n");
    const auto at = buffer_.find("Content-Length: ");
    const auto length = at < head ? std::stoul(buffer_.substr(at + 16)) : 0;
    if (buffer_.size() < head + length) {
      asio::read(socket_, asio::dynamic_buffer(buffer_),
                 asio::transfer_at_least(head + length - buffer_.size()));
    }
    auto text = buffer_.substr(0, head + length);
    buffer_.erase(0, head + length);
    return text;
  }

  boost::system::error_code error;

 private:
  asio::io_context io_;
  tcp::socket socket_{io_};
  std::string buffer_;
};

const std::string get = "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_F(ServerTest, A_connection_carries_one_request_after_the_other) {
  serve({.response = {.headers = {{"X", "y"}}, .body = "hello"}});
  Client client(port);
  for (int i = 0; i < 3; ++i) {
    client.send(get);
    EXPECT_EQ(client.answer(), "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nhello");
  }
  client.send(get + get);  // pipelined
  EXPECT_THAT(client.answer(), EndsWith("hello"));
  EXPECT_THAT(client.answer(), EndsWith("hello"));
  stop();
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[0].method, "GET");
  EXPECT_EQ(seen[0].target, "/a?b");
}

TEST_F(ServerTest, A_client_that_wants_the_connection_closed_gets_it_closed) {
  serve({.response = {.body = "hello"}});
  Client client(port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.rest(), HasSubstr("Connection: close\r\n\r\nhello"));
  EXPECT_EQ(client.error, asio::error::eof);
}

TEST_F(ServerTest, Bodies_may_come_in_chunks_and_headers_several_times) {
  serve(Delivery{});
  Client client(port);
  client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nA: 1\r\na: 2\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  client.answer();
  stop();
  EXPECT_EQ(seen[0].body, "abcde");
  EXPECT_EQ(header(seen[0].headers, "A"), "1,2");
}

TEST_F(ServerTest, A_client_that_asks_first_is_told_to_go_on) {
  serve(Delivery{});
  Client client(port);
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 OK"));
  stop();
  EXPECT_EQ(seen[0].body, "abc");
}

TEST_F(ServerTest, The_answer_to_a_HEAD_says_its_length_and_has_no_body) {
  serve({.response = {.headers = {{"Content-Length", "7"}}}});
  Client client(port);
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get.substr(0, get.size() - 2) +
              "Connection: close\r\n\r\n");
  EXPECT_THAT(client.rest(),
              StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK"));
}

TEST_F(ServerTest, A_reset_is_a_reset) {
  for (const auto cut : {Cut::reset_before, Cut::reset_after}) {
    serve({.response = {.body = "hello"}, .cut = cut});
    Client client(port);
    client.send(get);
    EXPECT_EQ(client.rest(), "");
    EXPECT_EQ(client.error, asio::error::connection_reset);
    stop();
    io.restart();
  }
}

TEST_F(ServerTest, A_truncated_answer_promises_more_than_it_gives) {
  serve({.response = {.body = "0123456789"}, .cut = Cut::truncate});
  Client client(port);
  client.send(get);
  const auto text = client.rest();
  EXPECT_THAT(text, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n01234"));
  EXPECT_EQ(client.error, asio::error::eof);
}

TEST_F(ServerTest, A_length_that_lies_is_sent_as_it_is) {
  serve({.response = {.headers = {{"Content-Length", "5"}}, .body = "0123456789"}});
  Client client(port);
  client.send(get);
  const auto text = client.rest();
  EXPECT_THAT(text, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n0123456789"));
}

TEST_F(ServerTest, A_dripped_answer_arrives_whole_and_slowly) {
  const std::string body(200, 'x');
  serve({.response = {.body = body}, .drip = std::chrono::milliseconds(5)});
  Client client(port);
  const auto before = std::chrono::steady_clock::now();
  client.send(get);
  EXPECT_THAT(client.answer(), EndsWith(body));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(15));  // 3 pauses
}

TEST_F(ServerTest, A_delayed_answer_holds_nobody_else_up) {
  serve([](const Request& request) {
    const auto slow = request.target == "/slow";
    return Delivery{.response = {.body = request.target},
                    .delay = std::chrono::hours(slow ? 1 : 0)};
  });
  Client slow(port);
  slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  Client quick(port);
  quick.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(quick.answer(), EndsWith("/quick"));
  stop();  // ends the waiting one too, or this test would never end
  EXPECT_EQ(slow.rest(), "");
}

TEST_F(ServerTest, What_is_not_HTTP_or_too_big_is_refused) {
  serve(Delivery{});
  Client nonsense(port);
  nonsense.send("hello\r\n\r\n");
  EXPECT_THAT(nonsense.rest(), StartsWith("HTTP/1.1 400 Bad Request"));
  Client huge(port);
  huge.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999999\r\n\r\n");
  EXPECT_THAT(huge.rest(), StartsWith("HTTP/1.1 413 Payload Too Large"));
  Client gone(port);  // closed half-way through a request: no harm
  gone.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
}

TEST_F(ServerTest, Hundreds_of_connections_are_served_at_once) {
  serve({.response = {.body = "hello"}});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 400; ++i) clients.push_back(std::make_unique<Client>(port));
  for (const auto& client : clients) client->send(get);
  for (const auto& client : clients) EXPECT_THAT(client->answer(), EndsWith("hello"));
}

TEST_F(ServerTest, A_port_that_is_taken_is_said) {
  serve(Delivery{});
  EXPECT_THROW(Server(io.get_executor(), port, {}), boost::system::system_error);
}

}  // namespace
}  // namespace local_cloud
