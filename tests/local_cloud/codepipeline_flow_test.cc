// How executions move through stages and actions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/codepipeline_scene.h"

namespace local_cloud {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

json::object with(json::object action, const std::string& member, json::value value) {
  action[member] = std::move(value);
  return action;
}

json::object approval() {
  return {{"name", "Approve"},
          {"actionTypeId",
           {{"category", "Approval"}, {"owner", "AWS"}, {"provider", "Manual"}, {"version", "1"}}}};
}

json::object approval_params(const std::string& status, const std::string& token) {
  return {{"pipelineName", "Demo"},
          {"stageName", "Deploy"},
          {"actionName", "Approve"},
          {"token", token},
          {"result", {{"status", status}, {"summary", "looked at it"}}}};
}

json::object stop_params(const std::string& id, bool abandon) {
  return {{"pipelineName", "Demo"},
          {"pipelineExecutionId", id},
          {"abandon", abandon},
          {"reason", "enough"}};
}

json::object retry_params(const std::string& id) {
  return {{"pipelineName", "Demo"},
          {"stageName", "Deploy"},
          {"pipelineExecutionId", id},
          {"retryMode", "FAILED_ACTIONS"}};
}

json::object transition_params() {
  return {{"pipelineName", "Demo"}, {"stageName", "Deploy"}, {"transitionType", "Inbound"}};
}

std::string start(Scene& scene) {
  return text_at(scene.ask("StartPipelineExecution", {{"name", "Demo"}}), "/pipelineExecutionId");
}

TEST(Actions, Of_a_lower_run_order_go_first_and_equal_ones_go_together) {
  Scene scene;
  scene.register_type();
  const auto id =
      scene.create(scene.pipeline({with(scene.custom_action("Last"), "runOrder", 2),
                                   scene.custom_action("A"), scene.custom_action("B")}));
  scene.let_sources_end();
  const auto first = scene.poll();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(text_at(first[0], "/data/pipelineContext/action/name"), "A");
  EXPECT_EQ(text_at(first[1], "/data/pipelineContext/action/name"), "B");
  for (const auto& job : first) {
    EXPECT_EQ(scene.acknowledge(job.as_object()), "InProgress");
    scene.succeed(job.as_object());
  }
  scene.succeed(scene.claim());
  EXPECT_EQ(scene.execution_status(id), "Succeeded");
}

TEST(Actions, That_fail_let_parallel_ones_end_before_the_stage_fails) {
  Scene scene;
  scene.register_type();
  const auto id = scene.create(scene.pipeline({scene.custom_action("A"), scene.custom_action("B"),
                                               with(scene.custom_action("Never"), "runOrder", 2)}));
  scene.let_sources_end();
  const auto jobs = scene.poll();
  for (const auto& job : jobs) scene.acknowledge(job.as_object());
  scene.fail(jobs.at(0).as_object());
  EXPECT_EQ(scene.execution_status(id), "InProgress");
  scene.succeed(jobs.at(1).as_object());
  EXPECT_EQ(scene.execution_status(id), "Failed");
  EXPECT_TRUE(scene.poll().empty());
}

TEST(Retry, Makes_a_new_action_execution_of_the_failed_actions_in_the_same_execution) {
  Scene scene;
  scene.register_type();
  const auto id =
      scene.create(scene.pipeline({scene.custom_action("A"), scene.custom_action("B")}));
  scene.let_sources_end();
  const auto jobs = scene.poll();
  for (const auto& job : jobs) scene.acknowledge(job.as_object());
  EXPECT_EQ(scene.refusal_code("RetryStageExecution", retry_params(id)),
            "StageNotRetryableException");
  scene.fail(jobs.at(0).as_object());
  scene.succeed(jobs.at(1).as_object());

  EXPECT_EQ(text_at(scene.ask("RetryStageExecution", retry_params(id)), "/pipelineExecutionId"),
            id);
  EXPECT_EQ(scene.execution_status(id), "InProgress");
  const auto again = scene.claim();
  const std::string_view run = "/data/pipelineContext/action/actionExecutionId";
  EXPECT_NE(text_at(again, run), text_at(jobs.at(0), run));
  EXPECT_EQ(text_at(again, "/data/pipelineContext/pipelineExecutionId"), id);
  EXPECT_EQ(text_at(again, "/data/continuationToken"), "null");
  scene.succeed(again);
  EXPECT_EQ(scene.execution_status(id), "Succeeded");
}

TEST(Retry, Is_for_the_latest_execution_in_the_stage) {
  Scene scene;
  const auto id = scene.start_demo();
  scene.fail(scene.claim());
  const auto newer = start(scene);
  scene.let_sources_end();
  scene.fail(scene.claim());
  EXPECT_EQ(scene.refusal_code("RetryStageExecution", retry_params(id)),
            "NotLatestPipelineExecutionException");
  scene.ask("RetryStageExecution", retry_params(newer));
}

TEST(Stopping, Waits_for_running_actions) {
  Scene scene;
  const auto id = scene.start_demo();
  const auto job = scene.claim();
  scene.ask("StopPipelineExecution", stop_params(id, false));
  EXPECT_EQ(scene.execution_status(id), "Stopping");
  EXPECT_EQ(scene.refusal_code("StopPipelineExecution", stop_params(id, false)),
            "DuplicatedStopRequestException");
  scene.hand_back(job, "state");
  EXPECT_EQ(scene.execution_status(id), "Stopping");
  scene.succeed(scene.claim());
  EXPECT_EQ(scene.execution_status(id), "Stopped");
  EXPECT_EQ(scene.refusal_code("StopPipelineExecution", stop_params(id, true)),
            "PipelineExecutionNotStoppableException");
}

TEST(Stopping, Abandons_at_once_when_told_to_and_the_stage_is_free) {
  Scene scene;
  const auto id = scene.start_demo();
  scene.claim();
  const auto newer = start(scene);
  scene.let_sources_end();
  EXPECT_TRUE(scene.poll().empty());
  scene.ask("StopPipelineExecution", stop_params(id, true));
  EXPECT_EQ(scene.execution_status(id), "Stopped");
  EXPECT_EQ(text_at(scene.claim(), "/data/pipelineContext/pipelineExecutionId"), newer);
}

TEST(Stopping, Of_a_waiting_execution_takes_it_from_the_door) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.claim();
  const auto newer = start(scene);
  scene.let_sources_end();
  scene.ask("StopPipelineExecution", stop_params(newer, false));
  EXPECT_EQ(scene.execution_status(newer), "Stopped");
  scene.succeed(job);
  EXPECT_TRUE(scene.poll().empty());
}

TEST(Stages, Hold_one_execution_and_a_newer_one_supersedes_an_older_one_that_waits) {
  Scene scene;
  const auto first = scene.start_demo();
  const auto job = scene.claim();
  const auto second = start(scene);
  scene.let_sources_end();
  EXPECT_EQ(text_at(scene.stage_state(1), "/inboundExecution/pipelineExecutionId"), second);
  const auto third = start(scene);
  scene.let_sources_end();
  EXPECT_EQ(scene.execution_status(first), "InProgress");
  EXPECT_EQ(scene.execution_status(second), "Superseded");
  EXPECT_TRUE(scene.poll().empty());
  scene.succeed(job);
  const auto next = scene.claim();
  EXPECT_EQ(text_at(next, "/data/pipelineContext/pipelineExecutionId"), third);
}

TEST(Stages, That_failed_let_the_next_execution_in) {
  Scene scene;
  scene.start_demo();
  scene.fail(scene.claim());
  const auto second = start(scene);
  scene.let_sources_end();
  scene.succeed(scene.claim());
  EXPECT_EQ(scene.execution_status(second), "Succeeded");
}

TEST(Transitions, Hold_executions_back_while_they_are_disabled) {
  Scene scene;
  scene.register_type();
  scene.create(scene.pipeline({scene.custom_action()}));
  auto disable = transition_params();
  disable["reason"] = "not now";
  scene.ask("DisableStageTransition", disable);
  scene.let_sources_end();
  EXPECT_TRUE(scene.poll().empty());
  const auto state = scene.stage_state(1);
  EXPECT_EQ(text_at(state, "/inboundTransitionState/enabled"), "false");
  EXPECT_EQ(text_at(state, "/inboundTransitionState/disabledReason"), "not now");
  EXPECT_THAT(text_at(state, "/inboundTransitionState/lastChangedBy"), HasSubstr(":user/"));
  scene.ask("EnableStageTransition", transition_params());
  EXPECT_EQ(scene.poll().size(), 1u);
  disable["stageName"] = "Nowhere";
  EXPECT_EQ(scene.refusal_code("DisableStageTransition", disable), "StageNotFoundException");
}

class Approval : public testing::Test {
 protected:
  Approval() {
    scene.register_type();
    id = scene.create(scene.pipeline({approval(), with(scene.custom_action(), "runOrder", 2)}));
    scene.let_sources_end();
  }
  std::string token() { return text_at(scene.action_state(1, 0), "/latestExecution/token"); }
  Scene scene;
  std::string id;
};

TEST_F(Approval, Waits_until_it_is_given) {
  scene.pass(hours(24));
  EXPECT_EQ(scene.execution_status(id), "InProgress");
  EXPECT_TRUE(scene.poll().empty());
  const auto given = token();
  EXPECT_EQ(scene.refusal_code("PutApprovalResult",
                               approval_params("Approved", "00000000-0000-4000-8000-000000000000")),
            "InvalidApprovalTokenException");
  EXPECT_TRUE(
      scene.ask("PutApprovalResult", approval_params("Approved", given)).contains("approvedAt"));
  EXPECT_EQ(scene.poll().size(), 1u);
  EXPECT_EQ(token(), "");
  EXPECT_EQ(text_at(scene.action_state(1, 0), "/latestExecution/summary"), "looked at it");
  EXPECT_EQ(scene.refusal_code("PutApprovalResult", approval_params("Approved", given)),
            "ApprovalAlreadyCompletedException");
}

TEST_F(Approval, That_is_refused_fails_the_execution) {
  scene.ask("PutApprovalResult", approval_params("Rejected", token()));
  EXPECT_EQ(scene.execution_status(id), "Failed");
}

TEST(ApprovalWithATimeout, Expires_then) {
  Scene scene;
  const auto id = scene.create(scene.pipeline({with(approval(), "timeoutInMinutes", 10)}));
  scene.let_sources_end();
  scene.pass(std::chrono::minutes(9));
  EXPECT_EQ(scene.execution_status(id), "InProgress");
  scene.pass(std::chrono::minutes(1));
  EXPECT_EQ(scene.execution_status(id), "Failed");
}

TEST_F(Approval, Expires_after_a_week) {
  scene.pass(hours(7 * 24));
  EXPECT_EQ(scene.execution_status(id), "Failed");
}

TEST(Starting, Is_done_once_for_a_token) {
  Scene scene;
  scene.start_demo();
  const json::object params{{"name", "Demo"}, {"clientRequestToken", "once"}};
  const auto id = text_at(scene.ask("StartPipelineExecution", params), "/pipelineExecutionId");
  EXPECT_EQ(text_at(scene.ask("StartPipelineExecution", params), "/pipelineExecutionId"), id);
  EXPECT_NE(start(scene), id);
  EXPECT_EQ(scene.refusal("StartPipelineExecution", {{"name", "Nothing"}}),
            "PipelineNotFoundException: Account '111122223333' does not have a pipeline with name "
            "'Nothing'");
}

TEST(DeletedPipelines, Leave_no_jobs_behind) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.claim();
  start(scene);
  scene.ask("DeletePipeline", {{"name", "Demo"}});
  scene.let_sources_end();
  EXPECT_TRUE(scene.poll().empty());
  EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", {{"jobId", job.at("id")}}),
            "InvalidJobStateException");
}

TEST(ManyExecutions, Each_end_once) {
  Scene scene;
  scene.start_demo();
  for (int i = 0; i < 200; ++i) {
    if (i > 0) {
      start(scene);
      scene.let_sources_end();
    }
    scene.hand_back(scene.claim(), "state");
    scene.succeed(scene.claim());
  }
  EXPECT_TRUE(scene.poll().empty());
  std::size_t succeeded = 0;
  json::object params{{"pipelineName", "Demo"}, {"maxResults", 60}};
  for (;;) {
    const auto page = scene.ask("ListPipelineExecutions", params);
    for (const auto& one : page.at("pipelineExecutionSummaries").as_array()) {
      succeeded += text_at(one, "/status") == "Succeeded";
    }
    if (!page.contains("nextToken")) break;
    params["nextToken"] = page.at("nextToken");
  }
  EXPECT_EQ(succeeded, 200u);
}

}  // namespace
}  // namespace local_cloud
