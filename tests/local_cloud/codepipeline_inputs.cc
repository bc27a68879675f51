#include "tests/local_cloud/codepipeline_inputs.h"

namespace local_cloud::codepipeline {
namespace {

constexpr bool required = true;

ShapePtr id() {
  return any_text("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
}
ShapePtr name() {
  return text(1, 100, R"([A-Za-z0-9.@\-_]+)");
}
ShapePtr provider() {
  return text(1, 35, "[0-9A-Za-z_-]+");
}
ShapePtr version() {
  return text(1, 9, "[0-9A-Za-z_-]+");
}
ShapePtr region() {
  return text(4, 30);
}
ShapePtr url() {
  return text(1, 2048);
}
ShapePtr next_token() {
  return text(1, 2048);
}
ShapePtr execution_id() {
  return text(1, 1500);
}
ShapePtr property_name() {
  return text(1, 50);
}

ShapePtr category() {
  return one_of({"Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"});
}
ShapePtr owner() {
  return one_of({"AWS", "ThirdParty", "Custom"});
}

ShapePtr action_type_id() {
  return structure({{"category", category(), required},
                    {"owner", owner(), required},
                    {"provider", provider(), required},
                    {"version", version(), required}});
}

ShapePtr tags() {
  return list(structure({{"key", text(1, 128), required}, {"value", text(0, 256), required}}));
}

ShapePtr artifact_details() {
  return structure(
      {{"minimumCount", integer(0, 5), required}, {"maximumCount", integer(0, 5), required}});
}

ShapePtr configuration_property() {
  return structure({{"name", property_name(), required},
                    {"required", flag(), required},
                    {"key", flag(), required},
                    {"secret", flag(), required},
                    {"queryable", flag()},
                    {"description", text(1, 160)},
                    {"type", one_of({"String", "Number", "Boolean"})}});
}

ShapePtr artifact_store() {
  auto key = structure({{"id", text(1, 400), required}, {"type", one_of({"KMS"}), required}});
  return structure({{"type", one_of({"S3"}), required},
                    {"location", text(3, 63, R"([a-zA-Z0-9\-\.]+)"), required},
                    {"encryptionKey", key}});
}

ShapePtr role() {
  return text(0, 1024, R"(arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*)");
}

ShapePtr action_declaration() {
  auto artifacts = list(structure({{"name", text(1, 100, R"([a-zA-Z0-9_\-]+)"), required}}));
  return structure({{"name", name(), required},
                    {"actionTypeId", action_type_id(), required},
                    {"runOrder", integer(1, 999)},
                    {"configuration", map(property_name(), text(1, 1000))},
                    {"outputArtifacts", artifacts},
                    {"inputArtifacts", artifacts},
                    {"roleArn", role()},
                    {"region", region()},
                    {"namespace", text(1, 100, R"([A-Za-z0-9@\-_]+)")},
                    {"timeoutInMinutes", integer(5, 86400)}});
}

ShapePtr pipeline() {
  auto blocker =
      structure({{"name", text(1, 100), required}, {"type", one_of({"Schedule"}), required}});
  auto stage = structure({{"name", name(), required},
                          {"blockers", list(blocker)},
                          {"actions", list(action_declaration()), required}});
  auto variable = structure({{"name", text(1, 128, R"([A-Za-z0-9@\-_]+)"), required},
                             {"defaultValue", text(1, 1000)},
                             {"description", text(0, 200)}});
  return structure({{"name", name(), required},
                    {"roleArn", role(), required},
                    {"artifactStore", artifact_store()},
                    {"artifactStores", map(region(), artifact_store())},
                    {"stages", list(stage), required},
                    {"version", integer(1)},
                    {"executionMode", one_of({"QUEUED", "SUPERSEDED", "PARALLEL"})},
                    {"pipelineType", one_of({"V1", "V2"})},
                    {"variables", list(variable, 50)}});
}

}  // namespace

Inputs job_inputs() {
  auto revision = structure({{"revision", text(1, 1500), required},
                             {"changeIdentifier", text(1, 100), required},
                             {"created", timestamp()},
                             {"revisionSummary", text(1, 2048)}});
  auto details = structure({{"summary", text(1, 2048)},
                            {"externalExecutionId", execution_id()},
                            {"percentComplete", integer(0, 100)}});
  auto failure =
      structure({{"type",
                  one_of({"JobFailed", "ConfigurationError", "PermissionError", "RevisionOutOfSync",
                          "RevisionUnavailable", "SystemUnavailable"}),
                  required},
                 {"message", text(1, 5000), required},
                 {"externalExecutionId", execution_id()}});
  auto query = map(property_name(), text(1, 50, "[a-zA-Z0-9_-]+"), 1);
  return {
      {"PollForJobs", structure({{"actionTypeId", action_type_id(), required},
                                 {"maxBatchSize", integer(1)},
                                 {"queryParam", query}})},
      {"AcknowledgeJob", structure({{"jobId", id(), required}, {"nonce", text(1, 50), required}})},
      {"GetJobDetails", structure({{"jobId", id(), required}})},
      {"PutJobSuccessResult",
       structure({{"jobId", id(), required},
                  {"currentRevision", revision},
                  {"continuationToken", text(1, 2048)},
                  {"executionDetails", details},
                  {"outputVariables", map(any_text(R"([A-Za-z0-9@\-_]+)"), any_text())}})},
      {"PutJobFailureResult",
       structure({{"jobId", id(), required}, {"failureDetails", failure, required}})},
  };
}

Inputs action_type_inputs() {
  auto settings = structure({{"thirdPartyConfigurationUrl", url()},
                             {"entityUrlTemplate", url()},
                             {"executionUrlTemplate", url()},
                             {"revisionUrlTemplate", url()}});
  return {
      {"CreateCustomActionType",
       structure({{"category", category(), required},
                  {"provider", provider(), required},
                  {"version", version(), required},
                  {"settings", settings},
                  {"configurationProperties", list(configuration_property(), 10)},
                  {"inputArtifactDetails", artifact_details(), required},
                  {"outputArtifactDetails", artifact_details(), required},
                  {"tags", tags()}})},
      {"DeleteCustomActionType", structure({{"category", category(), required},
                                            {"provider", provider(), required},
                                            {"version", version(), required}})},
      {"ListActionTypes", structure({{"actionOwnerFilter", owner()},
                                     {"nextToken", next_token()},
                                     {"regionFilter", region()}})},
  };
}

Inputs pipeline_inputs() {
  auto arn = any_text(R"(arn:aws(-[\w]+)*:codepipeline:.+:[0-9]{12}:.+)");
  return {
      {"CreatePipeline", structure({{"pipeline", pipeline(), required}, {"tags", tags()}})},
      {"GetPipeline", structure({{"name", name(), required}, {"version", integer(1)}})},
      {"UpdatePipeline", structure({{"pipeline", pipeline(), required}})},
      {"DeletePipeline", structure({{"name", name(), required}})},
      {"ListPipelines", structure({{"nextToken", next_token()}, {"maxResults", integer(1, 1000)}})},
      {"ListTagsForResource", structure({{"resourceArn", arn, required},
                                         {"nextToken", next_token()},
                                         {"maxResults", integer(1, 100)}})},
      {"TagResource", structure({{"resourceArn", arn, required}, {"tags", tags(), required}})},
      {"UntagResource",
       structure({{"resourceArn", arn, required}, {"tagKeys", list(text(1, 128)), required}})},
  };
}

Inputs execution_inputs() {
  const Member pipeline_name{"pipelineName", name(), required};
  const Member stage_name{"stageName", name(), required};
  const Member execution{"pipelineExecutionId", id(), required};
  const Member page{"nextToken", next_token()};
  const Member page_size{"maxResults", integer(1, 100)};
  const Member transition{"transitionType", one_of({"Inbound", "Outbound"}), required};
  auto variable = structure({{"name", text(1, 128, R"([A-Za-z0-9@\-_]+)"), required},
                             {"value", text(1, 1000), required}});
  auto result = structure({{"summary", text(0, 512), required},
                           {"status", one_of({"Approved", "Rejected"}), required}});
  return {
      {"StartPipelineExecution", structure({{"name", name(), required},
                                            {"clientRequestToken", text(1, 128, "^[a-zA-Z0-9-]+$")},
                                            {"variables", list(variable, 50)}})},
      {"StopPipelineExecution",
       structure({pipeline_name, execution, {"abandon", flag()}, {"reason", text(0, 200)}})},
      {"RetryStageExecution", structure({pipeline_name,
                                         stage_name,
                                         execution,
                                         {"retryMode", one_of({"FAILED_ACTIONS"}), required}})},
      {"GetPipelineExecution", structure({pipeline_name, execution})},
      {"ListPipelineExecutions", structure({pipeline_name, page, page_size})},
      {"GetPipelineState", structure({{"name", name(), required}})},
      {"ListActionExecutions", structure({pipeline_name,
                                          page,
                                          page_size,
                                          {"filter", structure({{"pipelineExecutionId", id()}})}})},
      {"PutApprovalResult", structure({pipeline_name,
                                       stage_name,
                                       {"actionName", name(), required},
                                       {"result", result, required},
                                       {"token", id(), required}})},
      {"EnableStageTransition", structure({pipeline_name, stage_name, transition})},
      {"DisableStageTransition",
       structure({pipeline_name,
                  stage_name,
                  transition,
                  {"reason", text(1, 300, R"([a-zA-Z0-9!@ \(\)\.\*\?\-]+)"), required}})},
  };
}

}  // namespace local_cloud::codepipeline
