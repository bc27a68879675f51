// The way to the network: the one seam between the agent and everything outside it. The program
// uses libcurl (curl_http.h); a test may put the local cloud behind it without a socket.
#pragma once

#include <expected>
#include <string>

#include "agent/base/task.h"
#include "agent/http/message.h"

namespace agent::http {

// Why there is no response.
struct Broken {
  enum class Stage {
    before_sending,  // DNS, connect, TLS: the server has not seen the request
    unknown,         // the server may have acted on it
  };
  Stage stage = Stage::unknown;
  std::string reason;  // for people
};

using Outcome = std::expected<Response, Broken>;

class Http {
 public:
  virtual ~Http() = default;
  // Never throws for what the network does. Responses are limited to 64 MiB.
  virtual base::Task<Outcome> send(Request request) = 0;
};

}  // namespace agent::http
