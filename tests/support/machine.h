// A host with an agent on it, in memory: its own event loop and network, a state directory that
// outlives it. Destroying it with coroutines asleep is what kill -9 is to a process.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/aws/client.h"
#include "agent/aws/credentials.h"
#include "agent/pipeline/agent.h"
#include "agent/pipeline/state_file.h"
#include "tests/support/local_http.h"

namespace support {

inline constexpr const char* home_region = "eu-west-1";

struct AgentPace {
  agent::base::Duration hold{std::chrono::hours(1)};
  agent::base::Duration wait_interval{1'000};
  agent::base::Duration poll_interval{1'000};
};

class Machine {
 public:
  // Time on it begins at `start`.
  Machine(local_cloud::Cloud& cloud, agent::base::TimePoint start);
  ~Machine();

  // A call of AWS as a user of the CLI would make it; fails the test when it fails.
  boost::json::object aws(const std::string& service, const std::string& operation,
                          boost::json::object params, const std::string& region = home_region);
  agent::aws::Result<agent::aws::Reply> try_aws(const std::string& service,
                                                const std::string& operation,
                                                boost::json::object params,
                                                const std::string& region = home_region);

  void start_agent(const std::filesystem::path& state, AgentPace pace);
  agent::pipeline::Agent& agent() { return *agent_; }
  bool agent_has_ended() const { return ended_; }

  // Runs until `done`, a kill, or so long on its clock. True when `done`.
  bool run_until(const std::function<bool()>& done,
                 agent::base::Duration limit = std::chrono::hours(2));
  void pass(agent::base::Duration time) {
    run_until([] { return false; }, time);
  }

  agent::base::TimePoint now() const { return clock_.now(); }
  local_cloud::Cloud& cloud() { return cloud_; }
  LocalHttp& network() { return http_; }
  FakeClock& clock() { return clock_; }

 private:
  local_cloud::Cloud& cloud_;
  boost::asio::io_context io_;
  FakeClock clock_;
  FakeChance chance_;
  LocalHttp http_;       // the agent's
  LocalHttp user_http_;  // the user's: never killed
  agent::aws::StaticCredentials credentials_;
  agent::aws::Client client_;
  agent::aws::Client user_;
  std::vector<agent::run::Action> catalog_;
  std::unique_ptr<agent::pipeline::StateFile> state_;
  std::unique_ptr<agent::pipeline::Agent> agent_;
  bool ended_ = false;
};

}  // namespace support
