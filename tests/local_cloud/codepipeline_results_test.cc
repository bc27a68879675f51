// Acknowledging jobs and reporting on them: every trap of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/codepipeline_scene.h"

namespace local_cloud {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view no_job = "00000000-0000-4000-8000-000000000000";

json::object ack_params(const json::object& job) {
  return {{"jobId", job.at("id")}, {"nonce", job.at("nonce")}};
}

json::object success_params(const json::object& job) {
  return {{"jobId", job.at("id")}};
}

TEST(AcknowledgeJob, Refuses_a_wrong_nonce_and_an_unknown_job) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.poll_one();
  EXPECT_EQ(scene.refusal_code("AcknowledgeJob", {{"jobId", job.at("id")}, {"nonce", "wrong"}}),
            "InvalidNonceException");
  EXPECT_EQ(scene.refusal_code("AcknowledgeJob", {{"jobId", no_job}, {"nonce", "1"}}),
            "JobNotFoundException");
  EXPECT_EQ(scene.refusal_code("AcknowledgeJob", {{"jobId", "X"}, {"nonce", "1"}}),
            "ValidationException");
}

TEST(AcknowledgeJob, Takes_a_late_nonce_as_long_as_no_newer_offer_was_made) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.poll_one();
  scene.pass(scene.settings.reoffer_after * 2);
  EXPECT_EQ(scene.acknowledge(job), "InProgress");
  EXPECT_TRUE(scene.poll().empty());
}

TEST(AcknowledgeJob, Is_refused_or_repeated_the_second_time) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.claim();
  EXPECT_EQ(scene.refusal_code("AcknowledgeJob", ack_params(job)), "InvalidNonceException");
  scene.settings.acknowledge_again_is_refused = false;
  EXPECT_EQ(scene.acknowledge(job), "InProgress");
  scene.succeed(job);
  EXPECT_EQ(scene.acknowledge(job), "Succeeded");
}

TEST(AcknowledgeJob, Says_how_a_job_ended_that_nobody_had_acknowledged) {
  Scene scene;
  scene.start_demo();
  const auto late = scene.poll_one();
  scene.pass(scene.settings.custom_action_timeout);
  EXPECT_EQ(scene.acknowledge(late), "TimedOut");
}

TEST(GetJobDetails, Has_the_same_data_with_new_credentials_and_no_nonce) {
  Scene scene;
  scene.register_type();
  auto action = scene.custom_action();
  action["inputArtifacts"] = {{{"name", "ApplicationSource"}}};
  scene.create(scene.pipeline({action}));
  scene.let_sources_end();
  auto job = scene.claim();
  auto details = scene.ask("GetJobDetails", {{"jobId", job.at("id")}}).at("jobDetails").as_object();
  EXPECT_FALSE(details.contains("nonce"));
  auto& polled = job["data"].as_object();
  auto& fetched = details["data"].as_object();
  EXPECT_NE(polled["artifactCredentials"], fetched["artifactCredentials"]);
  polled.erase("artifactCredentials");
  fetched.erase("artifactCredentials");
  EXPECT_EQ(polled, fetched);
}

TEST(PutJobSuccessResult, Ends_the_action_and_the_pipeline) {
  Scene scene;
  const auto id = scene.start_demo();
  const auto job = scene.claim();
  scene.succeed(
      job, {{"executionDetails",
             {{"summary", "made"}, {"externalExecutionId", "ami-1"}, {"percentComplete", 100}}},
            {"outputVariables", {{"ImageId", "ami-1"}}}});
  EXPECT_EQ(scene.execution_status(id), "Succeeded");
  const auto latest = scene.action_state().at("latestExecution");
  EXPECT_EQ(text_at(latest, "/status"), "Succeeded");
  EXPECT_EQ(text_at(latest, "/summary"), "made");
  EXPECT_EQ(text_at(latest, "/percentComplete"), "100");
  EXPECT_EQ(text_at(latest, "/externalExecutionUrl"), "https://console.example/ami-1");
  EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", success_params(job)),
            "InvalidJobStateException");
}

TEST(PutJobSuccessResult, Needs_an_acknowledgement_unless_told_otherwise) {
  Scene scene;
  const auto id = scene.start_demo();
  const auto job = scene.poll_one();
  EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", success_params(job)),
            "InvalidJobStateException");
  scene.settings.result_without_acknowledge_is_refused = false;
  scene.succeed(job);
  EXPECT_EQ(scene.execution_status(id), "Succeeded");
  scene.pass(scene.settings.reoffer_after);
  EXPECT_TRUE(scene.poll().empty());
}

TEST(PutJobSuccessResult, Checks_every_limit) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.claim();
  const auto code = [&](std::string_view member, const auto& value) {
    auto params = success_params(job);
    params[member] = value;
    return scene.refusal_code("PutJobSuccessResult", params);
  };
  const std::string long_text(3000, 'x');
  EXPECT_EQ(code("continuationToken", ""), "ValidationException");
  EXPECT_EQ(code("continuationToken", std::string(2049, 'x')), "ValidationException");
  EXPECT_EQ(code("executionDetails", json::object{{"summary", ""}}), "ValidationException");
  EXPECT_EQ(code("executionDetails", json::object{{"summary", long_text}}), "ValidationException");
  EXPECT_EQ(code("executionDetails", json::object{{"externalExecutionId", long_text}}),
            "ValidationException");
  EXPECT_EQ(code("executionDetails", json::object{{"percentComplete", 101}}),
            "ValidationException");
  EXPECT_EQ(code("executionDetails", json::object{{"percentComplete", "1"}}),
            "SerializationException");
  EXPECT_EQ(code("outputVariables", json::object{{"a.b", "1"}}), "ValidationException");
  EXPECT_EQ(code("outputVariables", json::object{{"a", 1}}), "SerializationException");
  EXPECT_EQ(code("outputVariables", json::object{{"a", std::string(122'880, 'x')}}),
            "OutputVariablesSizeExceededException");
  EXPECT_EQ(code("currentRevision", json::object{{"revision", "1"}}), "ValidationException");
  EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", {{"jobId", no_job}}), "JobNotFoundException");
  scene.succeed(job, {{"outputVariables", {{"a", std::string(122'879, 'x')}}}});
}

TEST(PutJobFailureResult, Fails_action_stage_and_execution_with_its_message) {
  Scene scene;
  const auto id = scene.start_demo();
  scene.fail(scene.claim(), "ConfigurationError");
  EXPECT_EQ(scene.execution_status(id), "Failed");
  EXPECT_EQ(text_at(scene.stage_state(1), "/latestExecution/status"), "Failed");
  const auto latest = scene.action_state().at("latestExecution");
  EXPECT_EQ(text_at(latest, "/errorDetails/code"), "ConfigurationError");
  EXPECT_EQ(text_at(latest, "/errorDetails/message"), "It did not work");
  const auto history = scene.ask("ListActionExecutions", {{"pipelineName", "Demo"}});
  EXPECT_EQ(text_at(history.at("actionExecutionDetails").at(0),
                    "/output/executionResult/errorDetails/code"),
            "ConfigurationError");
}

TEST(PutJobFailureResult, Checks_type_and_message) {
  Scene scene;
  scene.start_demo();
  const auto id = scene.claim().at("id");
  const auto code = [&](json::object failure) {
    return scene.refusal_code("PutJobFailureResult",
                              {{"jobId", id}, {"failureDetails", std::move(failure)}});
  };
  EXPECT_EQ(code({{"type", "Bad"}, {"message", "x"}}), "ValidationException");
  EXPECT_EQ(code({{"type", "JobFailed"}, {"message", ""}}), "ValidationException");
  EXPECT_EQ(code({{"type", "JobFailed"}}), "ValidationException");
  EXPECT_EQ(code({{"type", "JobFailed"}, {"message", std::string(5001, 'x')}}),
            "ValidationException");
}

TEST(Continuation, Ends_this_job_and_offers_another_with_the_token) {
  Scene scene;
  scene.start_demo();
  scene.settings.continuation_delay = seconds(5);
  const auto first = scene.claim();
  EXPECT_EQ(text_at(first, "/data/continuationToken"), "null");
  scene.hand_back(first, "state");
  EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", success_params(first)),
            "InvalidJobStateException");
  EXPECT_TRUE(scene.poll().empty());
  scene.pass(seconds(5));
  const auto second = scene.claim();
  EXPECT_NE(second.at("id"), first.at("id"));
  EXPECT_NE(second.at("nonce"), first.at("nonce"));
  EXPECT_EQ(text_at(second, "/data/continuationToken"), "state");
  EXPECT_EQ(text_at(second, "/data/pipelineContext/action/actionExecutionId"),
            text_at(first, "/data/pipelineContext/action/actionExecutionId"));
  scene.succeed(second);
  EXPECT_EQ(text_at(scene.action_state(), "/latestExecution/status"), "Succeeded");
}

TEST(Continuation, Can_fail_the_action_in_a_later_round) {
  Scene scene;
  const auto id = scene.start_demo();
  scene.hand_back(scene.claim(), "state");
  EXPECT_EQ(scene.execution_status(id), "InProgress");
  scene.fail(scene.claim());
  EXPECT_EQ(scene.execution_status(id), "Failed");
}

TEST(Continuation, Takes_no_output_variables) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.claim();
  auto params = success_params(job);
  params["continuationToken"] = "state";
  params["outputVariables"] = {{"a", "1"}};
  EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", params), "ValidationException");
  scene.succeed(job);
}

TEST(Continuation, Keeps_or_drops_execution_details_that_are_left_out) {
  for (const bool keep : {true, false}) {
    Scene scene;
    scene.settings.keep_details_when_omitted = keep;
    scene.start_demo();
    scene.hand_back(scene.claim(), "1",
                    {{"executionDetails", {{"summary", "half"}, {"percentComplete", 50}}}});
    EXPECT_EQ(text_at(scene.action_state(), "/latestExecution/percentComplete"), "50");
    scene.hand_back(scene.claim(), "2");
    EXPECT_EQ(text_at(scene.action_state(), "/latestExecution/summary"), keep ? "half" : "");
    EXPECT_EQ(text_at(scene.action_state(), "/latestExecution/percentComplete"), keep ? "50" : "");
  }
}

TEST(Timeout, Is_of_the_action_and_continuations_do_not_prolong_it) {
  Scene scene;
  scene.settings.custom_action_timeout = minutes(10);
  const auto id = scene.start_demo();
  scene.pass(minutes(6));
  scene.hand_back(scene.claim(), "state");
  const auto job = scene.claim();
  scene.pass(minutes(5));
  EXPECT_EQ(scene.execution_status(id), "Failed");
  EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", success_params(job)),
            "InvalidJobStateException");
  EXPECT_EQ(text_at(scene.action_state(), "/latestExecution/status"), "Failed");
}

TEST(Timeout, Can_be_of_each_job) {
  Scene scene;
  scene.settings.custom_action_timeout = minutes(10);
  scene.settings.timeout_per_job = true;
  const auto id = scene.start_demo();
  scene.pass(minutes(6));
  scene.hand_back(scene.claim(), "state");
  scene.claim();
  scene.pass(minutes(6));
  EXPECT_EQ(scene.execution_status(id), "InProgress");
  scene.pass(minutes(4));
  EXPECT_EQ(scene.execution_status(id), "Failed");
}

TEST(FinishedJobs, Are_forgotten_after_a_while) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.claim();
  scene.succeed(job);
  EXPECT_NO_THROW(scene.ask("GetJobDetails", success_params(job)));
  scene.pass(scene.settings.purge_after);
  EXPECT_EQ(scene.refusal_code("GetJobDetails", success_params(job)), "JobNotFoundException");
  EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", success_params(job)), "JobNotFoundException");
  EXPECT_EQ(scene.refusal_code("AcknowledgeJob", ack_params(job)), "JobNotFoundException");
}

TEST(AbandonedJobs, Take_no_result) {
  for (const bool not_found : {false, true}) {
    Scene scene;
    scene.settings.abandoned_result_is_job_not_found = not_found;
    const auto id = scene.start_demo();
    const auto job = scene.claim();
    scene.ask("StopPipelineExecution",
              {{"pipelineName", "Demo"}, {"pipelineExecutionId", id}, {"abandon", true}});
    EXPECT_EQ(text_at(scene.action_state(), "/latestExecution/status"), "Abandoned");
    EXPECT_EQ(scene.refusal_code("PutJobSuccessResult", success_params(job)),
              not_found ? "JobNotFoundException" : "InvalidJobStateException");
  }
}

TEST(AbandonedJobs, Are_not_offered) {
  Scene scene;
  const auto id = scene.start_demo();
  scene.ask("StopPipelineExecution",
            {{"pipelineName", "Demo"}, {"pipelineExecutionId", id}, {"abandon", true}});
  EXPECT_TRUE(scene.poll().empty());
}

}  // namespace
}  // namespace local_cloud
