// What a run does when CodePipeline has ended its action, or has started it again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "agent/run/drive.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_caller.h"

namespace agent::run {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Publish {
  static constexpr std::string_view name = "Publish";
  bool irreversible() const { return true; }
  Call call(const Key&) const { return {.service = "ec2", .operation = "Publish", .params = {}}; }
  void result(const Reply&) const {}
};

struct Remove {
  static constexpr std::string_view name = "Remove";
  std::string resource() const { return "thing-1"; }
  Call call(const Key&) const { return {.service = "ec2", .operation = "Remove", .params = {}}; }
  void result(const Reply&) const {}
};

Task<Outputs> publish(Run& run) {
  run.on_failure(Remove{});
  co_await run(Publish{});
  co_return Outputs{{"Done", "yes"}};
}

class StandingTest : public ::testing::Test {
 protected:
  Outcome drive_once() {
    Context context{.execution = {.account = "1", .region = "r", .pipeline = "p", .id = "e"},
                    .journal = {"identity", clock.now()},
                    .tags = {},
                    .time_limit = 6h,
                    .caller = caller,
                    .clock = clock,
                    .chance = chance,
                    .leaving = leaving,
                    .pace = pace,
                    .save = [](const Journal&) {},
                    .make_durable = [this]() -> Task<> {
                      done.emplace_back("durable");
                      co_return;
                    },
                    .standing = [this]() -> Task<Standing> { co_return next_standing(); }};
    const Recipe recipe = publish;
    std::optional<Outcome> outcome;
    boost::asio::co_spawn(io, drive(context, "eu-west-1", recipe),
                          [&](std::exception_ptr escaped, Outcome result) {
                            ASSERT_FALSE(escaped);
                            outcome = std::move(result);
                          });
    EXPECT_TRUE(clock.run_dry([&] { return outcome.has_value(); }));
    return *outcome;
  }

  Standing next_standing() {
    const auto answer = standings.front();
    if (standings.size() > 1) standings.erase(standings.begin());
    return answer;
  }

  Result<Reply> answer(const Call& call) {
    done.push_back(call.operation);
    if (call.operation == "Publish" && failing) return support::error(ErrorClass::invalid, "Bad");
    return support::reply({});
  }

  static std::string failure_of(const Outcome& outcome) {
    const auto* failure = std::get_if<base::Failure>(&outcome);
    return failure == nullptr ? "" : failure->what();
  }

  boost::asio::io_context io;
  support::FakeClock clock{io};
  support::FakeChance chance;
  base::Event leaving{io.get_executor()};
  Pace pace{.hold = [] { return base::Duration(24h); }};
  support::ScriptedCaller caller{[this](const Call& call) { return answer(call); }};
  std::vector<Standing> standings{Standing::wanted};  // the last one lasts
  bool failing = false;
  std::vector<std::string> done;
};

TEST_F(StandingTest, What_is_wanted_is_done) {
  EXPECT_EQ(failure_of(drive_once()), "");
  EXPECT_THAT(done, ElementsAre("Publish"));
}

TEST_F(StandingTest, What_has_ended_is_not_published_and_is_undone) {
  standings = {Standing::ended};
  EXPECT_THAT(failure_of(drive_once()), HasSubstr("before the step Publish"));
  EXPECT_THAT(done, ElementsAre("durable", "Remove"));
}

TEST_F(StandingTest, What_was_started_again_is_neither_published_nor_undone) {
  standings = {Standing::superseded};
  EXPECT_THAT(failure_of(drive_once()), HasSubstr("started again"));
  EXPECT_THAT(done, ElementsAre("durable"));
}

TEST_F(StandingTest, A_failure_is_durable_before_anything_is_undone) {
  failing = true;
  EXPECT_THAT(failure_of(drive_once()), HasSubstr("Bad"));
  EXPECT_THAT(done, ElementsAre("Publish", "durable", "Remove"));
}

TEST_F(StandingTest, Nothing_is_undone_while_it_is_unknown_and_then_what_is_true_counts) {
  failing = true;
  standings = {Standing::wanted, Standing::unknown, Standing::unknown, Standing::superseded};
  EXPECT_THAT(failure_of(drive_once()), HasSubstr("started again"));
  EXPECT_THAT(done, ElementsAre("Publish", "durable"));
}

TEST_F(StandingTest, When_nobody_can_tell_for_long_it_is_published_but_not_undone) {
  standings = {Standing::unknown};
  EXPECT_EQ(failure_of(drive_once()), "");
  done.clear();
  failing = true;
  EXPECT_THAT(failure_of(drive_once()), HasSubstr("Left behind: thing-1"));
  EXPECT_THAT(done, ElementsAre("Publish", "durable"));
}

}  // namespace
}  // namespace agent::run
