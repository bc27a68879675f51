// HTTP/1.1 on a loopback port: takes requests off the socket and plays deliveries back onto it,
// with all that a Delivery can do to an answer. One thread, a coroutine for each connection.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "tests/local_cloud/http.h"

namespace local_cloud {

class Server {
 public:
  using Handler = std::function<Delivery(const Request&)>;

  // Listens at once on 127.0.0.1; port 0 chooses a free one. Throws when the port is taken.
  Server(const boost::asio::any_io_executor& executor, std::uint16_t port, Handler handler);
  ~Server();

  std::uint16_t port() const;

  // Closes the port and all connections; safe to call twice. The executor must still run for the
  // connections' coroutines to end.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace local_cloud
