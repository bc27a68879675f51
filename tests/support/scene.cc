#include "tests/support/scene.h"

#include "actions/create_image.h"
#include "agent/base/json.h"
#include "agent/pipeline/archive.h"
#include "tests/support/bucket.h"

namespace support {
namespace {

namespace json = boost::json;
using agent::base::member;
using agent::base::objects;
using agent::base::text;

constexpr const char* source_bucket = "shop-source";
constexpr const char* source_key = "shop.zip";

std::vector<json::object> copies(const json::object& object, std::string_view key) {
  std::vector<json::object> result;
  for (const auto* entry : objects(object, key)) result.push_back(*entry);
  return result;
}

json::object action_type(std::string_view category, std::string_view owner,
                         std::string_view provider) {
  return {{"category", category}, {"owner", owner}, {"provider", provider}, {"version", "1"}};
}

}  // namespace

json::object Scene::pipeline(const json::object& configuration) const {
  const json::object source{
      {"name", "Source"},
      {"actionTypeId", action_type("Source", "AWS", "S3")},
      {"configuration", {{"S3Bucket", source_bucket}, {"S3ObjectKey", source_key}}},
      {"outputArtifacts", {{{"name", "App"}}}}};
  json::object image{{"name", "Image"},
                     {"actionTypeId", action_type("Deploy", "Custom", "CreateImage")},
                     {"configuration", configuration},
                     {"inputArtifacts", json::array()}};
  if (has_input_) image["inputArtifacts"] = {{{"name", "App"}}};
  if (has_output_) image["outputArtifacts"] = {{{"name", "Made"}}};
  const json::object source_stage{{"name", "Source"}, {"actions", json::array{source}}};
  const json::object image_stage{{"name", "Image"}, {"actions", json::array{image}}};
  return {{"name", "shop"},
          {"roleArn", "arn:aws:iam::111122223333:role/pipeline"},
          {"artifactStore", {{"type", "S3"}, {"location", artifact_bucket}}},
          {"stages", json::array{source_stage, image_stage}}};
}

void Scene::create_group(const std::string& follows, const json::object& more) {
  const json::object data{{"ImageId", "ami-0abcdef1234567890"}, {"InstanceType", "t3.micro"}};
  machine_->aws("ec2", "CreateLaunchTemplate",
                {{"LaunchTemplateName", "web"}, {"LaunchTemplateData", data}});
  json::object group{{"AutoScalingGroupName", "web"},
                     {"MinSize", 1},
                     {"MaxSize", 4},
                     {"DesiredCapacity", 2},
                     {"AvailabilityZones", json::array{"eu-west-1a"}}};
  for (const auto& [key, value] : more) group[key] = value;
  if (!group.contains("MixedInstancesPolicy") && !group.contains("LaunchConfigurationName")) {
    group["LaunchTemplate"] = {{"LaunchTemplateName", "web"}, {"Version", follows}};
  }
  machine_->aws("autoscaling", "CreateAutoScalingGroup", std::move(group));
  machine_->pass(std::chrono::minutes(2));  // until its instances are in service
}

void Scene::release(std::string archive) {
  create_bucket(*machine_, source_bucket);
  put_object(*machine_, source_bucket, source_key, std::move(archive));
}

void Scene::set_up(json::object configuration, const std::string& follows,
                   const json::object& group) {
  create_group(follows, group);
  create_artifact_bucket(*machine_, artifact_bucket);
  machine_->aws("codepipeline", "CreateCustomActionType",
                agent::run::custom_action_type(actions::create_image_action(), "1", home_region));
  configuration.emplace("AutoScalingGroupName", "web");
  machine_->aws("codepipeline", "CreatePipeline", {{"pipeline", pipeline(configuration)}});
  exists_ = true;
}

void Scene::configure(const json::object& configuration) {
  machine_->aws("codepipeline", "UpdatePipeline", {{"pipeline", pipeline(configuration)}});
}

std::string Scene::start() {
  return text(machine_->aws("codepipeline", "StartPipelineExecution", {{"name", "shop"}}),
              "pipelineExecutionId");
}

std::string Scene::newest_execution() {
  const auto all =
      machine_->aws("codepipeline", "ListPipelineExecutions", {{"pipelineName", "shop"}});
  const auto executions = copies(all, "pipelineExecutionSummaries");
  return executions.empty() ? "" : text(executions.front(), "pipelineExecutionId");
}

void Scene::abandon() {
  machine_->aws(
      "codepipeline", "StopPipelineExecution",
      {{"pipelineName", "shop"}, {"pipelineExecutionId", newest_execution()}, {"abandon", true}});
}

void Scene::retry() {
  machine_->aws("codepipeline", "RetryStageExecution",
                {{"pipelineName", "shop"},
                 {"stageName", "Image"},
                 {"pipelineExecutionId", newest_execution()},
                 {"retryMode", "FAILED_ACTIONS"}});
}

std::string Scene::status() {
  const auto all =
      machine_->aws("codepipeline", "ListPipelineExecutions", {{"pipelineName", "shop"}});
  const auto executions = copies(all, "pipelineExecutionSummaries");
  return executions.empty() ? "" : text(executions.front(), "status");
}

json::object Scene::action() {
  const auto state = machine_->aws("codepipeline", "GetPipelineState", {{"name", "shop"}});
  for (const auto& stage : copies(state, "stageStates")) {
    for (const auto& one : copies(stage, "actionStates")) {
      if (text(one, "actionName") == "Image") return member(one, "latestExecution");
    }
  }
  return {};
}

json::object Scene::execution_details() {
  const auto all =
      machine_->aws("codepipeline", "ListActionExecutions", {{"pipelineName", "shop"}});
  for (const auto& one : copies(all, "actionExecutionDetails")) {
    if (text(one, "actionName") == "Image") return one;
  }
  return {};
}

json::object Scene::output_variables() {
  return member(member(execution_details(), "output"), "outputVariables");
}

std::string Scene::input_key() {
  const auto inputs = copies(member(execution_details(), "input"), "inputArtifacts");
  return inputs.empty() ? "" : text(member(inputs.front(), "s3location"), "key");
}

std::string Scene::output_key() {
  const auto outputs = copies(member(execution_details(), "output"), "outputArtifacts");
  return outputs.empty() ? "" : text(member(outputs.front(), "s3location"), "key");
}

json::object Scene::output(const std::string& file) {
  const auto zip = get_object(*machine_, artifact_bucket, output_key());
  if (!zip) return {};
  agent::pipeline::PartialObject object(zip->size());
  object.add(0, *zip);
  const auto found = agent::pipeline::read_file(object, file);
  const auto* const content = std::get_if<std::string>(&found);
  const auto value = content == nullptr ? std::nullopt : agent::base::parse(*content);
  return value && value->is_object() ? value->get_object() : json::object();
}

std::vector<json::object> Scene::all(const std::string& operation, json::object params,
                                     std::string_view list, const std::string& region) {
  std::vector<json::object> result;
  std::string next;
  do {
    if (!next.empty()) params["NextToken"] = next;
    const auto page = machine_->aws("ec2", operation, params, region);
    const auto some = copies(page, list);
    result.insert(result.end(), some.begin(), some.end());
    next = text(page, "nextToken");
  } while (!next.empty());
  return result;
}

std::vector<json::object> Scene::images(const std::string& region) {
  return all("DescribeImages", {{"Owner", {"self"}}}, "imagesSet", region);
}

std::vector<json::object> Scene::snapshots(const std::string& region) {
  return all("DescribeSnapshots", {{"Owner", {"self"}}}, "snapshotSet", region);
}

std::vector<json::object> Scene::versions() {
  return all("DescribeLaunchTemplateVersions", {{"LaunchTemplateName", "web"}},
             "launchTemplateVersionSet");
}

json::object Scene::group() {
  return copies(machine_->aws("autoscaling", "DescribeAutoScalingGroups",
                              {{"AutoScalingGroupNames", json::array{"web"}}}),
                "AutoScalingGroups")
      .at(0);
}

std::vector<json::object> Scene::refreshes() {
  return copies(
      machine_->aws("autoscaling", "DescribeInstanceRefreshes", {{"AutoScalingGroupName", "web"}}),
      "InstanceRefreshes");
}

std::vector<std::string> Scene::instances_of(int version) {
  std::vector<std::string> ids;
  const auto described = group();
  for (const auto* one : objects(described, "Instances")) {
    if (text(*one, "LifecycleState") != "InService") continue;
    if (text(member(*one, "LaunchTemplate"), "Version") != std::to_string(version)) continue;
    ids.push_back(text(*one, "InstanceId"));
  }
  return ids;
}

}  // namespace support
