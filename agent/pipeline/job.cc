#include "agent/pipeline/job.h"

#include "agent/base/json.h"

namespace agent::pipeline {

using base::member;
using base::text;

namespace {

constexpr std::size_t most_artifacts = 5;  // each way; user guide, "Quotas"

std::vector<Artifact> artifacts(const boost::json::object& data, std::string_view key) {
  std::vector<Artifact> result;
  for (const auto* one : base::objects(data, key)) {
    const auto& location = member(*one, "location");
    const auto& place = member(location, "s3Location");
    const auto kind = text(location, "type");
    const auto known = kind.empty() || kind == "S3";
    if (text(*one, "name").empty() || result.size() == most_artifacts) continue;
    result.push_back({.name = text(*one, "name"),
                      .revision = text(*one, "revision"),
                      .bucket = known ? text(place, "bucketName") : "",
                      .key = known ? text(place, "objectKey") : ""});
  }
  return result;
}

std::optional<aws::Keys> artifact_keys(const boost::json::object& data) {
  const auto& session = member(data, "artifactCredentials");
  aws::Keys keys{.access_key = text(session, "accessKeyId"),
                 .secret = base::Secret(text(session, "secretAccessKey")),
                 .session_token = base::Secret(text(session, "sessionToken"))};
  if (keys.access_key.empty() || keys.secret.empty()) return std::nullopt;
  return keys;
}

}  // namespace

std::optional<Job> read_job(const boost::json::object& job, const std::string& region) {
  const auto& data = member(job, "data");
  const auto& context = member(data, "pipelineContext");
  Job result{.id = text(job, "id"),
             .nonce = text(job, "nonce"),
             .attempt = text(member(context, "action"), "actionExecutionId"),
             .execution = {.account = text(job, "accountId"),
                           .region = region,
                           .pipeline = text(context, "pipelineName"),
                           .id = text(context, "pipelineExecutionId"),
                           .stage = text(member(context, "stage"), "name"),
                           .action = text(member(context, "action"), "name")},
             .configuration = member(member(data, "actionConfiguration"), "configuration"),
             .continuation_token = text(data, "continuationToken"),
             .inputs = artifacts(data, "inputArtifacts"),
             .outputs = artifacts(data, "outputArtifacts"),
             .encryption_key = text(member(data, "encryptionKey"), "id"),
             .artifact_keys = artifact_keys(data)};
  if (result.id.empty()) return std::nullopt;
  return result;
}

}  // namespace agent::pipeline
