// libcurl's multi handle on an Asio executor. curl's sockets live in an epoll descriptor of their
// own and Asio watches only that one, so nobody but curl ever owns a socket.
//
// libcurl is never called from its own callbacks, and no coroutine runs inside a call of libcurl:
// the end of a transfer is an Event, and a timer of 0 ms goes through the io_context too.
#pragma once

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "agent/http/curl_transfer.h"

namespace agent::http {

class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
 public:
  CurlMulti(const boost::asio::any_io_executor& executor, std::size_t kept_connections);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  void open();
  void close();  // what is in flight is abandoned; nothing starts any more

  void start(const std::shared_ptr<CurlTransfer>& transfer);
  void remove(CurlTransfer& transfer);  // does nothing when it has ended

 private:
  void watch();
  void sockets_are_ready();
  void arm(long milliseconds);
  void act(curl_socket_t socket, int events);
  void collect();
  void follow(curl_socket_t socket, int what);

  boost::asio::posix::stream_descriptor epoll_;
  boost::asio::steady_timer timer_;
  std::uint64_t timer_generation_ = 0;  // a timer that was set anew may still fire once
  CURLM* multi_ = nullptr;
  CURLSH* share_ = nullptr;  // TLS sessions, so that a fresh connection needs no full handshake
  std::map<CURL*, std::shared_ptr<CurlTransfer>> transfers_;
};

}  // namespace agent::http
