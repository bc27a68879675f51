// Variables in configurations, from where they come to the job.
#include <gtest/gtest.h>

#include "tests/local_cloud/codepipeline_scene.h"

namespace local_cloud {
namespace {

json::object with(json::object action, const std::string& member, json::value value) {
  action[member] = std::move(value);
  return action;
}

TEST(Variables, Of_sources_earlier_actions_and_the_pipeline_are_filled_in) {
  Scene scene;
  scene.register_type();
  auto first = with(scene.custom_action("First"), "namespace", "Image");
  auto second = with(scene.custom_action("Second"), "runOrder", 2);
  second["configuration"] = {
      {"AutoScalingGroupName", "#{Image.Group}-#{codepipeline.PipelineExecutionId}"},
      {"Options", "#{Source.BucketName}/#{Source.ObjectKey} #{not a variable}"}};
  const auto id = scene.create(scene.pipeline({first, second}));
  scene.let_sources_end();
  scene.succeed(scene.claim(), {{"outputVariables", {{"Group", "web"}}}});
  const auto job = scene.claim();
  const std::string_view values = "/data/actionConfiguration/configuration";
  EXPECT_EQ(text_at(job, std::string(values) + "/AutoScalingGroupName"), "web-" + id);
  EXPECT_EQ(text_at(job, std::string(values) + "/Options"), "sources/app.zip #{not a variable}");
}

TEST(Variables, Of_the_pipeline_have_defaults_and_are_given_at_the_start) {
  Scene scene;
  scene.register_type();
  auto action = scene.custom_action();
  action["configuration"] = {{"AutoScalingGroupName", "#{variables.Group}"}};
  auto declared = scene.pipeline({action});
  declared["variables"] = {{{"name", "Group"}, {"defaultValue", "web"}}};
  scene.create(declared);
  scene.let_sources_end();
  const std::string_view place = "/data/actionConfiguration/configuration/AutoScalingGroupName";
  const auto job = scene.claim();
  EXPECT_EQ(text_at(job, place), "web");
  scene.succeed(job);
  json::object params{{"name", "Demo"}, {"variables", {{{"name", "Group"}, {"value", "api"}}}}};
  scene.ask("StartPipelineExecution", params);
  scene.let_sources_end();
  EXPECT_EQ(text_at(scene.claim(), place), "api");
  params["variables"] = {{{"name", "Colour"}, {"value", "red"}}};
  EXPECT_EQ(scene.refusal_code("StartPipelineExecution", params), "ValidationException");
}

TEST(Variables, Of_commits_are_those_of_the_source) {
  Scene scene;
  scene.register_type();
  auto action = scene.custom_action();
  action["configuration"] = {{"AutoScalingGroupName", "#{Source.BranchName}"},
                             {"Options", "#{Source.CommitId}"}};
  auto declared = scene.pipeline({action});
  auto& source = declared["stages"].at(0).at("actions").at(0).as_object();
  source["actionTypeId"].as_object()["provider"] = "CodeStarSourceConnection";
  source["configuration"] = {
      {"ConnectionArn", "arn"}, {"FullRepositoryId", "me/app"}, {"BranchName", "main"}};
  scene.create(declared);
  scene.let_sources_end();
  const auto job = scene.claim();
  const std::string values = "/data/actionConfiguration/configuration";
  EXPECT_EQ(text_at(job, values + "/AutoScalingGroupName"), "main");
  EXPECT_EQ(text_at(job, values + "/Options"),
            text_at(scene.action_state(0), "/currentRevision/revisionId"));
}

TEST(Variables, That_are_missing_or_too_long_fail_the_action_when_it_starts) {
  for (const auto& value : {std::string("web"), std::string(1001, 'x')}) {
    Scene scene;
    scene.register_type();
    auto first = with(scene.custom_action("First"), "namespace", "Image");
    auto second = with(scene.custom_action("Second"), "runOrder", 2);
    second["configuration"] = {{"AutoScalingGroupName", "#{Image.Group}"}};
    const auto id = scene.create(scene.pipeline({first, second}));
    scene.let_sources_end();
    const std::string name = value == "web" ? "Another" : "Group";
    scene.succeed(scene.claim(), {{"outputVariables", {{name, value}}}});
    EXPECT_EQ(scene.execution_status(id), "Failed");
    EXPECT_EQ(text_at(scene.action_state(1, 1), "/latestExecution/errorDetails/code"),
              "ConfigurationError");
  }
}

}  // namespace
}  // namespace local_cloud
