// Everything that was asked and answered, newest last, so that a test can tell what reached the
// cloud, check it against service models and recompute its signature.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

struct Exchange {
  std::uint64_t sequence = 0;
  Time time;
  std::string request_id;
  std::string service;
  std::string operation;  // "" when it was refused before that was known
  std::string account;
  std::string region;
  std::string access_key;
  std::string params;  // JSON, as decoded
  Request request;
  Response response;
  std::string error;             // code of the error that was answered
  std::string fault;             // id of the fault rule that applied
  std::string effect;            // what it did
  bool took_effect = false;      // carried out and not refused by the service
  std::size_t request_size = 0;  // of bodies, kept or not
  std::size_t response_size = 0;
};

class RequestLog {
 public:
  void add(Exchange exchange, const Settings& settings);
  void clear() { entries_.clear(); }
  const std::deque<Exchange>& entries() const { return entries_; }

 private:
  std::deque<Exchange> entries_;
  std::uint64_t sequence_ = 0;
};

// A body that is not UTF-8 comes as "body_base64"; one that was not kept has its size alone.
json::object as_json(const Exchange& exchange);

}  // namespace local_cloud
