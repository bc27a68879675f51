// Versions of launch templates.
#include "actions/ops/ec2.h"

#include "actions/ops/autoscaling.h"
#include "actions/ops/ec2_describe.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions::ec2 {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::objects;
using agent::base::text;

namespace {

std::string description_prefix(const Key& key) {
  return cat("codepipeline-agent ", key.execution.short_identity(), " from ");
}

// What versions say alike, whatever they were changed in.
json::object without_changes(const json::object& version) {
  auto data = member(version, "launchTemplateData");
  data.erase("imageId");
  data.erase("blockDeviceMappingSet");
  return data;
}

std::string first_difference(const json::object& before, const json::object& after) {
  for (const auto& [key, value] : before) {
    const auto* now = after.if_contains(key);
    if (now == nullptr || *now != value) return key;
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) return key;
  }
  return {};
}

Task<json::object> version_that_exists(Step& step, const std::string& launch_template,
                                       const std::string& version) {
  auto found = co_await describe_version(step, launch_template, version);
  if (!found) {
    throw Failure(FailureType::SystemUnavailable, cat("EC2 does not show version ", version,
                                                      " of launch template ", launch_template));
  }
  co_return std::move(*found);
}

}  // namespace

std::string version_description(const Key& key, std::string_view from) {
  return agent::base::cut(cat(description_prefix(key), from, ", pipeline ", key.execution.pipeline),
                          255);
}

std::optional<std::string> made_from(const Key& key, std::string_view description) {
  const auto prefix = description_prefix(key);
  if (!description.starts_with(prefix)) return std::nullopt;
  const auto rest = description.substr(prefix.size());
  const auto from = rest.substr(0, rest.find(','));
  const auto is_number =
      !from.empty() && from.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) return std::nullopt;
  return std::string(from);
}

// Of all versions: one that was made before `from` may be ours too, when this try has chosen
// another one to start from than the try before, after versions of other executions.
Task<std::optional<std::string>> CreateLaunchTemplateVersion::look(Step& step) const {
  const auto versions = co_await versions_that_start(step, launch_template, image);
  for (const auto& version : versions) {
    if (!made_from(step.key(), text(version, "versionDescription"))) continue;
    co_return required_text(version, "versionNumber");
  }
  co_return std::nullopt;
}

Call CreateLaunchTemplateVersion::call(const Key& key) const {
  json::object data{{"ImageId", image}};
  if (!mappings.empty()) data["BlockDeviceMapping"] = json::parse(mappings);
  json::object params{{"LaunchTemplateId", launch_template},
                      {"SourceVersion", from},
                      {"VersionDescription", version_description(key, from)},
                      {"LaunchTemplateData", std::move(data)}};
  params["ClientToken"] = key.token(params);
  return ec2_call("CreateLaunchTemplateVersion", std::move(params));
}

std::string CreateLaunchTemplateVersion::result(const Reply& reply) const {
  return required_text(member(reply.body, "launchTemplateVersion"), "versionNumber");
}

Task<> VerifyLaunchTemplateVersion::perform(Step& step) const {
  const auto before = co_await version_that_exists(step, launch_template, from);
  const auto after = co_await version_that_exists(step, launch_template, version);
  const auto starts = text(member(after, "launchTemplateData"), "imageId");
  const auto wrong = [&](const std::string& what) {
    return Failure(FailureType::JobFailed, cat("Version ", version, " of launch template ",
                                               launch_template, " is not as asked for: ", what));
  };
  if (starts != image) throw wrong(cat("it starts ", starts, ", not ", image));
  const auto different = first_difference(without_changes(before), without_changes(after));
  if (!different.empty()) throw wrong(cat(different, " is not that of version ", from));
}

std::string DeleteLaunchTemplateVersion::resource() const {
  return cat("version ", version, " of launch template ", launch_template);
}

Task<> DeleteLaunchTemplateVersion::perform(Step& step) const {
  const auto found = co_await describe_version(step, launch_template, version);
  if (!found) co_return;
  if (!made_from(step.key(), text(*found, "versionDescription"))) {
    throw Failure(FailureType::JobFailed, "its description is not this execution's");
  }
  if (agent::base::flag(*found, "defaultVersion")) {
    throw Failure(FailureType::JobFailed, "it is the template's default version");
  }
  if (!group.empty()) {
    const auto running = co_await autoscaling::instances_of(step, group, launch_template, version);
    if (!running.empty()) {
      throw Failure(FailureType::JobFailed,
                    cat(running.front(), " of the group ", group, " still runs it"));
    }
  }
  const auto reply = co_await step.call(
      ec2_call("DeleteLaunchTemplateVersions",
               {{"LaunchTemplateId", launch_template}, {"LaunchTemplateVersion", {version}}}));
  for (const auto* kept : objects(reply.body, "unsuccessfullyDeletedLaunchTemplateVersionSet")) {
    const auto& error = member(*kept, "responseError");
    if (text(error, "code") == "launchTemplateVersionDoesNotExist") continue;
    throw Failure(FailureType::JobFailed,
                  cat("EC2 keeps it: ", text(error, "message"), " (", text(error, "code"), ")"));
  }
}

Call SetDefaultVersion::call(const Key&) const {
  return ec2_call("ModifyLaunchTemplate",
                  {{"LaunchTemplateId", launch_template}, {"SetDefaultVersion", version}});
}

}  // namespace actions::ec2
