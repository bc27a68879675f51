// What a run is made with, for targets that need one: AWS is a function, time is a fake clock's.
#pragma once

#include <boost/asio/io_context.hpp>

#include "agent/run/context.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_caller.h"

namespace fuzz {

struct RunWorld {
  RunWorld() {
    pace.hold = [] { return std::chrono::seconds(20); };
    pace.patience = std::chrono::minutes(1);
  }

  agent::run::Journal journal() const { return {execution.identity(), clock.now()}; }

  agent::run::Context context(agent::run::Journal journal) {
    return {.execution = execution,
            .journal = std::move(journal),
            .tags = {},
            .time_limit = std::chrono::hours(1),
            .caller = caller,
            .clock = clock,
            .chance = chance,
            .leaving = leaving,
            .pace = pace,
            .save = [](const agent::run::Journal&) {}};
  }

  boost::asio::io_context io;
  support::FakeClock clock{io};
  support::FakeChance chance;
  agent::base::Event leaving{io.get_executor()};
  agent::run::Pace pace;
  support::ScriptedCaller::Answer answer = [](const agent::aws::Call&) {
    return support::error(agent::aws::ErrorClass::refused, "UnauthorizedOperation");
  };
  support::ScriptedCaller caller{[this](const agent::aws::Call& call) { return answer(call); }};
  agent::run::Execution execution{.account = "123456789012",
                                  .region = "eu-west-1",
                                  .pipeline = "web",
                                  .id = "6a1b2c3d-0000-4000-8000-000000000001",
                                  .stage = "Image",
                                  .action = "Make"};
};

}  // namespace fuzz
