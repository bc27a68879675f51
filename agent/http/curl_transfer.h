// One exchange with libcurl: the easy handle, all that it points to, and what came of it.
#pragma once

#include <curl/curl.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "agent/base/event.h"
#include "agent/http/http.h"

namespace agent::http {

// Why a request cannot go over the wire as it is (a line break in a header, …); "" if it can.
std::string flaw_of(const Request& request);

class CurlTransfer {
 public:
  struct Options {
    std::size_t response_limit;
    std::string ca_bundle;
  };

  CurlTransfer(Request request, const Options& options, const boost::asio::any_io_executor&);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* easy() const { return easy_.get(); }  // null once it has ended

  // Each sets `outcome` and `finished` and lets the easy handle go; libcurl must have let go
  // before.
  void end(CURLcode code);
  void abandon(const std::string& reason);

  base::Event finished;
  Outcome outcome;

 private:
  void describe(const Options& options);
  void describe_method();
  void describe_headers();
  void settle(Outcome outcome);
  Broken broken(CURLcode code) const;
  std::size_t take_header(std::string_view line);
  std::size_t take_body(std::string_view bytes);

  template <class Value>
  void set(CURLoption option, Value value);

  struct Free {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  Request request_;
  std::size_t response_limit_;
  Response response_;
  std::size_t header_bytes_ = 0;
  std::string refused_;  // why we broke off ourselves
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::unique_ptr<curl_slist, Free> header_list_;
  std::unique_ptr<CURL, Free> easy_;
};

}  // namespace agent::http
