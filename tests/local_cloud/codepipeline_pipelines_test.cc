// Pipelines' definitions: what is refused, and how they are kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/codepipeline_scene.h"

namespace local_cloud {
namespace {

using testing::HasSubstr;

json::object named(const std::string& name) {
  return {{"name", name}};
}

class Pipelines : public testing::Test {
 protected:
  Pipelines() {
    scene.register_type();
    declared = scene.pipeline({scene.custom_action()});
  }
  std::string refusal() { return scene.refusal("CreatePipeline", {{"pipeline", declared}}); }
  json::object& stage(std::size_t index) { return declared["stages"].at(index).as_object(); }
  json::object& action(std::size_t at_stage = 1) {
    return stage(at_stage).at("actions").at(0).as_object();
  }
  json::array& actions() { return stage(1).at("actions").as_array(); }
  json::object& configuration() { return action()["configuration"].as_object(); }
  void rejects(std::string_view start, std::string_view part) {
    const auto text = refusal();
    EXPECT_THAT(text, testing::StartsWith(std::string(start)));
    EXPECT_THAT(text, HasSubstr(std::string(part)));
  }

  Scene scene;
  json::object declared;
};

TEST_F(Pipelines, Are_kept_with_defaults_written_out_and_a_version) {
  scene.create(declared);
  const auto got = scene.ask("GetPipeline", named("Demo"));
  EXPECT_EQ(text_at(got, "/pipeline/version"), "1");
  EXPECT_EQ(text_at(got, "/pipeline/stages/1/actions/0/runOrder"), "1");
  EXPECT_EQ(text_at(got, "/pipeline/stages/1/actions/0/inputArtifacts"), "[]");
  EXPECT_EQ(text_at(got, "/metadata/pipelineArn"),
            "arn:aws:codepipeline:eu-central-1:111122223333:Demo");
  EXPECT_EQ(refusal(),
            "PipelineNameInUseException: A pipeline with the name 'Demo' already exists in account "
            "'111122223333'");
}

TEST_F(Pipelines, Start_with_a_stage_of_sources_and_have_another) {
  auto stages = declared["stages"].as_array();
  declared["stages"] = json::array{stages[0]};
  rejects("InvalidStructureException", "minimum of 2 stages");
  declared["stages"] = json::array{stages[1], stages[0]};
  rejects("InvalidStructureException",
          "Pipeline should start with a stage that only contains source actions");
  declared["stages"] = json::array{stages[0], stages[1], stages[0]};
  declared["stages"].at(2).as_object()["name"] = "Again";
  rejects("InvalidStructureException", "Only the first stage can contain source actions");
}

TEST_F(Pipelines, Have_unique_names_of_stages_and_of_actions_in_a_stage) {
  stage(1)["name"] = "Source";
  rejects("InvalidStageDeclarationException", "Stage name Source is used more than once");
  stage(1)["name"] = "Deploy";
  actions().push_back(scene.custom_action());
  rejects("InvalidActionDeclarationException", "Action name Bake is used more than once");
  actions().clear();
  rejects("InvalidStageDeclarationException", "Stage Deploy has 0 actions");
}

TEST_F(Pipelines, Use_action_types_that_there_are) {
  action()["actionTypeId"].as_object()["version"] = "2";
  EXPECT_EQ(refusal(),
            "InvalidActionDeclarationException: ActionType (Category: 'Deploy', Provider: "
            "'CreateImage', Owner: 'Custom', Version: '2') in action 'Bake' is not available in "
            "region EU_CENTRAL_1");
}

TEST_F(Pipelines, Have_as_many_artifacts_as_their_action_types_allow) {
  action()["inputArtifacts"] = {{{"name", "ApplicationSource"}}, {{"name", "ApplicationSource"}}};
  rejects("InvalidActionDeclarationException",
          "Action Bake declares 2 input artifacts which is more than the maximum count (1)");
  action().erase("inputArtifacts");
  action(0).erase("outputArtifacts");
  rejects("InvalidActionDeclarationException",
          "Action Fetch declares 0 output artifacts which is less than the minimum count (1)");
}

TEST_F(Pipelines, Use_artifacts_that_earlier_actions_produce) {
  action()["inputArtifacts"] = json::array{named("Nothing")};
  rejects("InvalidStructureException",
          "Input Artifact Bundle Nothing in action Bake is not declared as Output Artifact Bundle");
  action()["outputArtifacts"] = json::array{named("Made")};
  auto user = scene.custom_action("User");
  user["inputArtifacts"] = json::array{named("Made")};
  action().erase("inputArtifacts");
  actions().push_back(user);
  rejects("InvalidStructureException", "Input Artifact Bundle Made in action User");
  actions().at(1).as_object()["runOrder"] = 2;
  EXPECT_EQ(refusal(), "");
}

TEST_F(Pipelines, Produce_every_artifact_once) {
  action()["outputArtifacts"] = json::array{named("ApplicationSource")};
  rejects("InvalidStructureException", "Output Artifact Bundle name must be unique");
}

TEST_F(Pipelines, Configure_what_the_action_type_knows_and_requires) {
  configuration()["Colour"] = "red";
  EXPECT_EQ(refusal(),
            "InvalidActionDeclarationException: Action configuration for action 'Bake' contains "
            "unknown configuration 'Colour'");
  configuration() = {{"Options", "{}"}};
  EXPECT_EQ(refusal(),
            "InvalidActionDeclarationException: Action configuration for action 'Bake' is missing "
            "required configuration 'AutoScalingGroupName'");
  configuration() = {{"AutoScalingGroupName", json::string(1001, 'x')}};
  rejects("ValidationException",
          "at 'pipeline.stages.2.member.actions.1.member.configuration' failed to satisfy "
          "constraint: Map value must satisfy constraint: [Member must have length less than or "
          "equal to 1000]");
  configuration() = {{"AutoScalingGroupName", ""}};
  rejects("ValidationException", "Map value must satisfy constraint");
}

TEST_F(Pipelines, Refer_to_variables_of_earlier_actions) {
  configuration()["AutoScalingGroupName"] = "#{Later.Name}";
  rejects("InvalidActionDeclarationException", "#{Later.Name}");
  auto later = scene.custom_action("Later");
  later["namespace"] = "Later";
  actions().push_back(later);
  rejects("InvalidActionDeclarationException", "#{Later.Name}");
  actions().at(0).as_object()["runOrder"] = 2;
  EXPECT_EQ(refusal(), "");
}

TEST_F(Pipelines, Have_a_role_a_store_and_no_custom_actions_in_other_regions) {
  declared["roleArn"] = "role";
  rejects("ValidationException", "at 'pipeline.roleArn'");
  declared["roleArn"] = "arn:aws:iam::111122223333:role/pipeline";
  declared.erase("artifactStore");
  rejects("InvalidStructureException", "artifactStore");
  declared["artifactStores"] = {{"us-east-1", {{"type", "S3"}, {"location", "artifact-store"}}}};
  rejects("InvalidStructureException", "eu-central-1");
  declared["artifactStores"].as_object()["eu-central-1"] = {{"type", "S3"}, {"location", "store"}};
  action()["region"] = "us-east-1";
  rejects("InvalidActionDeclarationException", "cross-region");
  action()["region"] = "eu-central-1";
  EXPECT_EQ(refusal(), "");
}

TEST_F(Pipelines, That_are_refused_leave_nothing_behind) {
  configuration().clear();
  EXPECT_NE(refusal(), "");
  EXPECT_EQ(text_at(scene.ask("ListPipelines", {}), "/pipelines"), "[]");
}

TEST_F(Pipelines, Show_secrets_masked_and_keep_them_when_updated_so) {
  configuration()["Password"] = "open sesame";
  scene.create(declared);
  const std::string_view place = "/pipeline/stages/1/actions/0/configuration/Password";
  auto got = scene.ask("GetPipeline", named("Demo"));
  EXPECT_EQ(text_at(got, place), "****");
  scene.let_sources_end();
  scene.succeed(scene.claim());

  auto& update = got["pipeline"].as_object();
  EXPECT_EQ(text_at(scene.ask("UpdatePipeline", {{"pipeline", update}}), "/pipeline/version"), "2");
  scene.ask("StartPipelineExecution", named("Demo"));
  scene.let_sources_end();
  EXPECT_EQ(text_at(scene.poll().at(0), "/data/actionConfiguration/configuration/Password"),
            "open sesame");
  const auto history = scene.ask("ListActionExecutions", {{"pipelineName", "Demo"}});
  EXPECT_THAT(json::serialize(history), testing::Not(HasSubstr("sesame")));
  EXPECT_THAT(json::serialize(history), HasSubstr("****"));
}

TEST_F(Pipelines, Keep_their_versions) {
  scene.create(declared);
  configuration()["AutoScalingGroupName"] = "other";
  scene.ask("UpdatePipeline", {{"pipeline", declared}});
  const std::string_view place = "/pipeline/stages/1/actions/0/configuration/AutoScalingGroupName";
  EXPECT_EQ(text_at(scene.ask("GetPipeline", named("Demo")), place), "other");
  EXPECT_EQ(text_at(scene.ask("GetPipeline", {{"name", "Demo"}, {"version", 1}}), place), "web");
  EXPECT_EQ(scene.refusal_code("GetPipeline", {{"name", "Demo"}, {"version", 3}}),
            "PipelineVersionNotFoundException");
  EXPECT_EQ(scene.refusal_code("GetPipeline", named("Other")), "PipelineNotFoundException");
}

TEST_F(Pipelines, That_changed_cannot_be_retried) {
  const auto id = scene.create(declared);
  scene.let_sources_end();
  scene.fail(scene.claim());
  scene.ask("UpdatePipeline", {{"pipeline", declared}});
  EXPECT_EQ(scene.refusal_code("RetryStageExecution", {{"pipelineName", "Demo"},
                                                       {"stageName", "Deploy"},
                                                       {"pipelineExecutionId", id},
                                                       {"retryMode", "FAILED_ACTIONS"}}),
            "StageNotRetryableException");
}

TEST_F(Pipelines, Are_listed_in_pages) {
  for (const std::string name : {"A", "B", "C"}) {
    scene.create(scene.pipeline({scene.custom_action()}, name));
  }
  const auto first = scene.ask("ListPipelines", {{"maxResults", 2}});
  EXPECT_EQ(first.at("pipelines").as_array().size(), 2u);
  const auto second = scene.ask("ListPipelines", {{"nextToken", first.at("nextToken")}});
  EXPECT_EQ(text_at(second, "/pipelines/0/name"), "C");
  EXPECT_FALSE(second.contains("nextToken"));
  EXPECT_EQ(scene.refusal_code("ListPipelines", {{"nextToken", "nonsense"}}),
            "InvalidNextTokenException");
}

TEST_F(Pipelines, Are_gone_when_deleted_and_deleting_again_is_no_error) {
  scene.create(declared);
  EXPECT_EQ(scene.ask("DeletePipeline", named("Demo")), json::object{});
  EXPECT_EQ(scene.refusal_code("GetPipelineState", named("Demo")), "PipelineNotFoundException");
  EXPECT_EQ(scene.ask("DeletePipeline", named("Demo")), json::object{});
  EXPECT_EQ(refusal(), "");
}

TEST_F(Pipelines, Ignore_members_that_the_service_does_not_know) {
  declared["novelty"] = 1;
  EXPECT_EQ(refusal(), "");
  EXPECT_FALSE(
      scene.ask("GetPipeline", named("Demo")).at("pipeline").as_object().contains("novelty"));
}

TEST(Operations, That_do_not_exist_are_refused) {
  Scene scene;
  EXPECT_EQ(scene.refusal_code("MakeCoffee", {}), "UnknownOperationException");
}

}  // namespace
}  // namespace local_cloud
