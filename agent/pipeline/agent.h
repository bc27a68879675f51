// The agent: a poller for every queue and the worker, until it is told to leave or has done what it
// was started for.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/pipeline/poller.h"
#include "agent/pipeline/worker.h"

namespace agent::pipeline {

struct AgentSettings {
  std::vector<Queue> queues;
  PollSettings poll;
  WorkSettings work;
  std::optional<std::size_t> exit_after;         // so many final results were accepted
  std::optional<base::Duration> exit_when_idle;  // nothing held, offered or outstanding
  base::Duration leave_within{4'000};
};

class Agent {
 public:
  Agent(boost::asio::any_io_executor executor, aws::Caller& caller, base::Clock& clock,
        base::Chance& chance, StateFile& state, std::span<const run::Action> catalog,
        AgentSettings settings);

  // Returns when all jobs are handed back or reported, or leave_within after leave(): what is left
  // then stays in the state file. Call it once.
  base::Task<> run();

  // Hands back what can be and ends run(). May be called from a signal's handler on the loop.
  void leave();

  std::size_t held() const { return worker_.held(); }

 private:
  bool is_finished();
  bool is_idle();

  boost::asio::any_io_executor executor_;
  base::Clock& clock_;
  AgentSettings settings_;
  Worker worker_;
  std::vector<std::unique_ptr<Poller>> pollers_;
  base::Event leaving_;
  base::TimePoint started_;
};

}  // namespace agent::pipeline
