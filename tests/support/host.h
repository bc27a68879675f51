// A host with an agent on it, in memory: its own network, its own disk, and its own fate.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <vector>

#include "agent/aws/client.h"
#include "agent/aws/credentials.h"
#include "agent/pipeline/agent.h"
#include "agent/pipeline/state_file.h"
#include "tests/support/fate.h"
#include "tests/support/local_http.h"

namespace support {

inline constexpr const char* home_region = "eu-west-1";

struct AgentPace {
  agent::base::Duration hold{std::chrono::hours(1)};
  agent::base::Duration wait_interval{1'000};
  agent::base::Duration poll_interval{1'000};
};

agent::aws::Keys builtin_keys();  // of the local cloud's built-in account

class Host {
 public:
  // Starts the agent.
  Host(local_cloud::Cloud& cloud, boost::asio::io_context& io, FakeClock& clock,
       const std::filesystem::path& state, AgentPace pace, std::optional<Kill> kill,
       std::optional<Trouble> trouble);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  agent::pipeline::Agent& agent() { return *agent_; }
  const LocalHttp& network() const { return http_; }
  const agent::pipeline::StateFile& state() const { return *state_; }
  const Fate& fate() const { return fate_; }
  bool is_dead() const { return fate_.is_dead(); }
  void be_lost() { fate_.die(); }  // for good, with its disk
  bool agent_has_ended() const { return ended_; }

 private:
  Fate fate_;
  FakeChance chance_;
  LocalHttp http_;
  agent::aws::StaticCredentials credentials_;
  agent::aws::Client client_;
  std::vector<agent::run::Action> catalog_;
  std::unique_ptr<agent::pipeline::StateFile> state_;
  std::unique_ptr<agent::pipeline::Agent> agent_;
  bool ended_ = false;
};

}  // namespace support
