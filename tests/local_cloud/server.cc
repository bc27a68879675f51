// Requests are read with Beast, answers are written by hand: a fault needs to say what a library
// would not let it (a wrong length, half of a body).
#include "tests/local_cloud/server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <set>

#include "agent/base/text.h"

namespace local_cloud {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using agent::base::cat;
using asio::ip::tcp;

constexpr std::uint64_t longest_body = 64 << 20;
constexpr std::uint32_t longest_head = 256 << 10;  // tokens, presigned URLs
constexpr std::size_t drop = 64;                   // bytes written at once when dripping
constexpr std::chrono::milliseconds out_of_descriptors{10};
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);

using Parser = http::request_parser<http::string_body>;

Request take(Parser& parser) {
  auto& message = parser.get();
  Request request{.method = std::string(message.method_string()),
                  .target = std::string(message.target())};
  for (const auto& field : message) {
    const auto [place, is_new] =
        request.headers.emplace(std::string(field.name_string()), std::string(field.value()));
    if (!is_new) place->second.append(",").append(field.value());
  }
  request.body = std::move(message.body());
  return request;
}

std::string head_of(const Response& response, bool keep_alive) {
  auto head = cat("HTTP/1.1 ", response.status, ' ',
                  http::obsolete_reason(static_cast<http::status>(response.status)), "\r\n");
  for (const auto& [name, value] : response.headers) head += cat(name, ": ", value, "\r\n");
  const auto has_length = response.status != 204 && response.status != 304;
  if (has_length && !response.headers.contains("Content-Length")) {
    head += cat("Content-Length: ", response.body.size(), "\r\n");
  }
  return head + (keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
}

// A reset, not an orderly end: what a client sees when a host or a load balancer dies.
void reset(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

class Connection {
 public:
  Connection(tcp::socket socket, const Server::Handler& handler)
      : socket_(std::move(socket)), handler_(handler) {}

  asio::awaitable<void> run() {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    bool goes_on = true;
    while (goes_on) goes_on = co_await exchange();
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  // Whether the connection lives on.
  asio::awaitable<bool> exchange() {
    Parser parser;
    parser.body_limit(longest_body);
    parser.header_limit(longest_head);
    const auto error = co_await read(parser);
    if (error == http::error::body_limit || error == http::error::header_limit) {
      co_await refuse(413);
      co_return false;
    }
    if (error && error.category() == http::make_error_code(http::error::end_of_stream).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
      co_await refuse(400);
      co_return false;
    }
    if (error) co_return false;
    const auto is_head = parser.get().method() == http::verb::head;
    const auto keep_alive = parser.get().keep_alive();
    const auto delivery = handler_(take(parser));
    const auto goes_on = co_await deliver(delivery, is_head, keep_alive);
    co_return goes_on;
  }

  asio::awaitable<boost::system::error_code> read(Parser& parser) {
    auto [error, size] = co_await http::async_read_header(socket_, buffer_, parser, quietly);
    if (error || parser.is_done()) co_return error;
    if (boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    std::tie(error, size) = co_await http::async_read(socket_, buffer_, parser, quietly);
    co_return error;
  }

  asio::awaitable<void> refuse(int status) {
    const Response response{.status = status};
    co_await write(head_of(response, false));
  }

  asio::awaitable<bool> deliver(const Delivery& delivery, bool is_head, bool keep_alive) {
    using Cut = Delivery::Cut;
    if (delivery.delay.count() > 0) co_await pause(delivery.delay);
    if (delivery.cut == Cut::reset_before || delivery.cut == Cut::reset_after) {
      reset(socket_);
      co_return false;
    }
    const auto& response = delivery.response;
    const auto body = is_head ? std::string_view() : std::string_view(response.body);
    const auto cut = delivery.cut == Cut::truncate;
    const auto length = header(response.headers, "Content-Length");
    const auto lies = !is_head && !length.empty() && length != std::to_string(body.size());
    const auto goes_on = keep_alive && !cut && !lies;
    const auto head = head_of(response, goes_on);
    const auto sent = body.substr(0, cut ? body.size() / 2 : body.npos);
    if (delivery.drip.count() == 0) {
      const std::array parts{asio::buffer(head), asio::buffer(sent)};
      co_await asio::async_write(socket_, parts, asio::use_awaitable);
      co_return goes_on;
    }
    co_await write(head);
    for (std::size_t at = 0; at < sent.size(); at += drop) {
      co_await write(sent.substr(at, drop));
      co_await pause(delivery.drip);
    }
    co_return goes_on;
  }

  asio::awaitable<void> write(std::string_view bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
  }

  tcp::socket socket_;
  const Server::Handler& handler_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(const asio::any_io_executor& executor, std::uint16_t port, Handler given)
      : acceptor(executor, {asio::ip::address_v4::loopback(), port}), handler(std::move(given)) {}

  // The state outlives its connections: they hold it.
  asio::awaitable<void> serve(tcp::socket socket) {
    const auto self = shared_from_this();
    Connection connection(std::move(socket), handler);
    try {
      co_await connection.run();
    } catch (const boost::system::system_error&) {
      // The client has gone, or the server stops.
    }
  }

  asio::awaitable<void> accept() {
    const auto self = shared_from_this();
    while (acceptor.is_open()) {
      auto [error, socket] = co_await acceptor.async_accept(quietly);
      if (!error) {
        start(std::move(socket));
      } else if (acceptor.is_open()) {
        co_await pause(out_of_descriptors);
      }
    }
  }

  void start(tcp::socket socket) {
    const auto signal = *signals.insert(std::make_shared<asio::cancellation_signal>()).first;
    // The signal lives as long as what is bound to its slot.
    const auto forget = [self = shared_from_this(), signal](const std::exception_ptr&) {
      self->signals.erase(signal);
    };
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)),
                   asio::bind_cancellation_slot(signal->slot(), forget));
  }

  void stop() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    const auto all = signals;
    for (const auto& signal : all) signal->emit(asio::cancellation_type::terminal);
  }

  tcp::acceptor acceptor;
  Handler handler;
  std::set<std::shared_ptr<asio::cancellation_signal>> signals;
};

Server::Server(const asio::any_io_executor& executor, std::uint16_t port, Handler handler)
    : state_(std::make_shared<State>(executor, port, std::move(handler))) {
  asio::co_spawn(executor, state_->accept(), asio::detached);
}

Server::~Server() {
  stop();
}

std::uint16_t Server::port() const {
  return state_->acceptor.local_endpoint().port();
}

void Server::stop() {
  state_->stop();
}

}  // namespace local_cloud
