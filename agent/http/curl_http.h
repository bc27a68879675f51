// HTTP/1.1 by libcurl's multi interface on an Asio io_context: one thread, connections kept open,
// proxies from the environment as libcurl reads them. TLS certificates are always verified.
//
// Everybody who waits gets a turn in order; waiting does not count against a request's timeout. A
// send() can be cancelled by Asio's means and destroyed at any time. A CurlHttp is destroyed before
// its io_context; what is in flight then ends as Broken. The program must ignore SIGPIPE.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "agent/http/http.h"
#include "agent/http/turns.h"

namespace agent::http {

struct CurlSettings {
  std::size_t concurrency = 256;          // requests in flight
  std::size_t response_limit = 64 << 20;  // bytes of a body
  std::string ca_bundle;                  // a PEM file; "" = the system's
};

// What libcurl and its TLS library say of themselves: "libcurl/7.88.1 OpenSSL/3.0.17 …".
std::string libraries();

class CurlMulti;

class CurlHttp final : public Http {
 public:
  explicit CurlHttp(boost::asio::io_context& io, CurlSettings settings = {});
  ~CurlHttp() override;
  CurlHttp(const CurlHttp&) = delete;
  CurlHttp& operator=(const CurlHttp&) = delete;

  base::Task<Outcome> send(Request request) override;

 private:
  const CurlSettings settings_;
  Turns turns_;
  std::shared_ptr<CurlMulti> multi_;
};

}  // namespace agent::http
