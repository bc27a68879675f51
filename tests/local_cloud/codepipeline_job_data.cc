#include "tests/local_cloud/codepipeline_job_data.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_start.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;

class Writer {
 public:
  explicit Writer(World& world) : world_(world) {}

  json::object data(const Job& job, Time now) const {
    const auto& run = *job.run;
    auto data =
        typed("JobData", {{"actionTypeId", typed("ActionTypeId", as_json(run.type))},
                          {"actionConfiguration",
                           typed("ActionConfiguration", {{"configuration", configuration(run)}})},
                          {"pipelineContext", context(run)},
                          {"inputArtifacts", artifacts(run.inputs)},
                          {"outputArtifacts", artifacts(run.outputs)}});
    if (!run.inputs.empty() || !run.outputs.empty()) {
      data["artifactCredentials"] = credentials(run, now);
    }
    put_text(data, "continuationToken", job.continuation_token);
    put_key(data, run);
    return data;
  }

 private:
  json::object typed(const std::string& name, json::object members) const {
    if (world_.settings.nested_type_members) members["__type"] = name;
    return members;
  }

  void put_text(json::object& object, std::string_view name, const std::string& text) const {
    if (!text.empty()) {
      object[name] = text;
    } else if (world_.settings.explicit_nulls) {
      object[name] = nullptr;
    }
  }

  static json::object configuration(const ActionRun& run) {
    json::object values;
    for (const auto& [key, value] : run.configuration) values[key] = value;
    return values;
  }

  json::object context(const ActionRun& run) const {
    const auto& execution = *run.execution;
    json::object members{
        {"pipelineName", execution.pipeline->name},
        {"stage", typed("StageContext", {{"name", run.stage}})},
        {"action", typed("ActionContext", {{"name", run.name()}, {"actionExecutionId", run.id}})}};
    if (world_.settings.execution_ids_in_context) {
      members["pipelineArn"] = execution.pipeline->arn;
      members["pipelineExecutionId"] = execution.id;
    }
    return typed("PipelineContext", std::move(members));
  }

  json::array artifacts(const std::vector<Artifact>& all) const {
    json::array written;
    for (const auto& artifact : all) {
      auto place = typed("S3ArtifactLocation",
                         {{"bucketName", artifact.bucket}, {"objectKey", artifact.key}});
      auto one = typed("Artifact", {{"name", artifact.name}});
      one["location"] =
          typed("ArtifactLocation", {{"type", "S3"}, {"s3Location", std::move(place)}});
      put_text(one, "revision", artifact.revision);
      written.push_back(std::move(one));
    }
    return written;
  }

  // A session of the pipeline's role, as AWS makes them for a job: what its policy allows is
  // documented nowhere, so it is no more than reading and writing in the artifact bucket.
  json::object credentials(const ActionRun& run, Time now) const {
    const auto role = base::text(*run.execution->declaration, "roleArn");
    const auto bucket = base::text(artifact_store(world_, *run.execution->declaration), "location");
    const auto expiry = now + world_.settings.artifact_credentials_time;
    const auto& key = world_.accounts.issue(world_.account, role, run.id, expiry, bucket);
    auto members = typed(
        "AWSSessionCredentials",
        {{"accessKeyId", key.id}, {"secretAccessKey", key.secret}, {"sessionToken", key.token}});
    if (world_.settings.poll_has_credentials_expiry) {
      members["expirationTime"] = expiry.time_since_epoch().count();
    }
    return members;
  }

  void put_key(json::object& data, const ActionRun& run) const {
    const auto& store = artifact_store(world_, *run.execution->declaration);
    if (const auto* key = base::find(store, "encryptionKey")) {
      data["encryptionKey"] = typed("EncryptionKey", key->as_object());
    } else if (world_.settings.explicit_nulls) {
      data["encryptionKey"] = nullptr;
    }
  }

  World& world_;
};

}  // namespace

json::object job_header(const World& world, const Job& job) {
  return {{"id", job.id}, {"accountId", world.account}};
}

json::object job_data(World& world, const Job& job, Time now) {
  return Writer(world).data(job, now);
}

}  // namespace local_cloud::codepipeline
