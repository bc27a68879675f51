#include "tests/local_cloud/codepipeline_scene.h"

#include <gtest/gtest.h>

namespace local_cloud {

Scene::Scene() = default;

json::object Scene::ask(const std::string& operation, const json::object& params) {
  return service.call({.operation = operation,
                       .params = params,
                       .account = account,
                       .region = region,
                       .access_key = "AKIAIOSFODNN7EXAMPLE",
                       .request_id = "1",
                       .now = now});
}

std::string Scene::refusal(const std::string& operation, const json::object& params) {
  try {
    ask(operation, params);
    return "";
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status, 400);
    return error.code + ": " + error.what();
  }
}

std::string Scene::refusal_code(const std::string& operation, const json::object& params) {
  const auto text = refusal(operation, params);
  return text.substr(0, text.find(':'));
}

json::object Scene::type_params(const std::string& provider) const {
  const auto property = [](std::string_view name, bool required, bool secret) {
    return json::object{
        {"name", name}, {"required", required}, {"key", required}, {"secret", secret}};
  };
  return {{"category", "Deploy"},
          {"provider", provider},
          {"version", "1"},
          {"settings",
           {{"executionUrlTemplate", "https://console.example/{ExternalExecutionId}"},
            {"entityUrlTemplate", "https://console.example/groups/{Config:AutoScalingGroupName}"}}},
          {"configurationProperties",
           {property("AutoScalingGroupName", true, false), property("Options", false, false),
            property("Password", false, true)}},
          {"inputArtifactDetails", {{"minimumCount", 0}, {"maximumCount", 1}}},
          {"outputArtifactDetails", {{"minimumCount", 0}, {"maximumCount", 1}}}};
}

void Scene::register_type(const std::string& provider) {
  ask("CreateCustomActionType", type_params(provider));
}

json::object Scene::custom_action(const std::string& name) const {
  return {{"name", name},
          {"actionTypeId",
           {{"category", "Deploy"},
            {"owner", "Custom"},
            {"provider", "CreateImage"},
            {"version", "1"}}},
          {"configuration", {{"AutoScalingGroupName", "web"}}}};
}

json::object Scene::pipeline(json::array actions, const std::string& name) const {
  json::object source{
      {"name", "Fetch"},
      {"namespace", "Source"},
      {"actionTypeId",
       {{"category", "Source"}, {"owner", "AWS"}, {"provider", "S3"}, {"version", "1"}}},
      {"configuration", {{"S3Bucket", "sources"}, {"S3ObjectKey", "app.zip"}}},
      {"outputArtifacts", {{{"name", "ApplicationSource"}}}}};
  return {{"name", name},
          {"roleArn", "arn:aws:iam::111122223333:role/pipeline"},
          {"artifactStore", {{"type", "S3"}, {"location", "artifact-store"}}},
          {"stages",
           {{{"name", "Source"}, {"actions", {source}}},
            {{"name", "Deploy"}, {"actions", std::move(actions)}}}}};
}

std::string Scene::create(const json::object& declared) {
  ask("CreatePipeline", {{"pipeline", declared}});
  const auto all = ask("ListPipelineExecutions", {{"pipelineName", declared.at("name")}});
  return text_at(all, "/pipelineExecutionSummaries/0/pipelineExecutionId");
}

void Scene::let_sources_end() {
  pass(settings.builtin_action_time);
}

std::string Scene::start_demo() {
  register_type();
  const auto id = create(pipeline({custom_action()}));
  let_sources_end();
  return id;
}

json::object Scene::poll_params(const std::string& provider) const {
  return {{"actionTypeId",
           {{"category", "Deploy"}, {"owner", "Custom"}, {"provider", provider}, {"version", "1"}}},
          {"maxBatchSize", 10}};
}

json::array Scene::poll(const std::string& provider) {
  return ask("PollForJobs", poll_params(provider)).at("jobs").as_array();
}

json::object Scene::poll_one() {
  const auto jobs = poll();
  EXPECT_EQ(jobs.size(), 1u);
  return jobs.empty() ? json::object{{"id", ""}, {"nonce", ""}} : jobs[0].as_object();
}

std::string Scene::acknowledge(const json::object& job) {
  return text_at(ask("AcknowledgeJob", {{"jobId", job.at("id")}, {"nonce", job.at("nonce")}}),
                 "/status");
}

json::object Scene::claim() {
  auto job = poll_one();
  EXPECT_EQ(acknowledge(job), "InProgress");
  return job;
}

void Scene::succeed(const json::object& job, json::object more) {
  more["jobId"] = job.at("id");
  EXPECT_EQ(ask("PutJobSuccessResult", more), json::object{});
}

void Scene::hand_back(const json::object& job, const std::string& token, json::object more) {
  more["continuationToken"] = token;
  succeed(job, std::move(more));
}

void Scene::fail(const json::object& job, const std::string& type) {
  const json::object failure{{"type", type}, {"message", "It did not work"}};
  EXPECT_EQ(ask("PutJobFailureResult", {{"jobId", job.at("id")}, {"failureDetails", failure}}),
            json::object{});
}

std::string Scene::execution_status(const std::string& id, const std::string& pipeline) {
  return text_at(
      ask("GetPipelineExecution", {{"pipelineName", pipeline}, {"pipelineExecutionId", id}}),
      "/pipelineExecution/status");
}

json::object Scene::stage_state(std::size_t stage) {
  return ask("GetPipelineState", {{"name", "Demo"}}).at("stageStates").at(stage).as_object();
}

json::object Scene::action_state(std::size_t stage, std::size_t action) {
  return stage_state(stage).at("actionStates").at(action).as_object();
}

std::string text_at(const json::value& value, std::string_view pointer) {
  boost::system::error_code missing;
  const auto* found = value.find_pointer(pointer, missing);
  if (!found || missing) return "";
  return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

}  // namespace local_cloud
