// Properties, artifact counts and output variables: user guide, "Action structure reference".
#include "tests/local_cloud/codepipeline_builtin.h"

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_types.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;
using base::cat;

json::object counts(int least, int most) {
  return {{"minimumCount", least}, {"maximumCount", most}};
}

// Properties as words, required ones with a "!".
ActionType builtin(const std::string& category, const std::string& provider,
                   std::string_view properties, json::object inputs, json::object outputs) {
  json::array declared;
  for (auto name : base::split(properties, ' ')) {
    const bool required = name.ends_with('!');
    if (required) name.pop_back();
    declared.push_back(json::object{{"name", name},
                                    {"required", required},
                                    {"key", required},
                                    {"secret", false},
                                    {"queryable", false}});
  }
  return action_type({{"id", as_json(TypeId{category, "AWS", provider, "1"})},
                      {"settings", json::object{}},
                      {"actionConfigurationProperties", std::move(declared)},
                      {"inputArtifactDetails", std::move(inputs)},
                      {"outputArtifactDetails", std::move(outputs)}});
}

std::string setting(const ActionRun& run, std::string_view name) {
  const auto found = run.configuration.find(name);
  return found == run.configuration.end() ? "" : found->second;
}

void yield_commit(World& world, ActionRun& run, Time now) {
  const auto commit = base::hex(base::sha256(world.new_id(now))).substr(0, 40);
  run.revision = Revision{commit, commit, "Local commit", now};
  run.variables = {{"CommitId", commit},
                   {"BranchName", setting(run, "BranchName")},
                   {"CommitMessage", "Local commit"},
                   {"AuthorDate", iso8601(now)}};
  if (run.type.provider == "CodeCommit") {
    run.variables["RepositoryName"] = setting(run, "RepositoryName");
    run.variables["CommitterDate"] = run.variables["AuthorDate"];
  } else {
    run.variables["FullRepositoryName"] = setting(run, "FullRepositoryId");
    run.variables["ConnectionArn"] = setting(run, "ConnectionArn");
  }
}

// The artifact as CodePipeline stores it: a copy of the object, encrypted with KMS. Nothing when
// there is no such object: pipelines whose artifacts nobody reads need none.
std::optional<ObjectVersion> copy_object(World& world, const ActionRun& run, Time now) {
  const auto* source = world.s3.bucket(setting(run, "S3Bucket"));
  const auto* object = source ? source->newest(setting(run, "S3ObjectKey")) : nullptr;
  if (object == nullptr || object->is_delete_marker) return {};
  for (const auto& output : run.outputs) {
    auto* store = world.s3.bucket(output.bucket);
    if (store == nullptr) continue;
    auto copy = *object;
    copy.modified = now;
    copy.headers["x-amz-server-side-encryption"] = "aws:kms";
    store->put(output.key, std::move(copy));
  }
  return *object;
}

void yield_object(World& world, ActionRun& run, Time now) {
  const auto object = copy_object(world, run, now);
  const auto known = object && object->id != "null";
  const auto version = known ? object->id : world.new_text(now, 32);
  const auto etag = object ? object->etag.substr(1, object->etag.size() - 2)
                           : base::hex(base::sha256(version)).substr(0, 32);
  run.revision = Revision{version, version, cat("Amazon S3 version id: ", version), now};
  run.variables = {{"BucketName", setting(run, "S3Bucket")},
                   {"ObjectKey", setting(run, "S3ObjectKey")},
                   {"VersionId", version},
                   {"ETag", etag}};
}

std::string deployment_id(World& world, const ActionRun& run, Time now) {
  if (run.type.provider == "CodeDeploy")
    return cat("d-", base::hex(world.new_text(now, 5)).substr(0, 9));
  if (run.type.provider == "CodeBuild")
    return cat(setting(run, "ProjectName"), ":", world.new_id(now));
  return world.new_id(now);
}

}  // namespace

const std::vector<ActionType>& builtin_types() {
  static const std::vector<ActionType> types{
      builtin("Source", "S3",
              "S3Bucket! S3ObjectKey! PollForSourceChanges AllowOverrideForS3ObjectKey",
              counts(0, 0), counts(1, 1)),
      builtin("Source", "CodeCommit",
              "RepositoryName! BranchName! PollForSourceChanges OutputArtifactFormat", counts(0, 0),
              counts(1, 1)),
      builtin("Source", "CodeStarSourceConnection",
              "ConnectionArn! FullRepositoryId! BranchName! OutputArtifactFormat DetectChanges",
              counts(0, 0), counts(1, 1)),
      builtin("Build", "CodeBuild",
              "ProjectName! PrimarySource BatchEnabled CombineArtifacts EnvironmentVariables",
              counts(1, 5), counts(0, 5)),
      builtin("Test", "CodeBuild",
              "ProjectName! PrimarySource BatchEnabled CombineArtifacts EnvironmentVariables",
              counts(1, 5), counts(0, 5)),
      builtin("Deploy", "CodeDeploy", "ApplicationName! DeploymentGroupName!", counts(1, 1),
              counts(0, 0)),
      builtin("Deploy", "CloudFormation",
              "ActionMode! StackName ChangeSetName Capabilities OutputFileName ParameterOverrides "
              "RoleArn TemplateConfiguration TemplatePath",
              counts(0, 10), counts(0, 1)),
      builtin("Deploy", "S3",
              "BucketName! Extract! ObjectKey KMSEncryptionKeyARN CannedACL CacheControl",
              counts(1, 1), counts(0, 0)),
      builtin("Approval", "Manual", "CustomData ExternalEntityLink NotificationArn", counts(0, 0),
              counts(0, 0)),
      builtin("Invoke", "Lambda", "FunctionName! UserParameters", counts(0, 5), counts(0, 5)),
  };
  return types;
}

const ActionType* find_builtin(const TypeId& id) {
  const auto found = std::ranges::find(builtin_types(), id, &ActionType::id);
  return found == builtin_types().end() ? nullptr : &*found;
}

void yield_results(World& world, ActionRun& run, Time now) {
  if (run.type.category != "Source") {
    run.external_id = deployment_id(world, run, now);
    if (run.type.category == "Deploy") run.summary = "Deployment Succeeded";
    return;
  }
  if (run.type.provider == "S3") {
    yield_object(world, run, now);
  } else {
    yield_commit(world, run, now);
  }
  run.summary = run.revision->summary;
  for (auto& output : run.outputs) output.revision = run.revision->id;
}

}  // namespace local_cloud::codepipeline
