#include "agent/pipeline/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "agent/base/json.h"
#include "agent/pipeline/poller.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_caller.h"
#include "tests/support/temporary_directory.h"

namespace agent::pipeline {
namespace {

using namespace std::chrono_literals;
using aws::ErrorClass;
using base::Task;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Answer = aws::Result<aws::Reply>;
namespace json = boost::json;

const Queue queue{"eu-west-1", "Test", "Probe", "1"};

struct Touch {
  static constexpr std::string_view name = "Touch";
  run::Call call(const run::Key&) const {
    return {.service = "ec2", .operation = "Touch", .params = {}};
  }
  void result(const run::Reply&) const {}
};

struct Never {
  static constexpr std::string_view name = "Never";
  Task<run::Look> look(run::Step&) const { co_return run::Look{.summary = "waiting"}; }
};

run::Action probe() {
  return {.name = "Probe",
          .category = "Test",
          .description = "Touches",
          .settings = {{.name = "Wait", .description = "Whether.", .standard = "false"},
                       {.name = "Region", .description = "Where."},
                       {.name = "Tags", .description = "Tags.", .kind = run::Setting::Kind::list},
                       {.name = "TimeoutMinutes",
                        .description = "Minutes.",
                        .kind = run::Setting::Kind::whole_number,
                        .standard = "60",
                        .least = 1,
                        .most = 1'380}},
          .recipe = [](const run::Settings& settings) -> run::Recipe {
            const auto waits = settings.text("Wait") == "true";
            return [waits](run::Run& run) -> Task<run::Outputs> {
              co_await run(Touch{});
              if (waits) co_await run.until(Never{});
              co_return run::Outputs{{"Done", "yes"}};
            };
          }};
}

json::object offer(json::object configuration = {}, const std::string& token = "") {
  json::object data{{"actionConfiguration", {{"configuration", std::move(configuration)}}},
                    {"pipelineContext",
                     {{"pipelineName", "shop"},
                      {"stage", {{"name", "Deploy"}}},
                      {"action", {{"name", "Probe"}}},
                      {"pipelineExecutionId", "e-1"}}}};
  if (!token.empty()) data["continuationToken"] = token;
  return {{"id", "job-1"}, {"nonce", "3"}, {"accountId", "111122223333"}, {"data", data}};
}

class WorkerTest : public ::testing::Test {
 protected:
  void start() {
    state = std::make_unique<StateFile>(open_state_directory(directory.path()), io.get_executor());
    worker = std::make_unique<Worker>(io.get_executor(), caller, clock, chance, *state, catalog,
                                      settings);
  }

  // Lets a poller offer what there is, until it is told that nothing more comes.
  void poll(base::Duration time = 10s) {
    Poller poller(queue, caller, clock, chance, *worker, {.interval = 1s});
    base::Event leaving(io.get_executor());
    auto done = false;
    boost::asio::co_spawn(io, poller.run(leaving), [&](std::exception_ptr) { done = true; });
    clock.run_dry([] { return false; }, time);
    leaving.set();
    clock.run_dry([&] { return done; }, 1min);
  }

  Answer answer(const aws::Call& call) {
    if (call.operation == "PollForJobs") return support::reply(take_offers());
    if (call.operation == "AcknowledgeJob" && !acknowledge.empty()) {
      auto next = acknowledge.front();
      if (acknowledge.size() > 1) acknowledge.erase(acknowledge.begin());
      return next;
    }
    if (call.operation == "AcknowledgeJob") return support::reply({{"status", "InProgress"}});
    if (call.operation.starts_with("PutJob")) {
      results.push_back(call.params);
      if (put_answers.empty()) return support::reply({});
      auto next = put_answers.front();
      put_answers.erase(put_answers.begin());
      return next;
    }
    if (call.operation == "GetJobDetails") return support::reply({{"jobDetails", offer()}});
    return support::reply({});
  }

  json::object take_offers() {
    json::array jobs;
    for (auto& one : offers) jobs.push_back(std::move(one));
    offers.clear();
    return {{"jobs", std::move(jobs)}};
  }

  static Answer lost() {
    return std::unexpected(aws::Error{.kind = ErrorClass::transient, .may_have_acted = true});
  }

  boost::asio::io_context io;
  support::FakeClock clock{io};
  support::FakeChance chance;
  support::TemporaryDirectory directory;
  support::ScriptedCaller caller{[this](const aws::Call& call) { return answer(call); }};
  std::vector<run::Action> catalog{probe()};
  WorkSettings settings{.hold = 0s, .wait_interval = 1s};
  std::unique_ptr<StateFile> state;
  std::unique_ptr<Worker> worker;

  std::vector<json::object> offers;
  std::vector<Answer> acknowledge;
  std::vector<Answer> put_answers;
  std::vector<json::object> results;
};

TEST_F(WorkerTest, Does_a_job_and_reports_it_once) {
  start();
  offers.push_back(offer());
  poll();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(base::text(base::member(results[0], "outputVariables"), "Done"), "yes");
  EXPECT_EQ(worker->final_results(), 1U);
  EXPECT_EQ(worker->held(), 0U);
  EXPECT_TRUE(state->jobs().empty());
}

TEST_F(WorkerTest, Hands_back_what_waits_with_its_state_and_progress) {
  start();
  offers.push_back(offer({{"Wait", "true"}}));
  poll();
  ASSERT_EQ(results.size(), 1U);
  const auto token = base::text(results[0], "continuationToken");
  EXPECT_TRUE(token.starts_with("j1."));
  EXPECT_LE(token.size(), run::token_limit);
  EXPECT_EQ(base::text(base::member(results[0], "executionDetails"), "summary"), "waiting");
  EXPECT_EQ(results[0].if_contains("outputVariables"), nullptr);
  EXPECT_EQ(worker->outstanding(queue), 1U);
}

TEST_F(WorkerTest, Never_acts_on_a_job_that_somebody_else_has) {
  acknowledge = {support::error(ErrorClass::invalid, "InvalidNonceException")};
  start();
  offers.push_back(offer());
  poll();
  EXPECT_THAT(caller.calls, Not(Contains("Touch")));
  EXPECT_TRUE(results.empty());
  EXPECT_TRUE(state->jobs().empty());
}

TEST_F(WorkerTest, Acts_on_InProgress_only) {
  for (const auto* const status : {"TimedOut", "Failed", "Succeeded", "Queued", "Whatever", ""}) {
    acknowledge = {support::reply({{"status", status}})};
    start();
    offers.push_back(offer());
    poll();
    EXPECT_THAT(caller.calls, Not(Contains("Touch"))) << status;
    EXPECT_TRUE(results.empty());
    worker.reset();
    state.reset();
  }
}

TEST_F(WorkerTest, A_lost_acknowledgement_whose_repeat_is_refused_soon_counts_as_ours) {
  acknowledge = {lost(), support::error(ErrorClass::invalid, "InvalidNonceException")};
  start();
  offers.push_back(offer());
  poll();
  EXPECT_EQ(results.size(), 1U);
}

TEST_F(WorkerTest, A_lost_acknowledgement_whose_repeat_is_refused_late_does_not) {
  acknowledge.assign(12, lost());
  acknowledge.push_back(support::error(ErrorClass::invalid, "InvalidNonceException"));
  start();
  offers.push_back(offer());
  poll(5min);
  EXPECT_THAT(caller.calls, Not(Contains("Touch")));
  EXPECT_TRUE(results.empty());
}

TEST_F(WorkerTest, Reports_until_it_is_accepted) {
  put_answers = {lost(), support::error(ErrorClass::throttled, "ThrottlingException"),
                 support::error(ErrorClass::refused, "AccessDeniedException")};
  start();
  offers.push_back(offer());
  poll(10min);
  EXPECT_EQ(results.size(), 4U);
  EXPECT_EQ(worker->final_results(), 1U);
}

TEST_F(WorkerTest, A_lost_report_whose_repeat_is_refused_has_arrived) {
  put_answers = {lost(), support::error(ErrorClass::invalid, "InvalidJobStateException")};
  start();
  offers.push_back(offer());
  poll(5min);
  EXPECT_EQ(results.size(), 2U);
  EXPECT_EQ(worker->final_results(), 1U);
  EXPECT_TRUE(state->jobs().empty());
}

TEST_F(WorkerTest, A_job_that_CodePipeline_ended_is_forgotten) {
  put_answers = {support::error(ErrorClass::gone, "JobNotFoundException")};
  start();
  offers.push_back(offer());
  poll();
  EXPECT_EQ(results.size(), 1U);
  EXPECT_EQ(worker->final_results(), 0U);
  EXPECT_TRUE(state->jobs().empty());
}

TEST_F(WorkerTest, A_refused_result_is_said_with_less_and_then_as_a_failure) {
  put_answers = {support::error(ErrorClass::invalid, "ValidationException"),
                 support::error(ErrorClass::invalid, "ValidationException")};
  start();
  offers.push_back(offer());
  poll();
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[1].if_contains("executionDetails"), nullptr);
  EXPECT_THAT(base::text(base::member(results[2], "failureDetails"), "message"),
              HasSubstr("refused"));
}

TEST_F(WorkerTest, A_damaged_or_foreign_token_is_the_jobs_failure) {
  const run::Journal foreign("somebody else", clock.now());
  for (const auto& token : {std::string("rubbish"), foreign.to_token()}) {
    start();
    offers.push_back(offer({}, token));
    poll();
    ASSERT_EQ(results.size(), 1U);
    EXPECT_THAT(base::text(base::member(results[0], "failureDetails"), "message"),
                HasSubstr("continuation token"));
    results.clear();
    worker.reset();
    state.reset();
  }
  EXPECT_THAT(caller.calls, Not(Contains("Touch")));
}

TEST_F(WorkerTest, A_newer_token_is_left_to_a_newer_agent_and_fails_after_half_an_hour) {
  start();
  offers.push_back(offer({}, "j2.abc"));
  poll();
  EXPECT_THAT(caller.calls, Not(Contains("AcknowledgeJob")));
  clock.advance(31min);
  offers.push_back(offer({}, "j2.abc"));
  poll();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_THAT(base::text(base::member(results[0], "failureDetails"), "message"),
              HasSubstr("newer version"));
}

TEST_F(WorkerTest, Jobs_of_a_newer_version_that_come_one_after_the_other_are_all_left_to_it) {
  start();
  for (const auto* const id : {"job-1", "job-2", "job-3"}) {
    auto next = offer({}, "j2.abc");
    next["id"] = id;
    offers.push_back(next);
    poll();
    clock.advance(20min);
  }
  EXPECT_THAT(caller.calls, Not(Contains("AcknowledgeJob")));
}

TEST_F(WorkerTest, A_job_without_an_execution_id_fails_and_nothing_is_done) {
  auto nameless = offer();
  nameless["data"].as_object()["pipelineContext"].as_object().erase("pipelineExecutionId");
  start();
  offers.push_back(nameless);
  poll();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_NE(results[0].if_contains("failureDetails"), nullptr);
  EXPECT_THAT(caller.calls, Not(Contains("Touch")));
}

TEST_F(WorkerTest, Offers_of_any_shape_do_no_harm) {
  start();
  offers = {{},
            {{"id", 7}},
            {{"id", nullptr}},
            {{"id", "x"}},
            {{"id", "y"}, {"data", "z"}},
            {{"id", "w"}, {"data", {{"pipelineContext", json::array{}}}}}};
  poll();
  EXPECT_THAT(caller.calls, Not(Contains("Touch")));
  EXPECT_TRUE(state->jobs().empty());
}

TEST_F(WorkerTest, Goes_on_after_a_restart_from_what_the_state_file_says) {
  {
    StateFile before(open_state_directory(directory.path()), io.get_executor());
    before.claim({.id = "job-1", .queue = queue, .nonce = "3", .offered = clock.now()});
    before.own("job-1");
  }
  start();
  worker->resume();
  clock.run_dry([&] { return worker->held() == 0; }, 1min);
  EXPECT_THAT(caller.calls, ElementsAre("GetJobDetails", "Touch", "PutJobSuccessResult"));
}

TEST_F(WorkerTest, Repeats_an_acknowledgement_after_a_restart) {
  {
    StateFile before(open_state_directory(directory.path()), io.get_executor());
    before.claim({.id = "job-1", .queue = queue, .nonce = "3", .offered = clock.now() - 5s});
  }
  acknowledge = {support::error(ErrorClass::invalid, "InvalidNonceException")};
  start();
  worker->resume();
  clock.run_dry([&] { return worker->held() == 0; }, 1min);
  EXPECT_EQ(results.size(), 1U);
}

TEST_F(WorkerTest, Asks_again_after_a_restart_until_CodePipeline_decides) {
  {
    StateFile before(open_state_directory(directory.path()), io.get_executor());
    before.claim({.id = "job-1", .queue = queue, .nonce = "3", .offered = clock.now() - 5min});
  }
  acknowledge = {support::error(ErrorClass::refused, "NoCredentials"),
                 support::error(ErrorClass::refused, "AccessDeniedException"), support::reply({}),
                 support::reply({{"status", "InProgress"}})};
  start();
  worker->resume();
  clock.run_dry([&] { return worker->held() == 0; }, 5min);
  EXPECT_EQ(results.size(), 1U);
}

TEST_F(WorkerTest, The_same_job_twice_in_an_answer_is_done_once) {
  start();
  offers = {offer(), offer()};
  poll();
  EXPECT_EQ(std::ranges::count(caller.calls, "AcknowledgeJob"), 1);
  EXPECT_EQ(results.size(), 1U);
}

TEST_F(WorkerTest, Claims_no_more_than_it_may_hold) {
  settings.max_jobs = 1;
  start();
  EXPECT_EQ(worker->reserve(10), 1U);
  EXPECT_EQ(worker->reserve(10), 0U);
  worker->release(1);
  EXPECT_EQ(worker->reserve(10), 1U);
}

}  // namespace
}  // namespace agent::pipeline
