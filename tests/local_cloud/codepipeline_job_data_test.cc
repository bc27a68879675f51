// What jobs, states and histories say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/codepipeline_scene.h"

namespace local_cloud {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr const char* uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

class JobData : public testing::Test {
 protected:
  JobData() { scene.register_type(); }

  json::object action_with_artifacts() {
    auto action = scene.custom_action();
    action["inputArtifacts"] = {{{"name", "ApplicationSource"}}};
    action["outputArtifacts"] = {{{"name", "ImageDescription"}}};
    return action;
  }
  json::object job_of(json::object action, json::value key = nullptr) {
    auto declared = scene.pipeline({std::move(action)});
    if (!key.is_null()) declared["artifactStore"].as_object()["encryptionKey"] = std::move(key);
    execution = scene.create(declared);
    scene.let_sources_end();
    return scene.poll_one();
  }

  Bucket& bucket(const std::string& name) {
    const Call call{.operation = "CreateBucket",
                    .params = {{"Bucket", name}},
                    .account = scene.account,
                    .region = scene.region,
                    .access_key = "",
                    .request_id = "",
                    .now = scene.now};
    const auto body = "<CreateBucketConfiguration><LocationConstraint>" + scene.region +
                      "</LocationConstraint></CreateBucketConfiguration>";
    scene.s3.handle({.method = "PUT", .target = "/", .headers = {}, .body = body}, call);
    return *scene.s3.bucket(name);
  }

  Scene scene;
  std::string execution;
};

TEST_F(JobData, Names_account_pipeline_stage_action_and_execution) {
  const auto job = job_of(scene.custom_action());
  EXPECT_THAT(text_at(job, "/id"), MatchesRegex(uuid));
  EXPECT_EQ(text_at(job, "/accountId"), "111122223333");
  EXPECT_EQ(text_at(job, "/data/actionTypeId/provider"), "CreateImage");
  EXPECT_EQ(text_at(job, "/data/pipelineContext/pipelineName"), "Demo");
  EXPECT_EQ(text_at(job, "/data/pipelineContext/stage/name"), "Deploy");
  EXPECT_EQ(text_at(job, "/data/pipelineContext/action/name"), "Bake");
  EXPECT_THAT(text_at(job, "/data/pipelineContext/action/actionExecutionId"), MatchesRegex(uuid));
  EXPECT_EQ(text_at(job, "/data/pipelineContext/pipelineArn"),
            "arn:aws:codepipeline:eu-central-1:111122223333:Demo");
  EXPECT_EQ(text_at(job, "/data/pipelineContext/pipelineExecutionId"), execution);
}

TEST_F(JobData, Can_lack_the_execution_as_in_older_samples) {
  scene.settings.execution_ids_in_context = false;
  const auto job = job_of(scene.custom_action());
  EXPECT_EQ(text_at(job, "/data/pipelineContext/pipelineArn"), "");
  EXPECT_EQ(text_at(job, "/data/pipelineContext/pipelineExecutionId"), "");
}

TEST_F(JobData, Has_no_credentials_without_artifacts) {
  const auto job = job_of(scene.custom_action());
  EXPECT_EQ(text_at(job, "/data/artifactCredentials"), "");
  EXPECT_EQ(text_at(job, "/data/inputArtifacts"), "[]");
}

TEST_F(JobData, Says_where_artifacts_are_and_gives_credentials_that_expire) {
  const auto job = job_of(action_with_artifacts());
  EXPECT_EQ(text_at(job, "/data/inputArtifacts/0/name"), "ApplicationSource");
  EXPECT_NE(text_at(job, "/data/inputArtifacts/0/revision"), "null");
  const std::string place = "/data/outputArtifacts/0/location";
  EXPECT_EQ(text_at(job, place + "/type"), "S3");
  EXPECT_EQ(text_at(job, place + "/s3Location/bucketName"), "artifact-store");
  EXPECT_THAT(text_at(job, place + "/s3Location/objectKey"),
              MatchesRegex("Demo/ImageDescr/[A-Za-z0-9]{7}"));
  EXPECT_EQ(text_at(job, "/data/outputArtifacts/0/revision"), "null");

  const auto* key = scene.accounts.find(text_at(job, "/data/artifactCredentials/accessKeyId"));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->secret, text_at(job, "/data/artifactCredentials/secretAccessKey"));
  EXPECT_EQ(key->token, text_at(job, "/data/artifactCredentials/sessionToken"));
  EXPECT_EQ(key->account, "111122223333");
  EXPECT_EQ(key->expiry, scene.now + std::chrono::minutes(15));
  EXPECT_EQ(text_at(job, "/data/artifactCredentials/expirationTime"), "");
}

TEST_F(JobData, Has_new_credentials_each_time_for_its_artifact_bucket_alone) {
  scene.settings.artifact_credentials_time = std::chrono::minutes(2);
  const auto job = job_of(action_with_artifacts());
  const std::string id = "/data/artifactCredentials/accessKeyId";
  const auto details =
      scene.ask("GetJobDetails", {{"jobId", text_at(job, "/id")}}).at("jobDetails");
  EXPECT_NE(text_at(details, id), text_at(job, id));
  const auto* key = scene.accounts.find(text_at(details, id));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->artifact_bucket, "artifact-store");
  EXPECT_EQ(key->expiry, scene.now + std::chrono::minutes(2));
}

TEST_F(JobData, Finds_the_source_object_as_its_artifact) {
  auto& source = bucket("sources");
  auto& store = bucket("artifact-store");
  source.versioning = Versioning::enabled;
  const auto version =
      source.put("app.zip", {.modified = scene.now, .etag = "\"e\"", .headers = {}, .body = "zip"})
          .id;
  const auto job = job_of(action_with_artifacts());
  const std::string place = "/data/inputArtifacts/0";
  EXPECT_EQ(text_at(job, place + "/revision"), version);
  const auto* copy = store.newest(text_at(job, place + "/location/s3Location/objectKey"));
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->body, "zip");
  EXPECT_EQ(copy->headers.at("x-amz-server-side-encryption"), "aws:kms");
}

TEST_F(JobData, Can_say_when_credentials_expire) {
  scene.settings.poll_has_credentials_expiry = true;
  const auto job = job_of(action_with_artifacts());
  EXPECT_EQ(text_at(job, "/data/artifactCredentials/expirationTime"),
            std::to_string((scene.now + std::chrono::minutes(15)).time_since_epoch().count()));
}

TEST_F(JobData, Names_the_key_of_the_artifact_store) {
  const auto job = job_of(action_with_artifacts(), {{"id", "alias/mine"}, {"type", "KMS"}});
  EXPECT_EQ(text_at(job, "/data/encryptionKey/id"), "alias/mine");
  EXPECT_EQ(text_at(job, "/data/encryptionKey/type"), "KMS");
}

TEST_F(JobData, Has_nested_types_and_nulls_unless_told_otherwise) {
  auto text = json::serialize(job_of(action_with_artifacts()));
  EXPECT_THAT(text, HasSubstr("\"__type\":\"ActionConfiguration\""));
  EXPECT_THAT(text, HasSubstr("\"continuationToken\":null"));
  scene.settings.nested_type_members = false;
  scene.settings.explicit_nulls = false;
  scene.pass(scene.settings.reoffer_after);
  text = json::serialize(scene.poll_one());
  EXPECT_THAT(text, Not(HasSubstr("__type")));
  EXPECT_THAT(text, Not(HasSubstr("null")));
}

TEST_F(JobData, Has_configuration_as_text_with_only_what_was_set) {
  auto action = scene.custom_action();
  action["configuration"] = {{"AutoScalingGroupName", "web"}, {"Password", "open sesame"}};
  const auto job = job_of(action);
  const json::object expected{{"AutoScalingGroupName", "web"}, {"Password", "open sesame"}};
  EXPECT_EQ(job.at("data").at("actionConfiguration").at("configuration"), expected);
}

TEST_F(JobData, Of_a_later_action_has_what_an_earlier_one_left) {
  auto second = scene.custom_action("Second");
  second["inputArtifacts"] = {{{"name", "ImageDescription"}}};
  second["runOrder"] = 2;
  scene.create(scene.pipeline({action_with_artifacts(), second}));
  scene.let_sources_end();
  const auto first = scene.claim();
  scene.succeed(first);
  EXPECT_EQ(text_at(scene.claim(), "/data/inputArtifacts/0/location/s3Location/objectKey"),
            text_at(first, "/data/outputArtifacts/0/location/s3Location/objectKey"));
}

TEST_F(JobData, Is_seen_in_the_pipelines_state_and_history) {
  auto action = action_with_artifacts();
  action["namespace"] = "Image";
  const auto job = job_of(action);
  scene.acknowledge(job);
  scene.pass(std::chrono::milliseconds(1500));
  scene.succeed(job, {{"executionDetails", {{"summary", "made"}, {"externalExecutionId", "ami-1"}}},
                      {"currentRevision", {{"revision", "7"}, {"changeIdentifier", "change"}}},
                      {"outputVariables", {{"ImageId", "ami-1"}}}});
  const auto state = scene.action_state();
  EXPECT_EQ(text_at(state, "/entityUrl"), "https://console.example/groups/web");
  EXPECT_EQ(text_at(state, "/currentRevision/revisionId"), "7");

  const json::object filter{{"pipelineName", "Demo"},
                            {"filter", {{"pipelineExecutionId", execution}}}};
  const auto history = scene.ask("ListActionExecutions", filter);
  EXPECT_EQ(text_at(history, "/actionExecutionDetails/0/actionName"), "Bake");
  EXPECT_EQ(text_at(history, "/actionExecutionDetails/1/actionName"), "Fetch");
  const auto& latest = history.at("actionExecutionDetails").at(0);
  EXPECT_EQ(text_at(latest, "/status"), "Succeeded");
  EXPECT_EQ(text_at(latest, "/input/namespace"), "Image");
  EXPECT_EQ(text_at(latest, "/input/inputArtifacts/0/s3location/bucket"), "artifact-store");
  EXPECT_EQ(text_at(latest, "/output/outputVariables/ImageId"), "ami-1");
  EXPECT_EQ(text_at(latest, "/output/executionResult/externalExecutionId"), "ami-1");
  EXPECT_EQ(text_at(latest, "/output/executionResult/externalExecutionUrl"),
            "https://console.example/ami-1");
  EXPECT_EQ(latest.at("lastUpdateTime").as_double() - latest.at("startTime").as_double(), 1.5);
}

TEST_F(JobData, Of_an_execution_that_is_not_the_pipelines_has_no_history) {
  job_of(scene.custom_action());
  EXPECT_EQ(scene.refusal_code(
                "ListActionExecutions",
                {{"pipelineName", "Demo"},
                 {"filter", {{"pipelineExecutionId", "00000000-0000-4000-8000-000000000000"}}}}),
            "PipelineExecutionNotFoundException");
}

TEST_F(JobData, Of_sources_is_the_revision_of_the_execution) {
  job_of(action_with_artifacts());
  const auto got = scene.ask("GetPipelineExecution",
                             {{"pipelineName", "Demo"}, {"pipelineExecutionId", execution}});
  EXPECT_EQ(text_at(got, "/pipelineExecution/artifactRevisions/0/name"), "ApplicationSource");
  EXPECT_EQ(text_at(got, "/pipelineExecution/artifactRevisions/0/revisionId"),
            text_at(scene.action_state(0), "/currentRevision/revisionId"));
  EXPECT_EQ(scene.refusal_code("GetPipelineExecution",
                               {{"pipelineName", "Demo"},
                                {"pipelineExecutionId", "00000000-0000-4000-8000-000000000000"}}),
            "PipelineExecutionNotFoundException");
}

}  // namespace
}  // namespace local_cloud
