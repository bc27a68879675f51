// run.all(): branches in several regions at once; and undo that is more than one step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "tests/runs/run_world.h"

namespace agent::run {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

struct Make {
  static constexpr std::string_view name = "Make";
  Call call(const Key& key) const {
    return {.service = "ec2", .operation = "Make", .params = {{"in", key.region}}};
  }
  std::string result(const Reply& reply) const { return base::text(reply.body, "id"); }
};

struct Ready {
  static constexpr std::string_view name = "Ready";
  Task<Look> look(Step& step) const {
    const auto reply = co_await step.call(
        {.service = "ec2", .operation = "Ask", .params = {{"in", step.key().region}}});
    const auto percent = base::number(reply.body, "percent").value_or(0);
    co_return Look{.ready = percent >= 100,
                   .summary = base::text(reply.body, "percent") + " %",
                   .percent = static_cast<int>(percent)};
  }
};

struct Remove {
  static constexpr std::string_view name = "Remove";
  std::string id;
  Call call(const Key& key) const {
    return {.service = "ec2", .operation = "Remove", .params = {{"in", key.region}, {"id", id}}};
  }
  void result(const Reply&) const {}
};

// Asks whether what was removed is gone, and waits for it.
struct Gone {
  static constexpr std::string_view name = "Gone";
  Task<Look> look(Step& step) const {
    const auto reply = co_await step.call(
        {.service = "ec2", .operation = "Gone", .params = {{"in", step.key().region}}});
    co_return Look{.ready = base::flag(reply.body, "gone"), .summary = "going"};
  }
};

struct RemoveAndWait {
  std::string id;
  std::string resource() const { return id; }
  Task<> carry_out(Run& run) const {
    co_await run(Remove{.id = id});
    co_await run.until(Gone{});
  }
};

struct End {
  static constexpr std::string_view name = "End";
  Call call(const Key&) const { return {.service = "ec2", .operation = "End", .params = {}}; }
  void result(const Reply&) const {}
};

Task<> branch(Run run, std::string& made) {
  made = co_await run(Make{});
  run.on_failure(RemoveAndWait{.id = made});
  co_await run.until(Ready{});
}

Task<Outputs> in_three_regions(Run& run) {
  std::vector<std::string> made(3);
  std::vector<Task<>> branches;
  branches.push_back(branch(run.in("eu-west-1"), made[0]));
  branches.push_back(branch(run.in("us-east-1"), made[1]));
  branches.push_back(branch(run.in("us-west-2"), made[2]));
  co_await run.all(std::move(branches));
  co_await run(End{});
  co_return Outputs{{"Made", made[0] + made[1] + made[2]}};
}

class BranchesTest : public RunWorld {
 protected:
  Result<Reply> answer(const Call& call) override {
    const auto region = base::text(call.params, "in");
    asked.push_back(call.operation + " " + region);
    if (call.operation == fails && (failing_in.empty() || failing_in == region)) {
      return support::error(ErrorClass::invalid, "Bad");
    }
    if (call.operation == "Make") {
      ++made[region];
      return support::reply({{"id", "a-" + region}});
    }
    if (call.operation == "Ask") {
      auto& percent = percents[region];
      percent += region == "us-west-2" ? 10 : 50;
      return support::reply({{"percent", percent}});
    }
    if (call.operation == "Remove") removed.insert(base::text(call.params, "id"));
    if (call.operation == "Gone") return support::reply({{"gone", ++looks_at_gone > 4}});
    return support::reply({});
  }

  Outcome drive_once() { return turn(in_three_regions); }

  Outcome drive_to_the_end() {
    for (int turns = 0; turns < 100; ++turns) {
      auto outcome = drive_once();
      if (!std::holds_alternative<Parked>(outcome)) return outcome;
    }
    return Parked{};
  }
  std::string fails;       // this operation,
  std::string failing_in;  // in that region; "" = anywhere
  std::map<std::string, int> made;
  std::map<std::string, int> percents;
  std::set<std::string> removed;
  std::vector<std::string> asked;
  int looks_at_gone = 0;
};

TEST_F(BranchesTest, All_are_done_at_once_and_each_once) {
  const auto outcome = drive_once();
  EXPECT_EQ(std::get<Outputs>(outcome), (Outputs{{"Made", "a-eu-west-1a-us-east-1a-us-west-2"}}));
  EXPECT_EQ(made,
            (std::map<std::string, int>{{"eu-west-1", 1}, {"us-east-1", 1}, {"us-west-2", 1}}));
  // The second has begun before the first has ended.
  const auto third = std::ranges::find(asked, "Make us-west-2");
  EXPECT_EQ(std::count(asked.begin(), third, "Ask eu-west-1"), 1);
  EXPECT_EQ(std::count(third, asked.end(), "Ask eu-west-1"), 1);
}

TEST_F(BranchesTest, It_parks_only_when_all_rest_and_goes_on_with_what_is_missing) {
  hold = 0s;
  EXPECT_TRUE(std::holds_alternative<Parked>(drive_once()));
  EXPECT_EQ(made.size(), 3U);
  EXPECT_EQ(std::get<Outputs>(drive_to_the_end()).size(), 1U);
  EXPECT_EQ(made["us-west-2"], 1);
  EXPECT_EQ(std::ranges::count(asked, "Ask eu-west-1"), 2);
  EXPECT_EQ(std::ranges::count(asked, "Ask us-west-2"), 10);
}

TEST_F(BranchesTest, Progress_is_shown_side_by_side_and_is_that_of_the_slowest) {
  hold = 0s;
  drive_once();
  EXPECT_EQ(progress.summary, "eu-west-1: 50 %; us-east-1: 50 %; us-west-2: 10 %");
  EXPECT_EQ(progress.percent, 10);
}

TEST_F(BranchesTest, When_one_fails_the_others_end_at_their_next_rest_and_all_is_undone) {
  fails = "Make";
  failing_in = "us-west-2";
  EXPECT_THAT(failure_of(drive_to_the_end()), HasSubstr("Bad"));
  EXPECT_EQ(removed, (std::set<std::string>{"a-eu-west-1", "a-us-east-1"}));
  EXPECT_THAT(asked, Not(Contains("End ")));
  EXPECT_LE(std::ranges::count(asked, "Ask eu-west-1"), 2);
}

TEST_F(BranchesTest, What_fails_behind_them_undoes_all_of_them) {
  fails = "End";
  EXPECT_THAT(failure_of(drive_to_the_end()), HasSubstr("Bad"));
  EXPECT_EQ(removed.size(), 3U);
}

TEST_F(BranchesTest, Undo_that_waits_parks_too_and_does_each_step_once) {
  hold = 0s;
  fails = "End";
  const auto outcome = drive_to_the_end();
  EXPECT_THAT(failure_of(outcome), AllOf(HasSubstr("Bad"), Not(HasSubstr("Left"))));
  EXPECT_EQ(std::ranges::count_if(asked, [](const auto& one) { return one.starts_with("Remove"); }),
            3);
  EXPECT_GE(looks_at_gone, 5);
}

TEST_F(BranchesTest, On_leaving_all_branches_rest) {
  leaving.set();
  EXPECT_TRUE(std::holds_alternative<Parked>(drive_once()));
}

}  // namespace
}  // namespace agent::run
