// A run over a scripted world, for the tests of this folder: who answers, what is remembered, and
// one turn of a recipe.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <string>

#include "agent/run/drive.h"
#include "agent/run/run.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_caller.h"

namespace agent::run {

class RunWorld : public ::testing::Test {
 protected:
  RunWorld() : clock(io), leaving(io.get_executor()) {
    pace.hold = [this] { return hold; };
    pace.wait_interval = std::chrono::seconds(10);
  }

  virtual Result<Reply> answer(const Call& call) = 0;

  Outcome turn(const Recipe& recipe) {
    Context context{.execution = execution,
                    .journal = journal,
                    .tags = {},
                    .time_limit = time_limit,
                    .caller = caller,
                    .clock = clock,
                    .chance = chance,
                    .leaving = leaving,
                    .pace = pace,
                    .save = [this](const Journal& saved) { journal = saved; }};
    std::optional<Outcome> outcome;
    boost::asio::co_spawn(io, drive(context, "eu-west-1", recipe),
                          [&](std::exception_ptr escaped, Outcome result) {
                            ASSERT_FALSE(escaped);
                            outcome = std::move(result);
                          });
    EXPECT_TRUE(clock.run_dry([&] { return outcome.has_value(); }));
    progress = context.progress;
    return *outcome;
  }

  static std::string failure_of(const Outcome& outcome) {
    const auto* failure = std::get_if<base::Failure>(&outcome);
    return failure == nullptr ? "" : failure->what();
  }

  boost::asio::io_context io;
  support::FakeClock clock;
  support::FakeChance chance;
  base::Event leaving;
  Pace pace;
  base::Duration hold{std::chrono::hours(1)};
  base::Duration time_limit{std::chrono::hours(1)};
  support::ScriptedCaller caller{[this](const Call& call) { return answer(call); }};
  Execution execution{.account = "111122223333",
                      .region = "eu-west-1",
                      .pipeline = "shop",
                      .id = "e-1",
                      .stage = "Deploy",
                      .action = "Image"};
  Journal journal{execution.identity(), base::TimePoint(clock.now())};
  Progress progress;
};

}  // namespace agent::run
