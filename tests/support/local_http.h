// The network of an in-memory test: the local cloud answers at once, on a fake clock, without a
// socket. From its host's death on nothing answers any more.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/http/http.h"
#include "tests/local_cloud/cloud.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fate.h"

namespace support {

// What goes wrong with some requests in a row. Faults that are the cloud's are its own rules.
struct Trouble {
  std::size_t request;    // the first, from 0
  std::size_t times = 1;  // in a row
  std::variant<local_cloud::Fault, agent::http::Broken> what;
};

class LocalHttp final : public agent::http::Http {
 public:
  LocalHttp(local_cloud::Cloud& cloud, FakeClock& clock, Fate& fate,
            std::optional<Trouble> trouble = {})
      : cloud_(cloud), clock_(clock), fate_(fate), trouble_(std::move(trouble)) {}

  agent::base::Task<agent::http::Outcome> send(agent::http::Request request) override;

  // "PollForJobs" and so on, in order.
  const std::vector<std::string>& requests() const { return requests_; }
  std::size_t largest_token() const { return largest_token_; }  // of those handed back
  std::size_t troubled() const { return troubled_; }            // requests that had trouble

 private:
  bool is_troubled(std::size_t number) const;
  local_cloud::Delivery delivered(std::size_t number, const agent::http::Request& request);
  agent::base::Task<> die();

  local_cloud::Cloud& cloud_;
  FakeClock& clock_;
  Fate& fate_;
  std::optional<Trouble> trouble_;
  std::vector<std::string> requests_;
  std::size_t largest_token_ = 0;
  std::size_t troubled_ = 0;
};

}  // namespace support
