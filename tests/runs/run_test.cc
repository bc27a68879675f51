
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/describe.hpp>

#include "agent/base/json.h"
#include "tests/runs/run_world.h"

namespace agent::run {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Made {
  std::string id;
  int size = 0;
};
BOOST_DESCRIBE_STRUCT(Made, (), (id, size))

// A thing that can be made, looked for and removed.
struct Make {
  static constexpr std::string_view name = "Make";
  Task<std::optional<Made>> look(Step& step) const {
    const auto reply = co_await step.call({.service = "ec2", .operation = "Look", .params = {}});
    const auto id = base::text(reply.body, "id");
    if (id.empty()) co_return std::nullopt;
    co_return Made{id, 7};
  }
  Call call(const Key& key) const {
    return {.service = "ec2", .operation = "Make", .params = {{"ClientToken", key.token({})}}};
  }
  Made result(const Reply& reply) const { return {base::text(reply.body, "id"), 7}; }
};

struct Remove {
  static constexpr std::string_view name = "Remove";
  std::string id;
  std::string resource() const { return id; }
  Call call(const Key&) const {
    return {.service = "ec2", .operation = "Remove", .params = {{"Id", id}}};
  }
  void result(const Reply&) const {}
};

struct Ready {
  static constexpr std::string_view name = "Ready";
  Task<Look> look(Step& step) const {
    const auto reply = co_await step.call({.service = "ec2", .operation = "Ask", .params = {}});
    const auto percent = base::number(reply.body, "percent").value_or(0);
    co_return Look{.ready = percent == 100,
                   .summary = "at " + std::to_string(percent),
                   .percent = static_cast<int>(percent)};
  }
};

struct Fail {
  static constexpr std::string_view name = "Fail";
  Call call(const Key&) const { return {.service = "ec2", .operation = "Fail", .params = {}}; }
  void result(const Reply&) const {}
};

Task<Outputs> make_and_wait(Run& run) {
  const auto made = co_await run(Make{});
  run.on_failure(Remove{.id = made.id});
  co_await run.until(Ready{});
  co_await run(Fail{});
  run.keep();
  co_return Outputs{{"Id", made.id}};
}

// A world where things are made once and become ready after some looks.
class RunTest : public RunWorld {
 protected:
  Result<Reply> answer(const Call& call) override {
    if (call.operation == "Look") {
      if (down_after_make && !existing.empty()) {
        return support::error(ErrorClass::transient, "ServiceUnavailable");
      }
      const auto shown = visible && clock.now() >= made_at + hide_for;
      return support::reply({{"id", shown ? existing : ""}});
    }
    if (call.operation == "Make") {
      tokens.push_back(base::text(call.params, "ClientToken"));
      if (!existing.empty()) {
        visible = true;
        return support::error(ErrorClass::conflict, "Duplicate");
      }
      existing = "thing-1";
      visible = true;
      made_at = clock.now();
      if (lose_answer) {
        return std::unexpected(
            Error{.kind = ErrorClass::transient, .message = "lost", .may_have_acted = true});
      }
      return support::reply({{"id", existing}});
    }
    if (call.operation == "Ask" && clock.now() < asking_works_from) {
      return support::error(ErrorClass::throttled, "RequestLimitExceeded");
    }
    if (call.operation == "Ask") {
      percent = std::min(100, percent + 25);
      return support::reply({{"percent", percent}});
    }
    if (call.operation == "Fail" && failing) return support::error(ErrorClass::invalid, "Bad");
    if (call.operation == "Remove") existing.clear();
    return support::reply({});
  }

  Outcome drive_once(const Recipe& recipe = make_and_wait) { return turn(recipe); }

  std::string existing;
  bool visible = true;
  base::TimePoint made_at{};
  base::Duration hide_for{0};
  bool lose_answer = false;
  bool down_after_make = false;
  base::TimePoint asking_works_from{};
  bool failing = false;
  int percent = 0;
  std::vector<std::string> tokens;
};

TEST_F(RunTest, Does_every_step_once_and_returns_the_outputs) {
  const auto outcome = drive_once();
  EXPECT_EQ(std::get<Outputs>(outcome), (Outputs{{"Id", "thing-1"}}));
  EXPECT_THAT(caller.calls, ElementsAre("Look", "Make", "Ask", "Ask", "Ask", "Ask", "Fail"));
}

TEST_F(RunTest, Goes_on_from_its_facts_without_a_call) {
  drive_once();
  caller.calls.clear();
  const auto again = drive_once();
  EXPECT_EQ(std::get<Outputs>(again), (Outputs{{"Id", "thing-1"}}));
  EXPECT_THAT(caller.calls, ElementsAre());
}

TEST_F(RunTest, Parks_when_a_wait_is_longer_than_the_hold_and_tells_how_far_it_is) {
  hold = 0s;
  EXPECT_TRUE(std::holds_alternative<Parked>(drive_once()));
  EXPECT_EQ(progress.summary, "at 25");
  EXPECT_EQ(progress.percent, 25);
  int turns = 1;
  while (std::holds_alternative<Parked>(drive_once())) ++turns;
  EXPECT_EQ(turns, 3);
  EXPECT_EQ(std::ranges::count(caller.calls, "Make"), 1);
}

TEST_F(RunTest, Parks_at_the_next_chance_when_leaving) {
  leaving.set();
  EXPECT_TRUE(std::holds_alternative<Parked>(drive_once()));
  EXPECT_THAT(caller.calls, ElementsAre());
}

TEST_F(RunTest, Stays_when_its_journal_does_not_fit_into_a_token) {
  hold = 0s;
  std::string noise;
  while (noise.size() < 6'000) noise += std::to_string(chance.fraction());
  journal.record("Big", boost::json::value_from(noise));
  EXPECT_TRUE(std::holds_alternative<Outputs>(drive_once()));
}

TEST_F(RunTest, Finds_what_a_try_with_a_lost_answer_made) {
  lose_answer = true;
  const auto outcome = drive_once();
  EXPECT_EQ(std::get<Outputs>(outcome), (Outputs{{"Id", "thing-1"}}));
  EXPECT_EQ(std::ranges::count(caller.calls, "Make"), 1);
}

TEST_F(RunTest, Looks_again_when_AWS_says_that_it_exists_already) {
  existing = "thing-0";
  visible = false;
  const auto outcome = drive_once();
  EXPECT_EQ(std::get<Outputs>(outcome), (Outputs{{"Id", "thing-0"}}));
}

TEST_F(RunTest, Uses_the_same_token_for_the_same_step_whatever_happened) {
  drive_once();
  journal = Journal(execution.identity(), clock.now());
  existing.clear();
  percent = 0;
  drive_once();
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_EQ(tokens[0], tokens[1]);
  EXPECT_EQ(tokens[0].size(), 32U);
}

TEST_F(RunTest, Undoes_what_is_owed_when_it_fails_and_says_why) {
  failing = true;
  const auto outcome = drive_once();
  EXPECT_THAT(failure_of(outcome), HasSubstr("Bad"));
  EXPECT_EQ(caller.calls.back(), "Remove");
  EXPECT_EQ(existing, "");
}

TEST_F(RunTest, Does_not_enter_the_recipe_again_after_the_verdict) {
  failing = true;
  drive_once();
  failing = false;  // what failed would succeed now
  caller.calls.clear();
  const auto again = drive_once();
  EXPECT_THAT(failure_of(again), HasSubstr("Bad"));
  EXPECT_THAT(caller.calls, ElementsAre());
}

TEST_F(RunTest, Keeps_what_must_stay) {
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    const auto made = co_await run(Make{});
    run.on_failure(Remove{.id = made.id});
    run.keep();
    throw base::Failure(base::FailureType::JobFailed, "too late");
  };
  EXPECT_THAT(failure_of(drive_once(recipe)), HasSubstr("too late"));
  EXPECT_EQ(existing, "thing-1");
}

TEST_F(RunTest, Undoes_what_a_failed_create_made_all_the_same) {
  lose_answer = true;
  pace.patience = 0s;  // the first transient error is the last
  const auto outcome = drive_once();
  EXPECT_EQ(std::get<base::Failure>(outcome).type, base::FailureType::SystemUnavailable);
  EXPECT_EQ(existing, "");
  EXPECT_EQ(caller.calls.back(), "Remove");
}

TEST_F(RunTest, Undoes_what_a_create_made_that_was_cut_off_by_the_deadline) {
  lose_answer = true;
  hide_for = 70s;
  time_limit = 30s;
  EXPECT_THAT(failure_of(drive_once()), HasSubstr("TimeoutMinutes"));
  EXPECT_EQ(existing, "");
  EXPECT_EQ(caller.calls.back(), "Remove");
}

// What may be in use by what the failed step made must stay when nobody can tell.
TEST_F(RunTest, Removes_nothing_when_it_cannot_find_out_what_the_failed_step_made) {
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    run.on_failure(Remove{.id = "used"});
    co_await run(Make{});
    co_return Outputs{};
  };
  lose_answer = true;
  down_after_make = true;
  const auto message = failure_of(drive_once(recipe));
  EXPECT_THAT(message, HasSubstr("could not be found out"));
  EXPECT_THAT(message, HasSubstr("Left in place: used"));
  EXPECT_EQ(std::ranges::count(caller.calls, "Remove"), 0);
}

TEST_F(RunTest, Settles_what_is_owed_at_the_end_of_success_too) {
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    run.finally(Remove{.id = "gate"});
    co_return Outputs{};
  };
  EXPECT_TRUE(std::holds_alternative<Outputs>(drive_once(recipe)));
  EXPECT_THAT(caller.calls, ElementsAre("Remove"));
}

TEST_F(RunTest, Does_not_do_twice_what_is_settled_early) {
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    run.finally(Remove{.id = "gate"});
    co_await run.settle(Remove{.id = "gate"});
    co_await run(Fail{});
    co_return Outputs{};
  };
  drive_once(recipe);
  EXPECT_THAT(caller.calls, ElementsAre("Remove", "Fail"));
}

TEST_F(RunTest, Keeps_the_steps_of_regions_apart) {
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    co_await run(Fail{});
    co_await run.in("us-west-2")(Fail{});
    co_return Outputs{};
  };
  drive_once(recipe);
  EXPECT_THAT(caller.regions, ElementsAre("eu-west-1", "us-west-2"));
  EXPECT_NE(journal.fact("us-west-2/Fail"), nullptr);
}

TEST_F(RunTest, Gives_up_at_the_deadline_with_what_it_waited_for) {
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    co_await run.until(Ready{});
    co_return Outputs{};
  };
  percent = -1'000'000;
  EXPECT_THAT(failure_of(drive_once(recipe)),
              AllOf(HasSubstr("1 h"), HasSubstr("TimeoutMinutes"), HasSubstr("at -")));
}

// However long it has waited: a service that throttles says nothing of what is waited for.
TEST_F(RunTest, Waits_on_while_the_service_throttles_until_the_deadline) {
  asking_works_from = clock.now() + 50min;
  EXPECT_TRUE(std::holds_alternative<Outputs>(drive_once()));
  EXPECT_EQ(existing, "thing-1");
}

// Another's thing of the same name, seen only after the create was refused.
TEST_F(RunTest, Says_only_once_that_a_name_is_somebody_elses) {
  struct MakeNamed : Make {
    Task<std::optional<Made>> look(Step& step) const {
      const auto reply = co_await step.call({.service = "ec2", .operation = "Look", .params = {}});
      if (base::text(reply.body, "id").empty()) co_return std::nullopt;
      throw base::Failure(base::FailureType::ConfigurationError, "taken by another");
    }
  };
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    co_await run(MakeNamed{});
    co_return Outputs{};
  };
  existing = "thing-0";
  visible = false;
  EXPECT_EQ(failure_of(drive_once(recipe)), "taken by another");
}

// Done when AWS shows no longer what it has shown.
struct Vanish {
  static constexpr std::string_view name = "Vanish";
  Task<std::string> perform(Step& step) const {
    const auto reply = co_await step.call({.service = "ec2", .operation = "Look", .params = {}});
    if (base::text(reply.body, "id").empty() && step.seen()) co_return "gone";
    if (!base::text(reply.body, "id").empty()) step.note_seen();
    throw base::Failure(base::FailureType::SystemUnavailable, "not shown yet, or still there");
  }
};

TEST_F(RunTest, Remembers_on_any_host_that_a_step_has_seen_something) {
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    co_return Outputs{{"Is", co_await run(Vanish{})}};
  };
  hold = 0s;
  EXPECT_TRUE(std::holds_alternative<Parked>(drive_once(recipe)));  // never seen so far
  existing = "thing-1";
  EXPECT_TRUE(std::holds_alternative<Parked>(drive_once(recipe)));
  existing.clear();
  const auto outcome = drive_once(recipe);
  EXPECT_EQ(std::get<Outputs>(outcome), (Outputs{{"Is", "gone"}}));
}

TEST_F(RunTest, Refuses_a_recipe_with_two_steps_of_one_name) {
  const Recipe recipe = [](run::Run& run) -> Task<Outputs> {
    co_await run(Fail{});
    co_await run(Fail{});
    co_return Outputs{};
  };
  EXPECT_THAT(failure_of(drive_once(recipe)), HasSubstr("two steps named Fail"));
}

TEST_F(RunTest, Turns_any_exception_into_the_jobs_failure) {
  const Recipe recipe = [](run::Run&) -> Task<Outputs> {
    throw std::out_of_range("oops");
    co_return Outputs{};
  };
  EXPECT_THAT(failure_of(drive_once(recipe)), HasSubstr("oops"));
}

TEST_F(RunTest, Refuses_a_fact_of_the_wrong_shape) {
  journal.record("Make", boost::json::array{1, 2});
  EXPECT_THAT(failure_of(drive_once()), HasSubstr("damaged at the step Make"));
}

}  // namespace
}  // namespace agent::run
