// A server on a real socket whose every connection is a coroutine that the test writes, on the
// test's own io_context: no threads, no sleeps.
#pragma once

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/task.h"
#include "agent/base/text.h"

namespace loopback {

using agent::base::Task;
using boost::asio::ip::tcp;

class Connection {
 public:
  Connection(tcp::socket socket, std::vector<std::string>& log)
      : socket_(std::move(socket)), log_(log) {}

  // The next request as it came, head and body; nothing when the client has closed.
  Task<std::optional<std::string>> read() {
    for (;;) {
      const auto length = complete();
      if (length > 0) {
        auto request = received_.substr(0, length);
        received_.erase(0, length);
        log_.push_back(request);
        co_return request;
      }
      std::array<char, 65536> chunk{};
      const auto [error, count] = co_await socket_.async_read_some(
          boost::asio::buffer(chunk), boost::asio::as_tuple(boost::asio::use_awaitable));
      if (error) co_return std::nullopt;
      received_.append(chunk.data(), count);
    }
  }

  Task<> write(std::string bytes) {
    co_await boost::asio::async_write(socket_, boost::asio::buffer(bytes),
                                      boost::asio::as_tuple(boost::asio::use_awaitable));
  }

  Task<> answer(std::string body) {
    auto text =
        agent::base::cat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
    co_await write(std::move(text));
  }

  // Never ends: until the client goes away.
  Task<> stall() {
    std::array<char, 1024> chunk{};
    for (bool open = true; open;) {
      const auto [error, count] = co_await socket_.async_read_some(
          boost::asio::buffer(chunk), boost::asio::as_tuple(boost::asio::use_awaitable));
      open = !error;
    }
  }

  void reset() {  // RST instead of FIN
    boost::system::error_code ignored;
    socket_.set_option(tcp::socket::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 private:
  // Length of the first request received, 0 when it is not complete.
  std::size_t complete() const {
    const auto head = received_.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const auto lower = agent::base::lower(std::string_view(received_).substr(0, head));
    const auto field = lower.find("\r\ncontent-length: ");
    std::size_t body = 0;
    if (field != std::string::npos) {
      const auto* const digits = lower.data() + field + 18;
      std::from_chars(digits, lower.data() + lower.size(), body);
    }
    const auto total = head + 4 + body;
    return received_.size() >= total ? total : 0;
  }

  tcp::socket socket_;
  std::vector<std::string>& log_;
  std::string received_;
};

using Script = std::function<Task<>(Connection&)>;

// Answers every request with "ok".
inline Task<> polite(Connection& connection) {
  for (bool open = true; open;) {
    const auto request = co_await connection.read();
    open = request.has_value();
    if (open) co_await connection.answer("ok");
  }
}

class Server {
 public:
  explicit Server(boost::asio::io_context& io, Script script = polite)
      : state_(std::make_shared<State>(io, std::move(script))) {
    boost::asio::co_spawn(io, accept(state_), boost::asio::detached);
  }
  ~Server() { stop(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void stop() {  // nobody listens any more; open connections go on
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
  }

  std::string url(std::string_view path = "/") const {
    return agent::base::cat("http://127.0.0.1:", port(), path);
  }
  int port() const { return state_->port; }
  int connections() const { return state_->connections; }
  const std::vector<std::string>& requests() const { return state_->requests; }

 private:
  struct State {
    State(boost::asio::io_context& io, Script the_script)
        : acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
          script(std::move(the_script)),
          port(acceptor.local_endpoint().port()) {}
    tcp::acceptor acceptor;
    Script script;
    int port;
    int connections = 0;
    std::vector<std::string> requests;
  };

  static Task<> serve(std::shared_ptr<State> state, tcp::socket socket) {
    Connection connection(std::move(socket), state->requests);
    co_await state->script(connection);
  }

  static Task<> accept(std::shared_ptr<State> state) {
    for (bool open = true; open;) {
      auto [error, socket] =
          co_await state->acceptor.async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
      open = !error;
      if (!open) continue;
      ++state->connections;
      auto task = serve(state, std::move(socket));
      boost::asio::co_spawn(state->acceptor.get_executor(), std::move(task), boost::asio::detached);
    }
  }

  std::shared_ptr<State> state_;
};

// Runs until the task has ended; a test that hangs ends after a while all the same.
template <class T>
T run(boost::asio::io_context& io, Task<T> task) {
  std::optional<T> result;
  std::exception_ptr failed;
  bool done = false;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T value) {
    failed = error;
    if (!error) result = std::move(value);
    done = true;
  });
  io.restart();
  while (!done && io.run_one_for(std::chrono::seconds(60)) > 0) {
  }
  if (failed) std::rethrow_exception(failed);
  if (!result) throw std::runtime_error("the task does not end");
  return std::move(*result);
}

}  // namespace loopback
