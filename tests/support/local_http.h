// The network of an in-memory test: the local cloud answers at once, on a fake clock, without a
// socket. It can kill: from the chosen moment of the chosen request on, nothing answers any more,
// as if the process had died there.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/http/http.h"
#include "tests/local_cloud/cloud.h"
#include "tests/support/fake_clock.h"

namespace support {

struct Kill {
  enum class When {
    before,    // the request never arrived
    after,     // it took effect, the answer was never read
    answered,  // the answer was read and nothing came after
  };
  std::size_t request;  // counted from 0
  When when;
};

class LocalHttp final : public agent::http::Http {
 public:
  LocalHttp(local_cloud::Cloud& cloud, FakeClock& clock) : cloud_(cloud), clock_(clock) {}

  agent::base::Task<agent::http::Outcome> send(agent::http::Request request) override;

  void kill_at(Kill kill) { kill_ = kill; }
  bool killed() const { return killed_; }
  // "PollForJobs" and so on, in order.
  const std::vector<std::string>& requests() const { return requests_; }
  // A poll that offered nothing: nothing happens there.
  bool was_idle(std::size_t request) const { return idle_.contains(request); }
  std::size_t largest_token() const { return largest_token_; }  // of those handed back

 private:
  agent::base::Task<> die();

  local_cloud::Cloud& cloud_;
  FakeClock& clock_;
  std::optional<Kill> kill_;
  bool killed_ = false;
  std::vector<std::string> requests_;
  std::set<std::size_t> idle_;
  std::size_t largest_token_ = 0;
};

}  // namespace support
