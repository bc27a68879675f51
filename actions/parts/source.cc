#include "actions/parts/source.h"

#include <ranges>

#include "actions/ops/ec2.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/run/settings.h"

namespace actions {
namespace {

namespace json = boost::json;
using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using agent::run::Call;
using agent::run::ErrorClass;
using agent::run::Step;
using agent::run::Task;

Failure wrong_group(const Step& step, const std::string& group, std::string_view why) {
  return {FailureType::ConfigurationError, cat("The setting AutoScalingGroupName is \"", group,
                                               "\" in ", step.key().region, ": ", why)};
}

Task<json::object> describe_group(Step& step, const std::string& group) {
  const auto reply = co_await step.call({.service = "autoscaling",
                                         .operation = "DescribeAutoScalingGroups",
                                         .params = {{"AutoScalingGroupNames", {group}}}});
  const auto groups = objects(reply.body, "AutoScalingGroups");
  if (groups.empty()) {
    throw wrong_group(step, group,
                      "there is no such Auto Scaling group. Check the name, and the setting Region "
                      "if the group is in another region than the pipeline.");
  }
  if (!text(*groups.front(), "Status").empty()) {
    throw wrong_group(step, group,
                      cat("it is being deleted (", text(*groups.front(), "Status"), ")."));
  }
  co_return *groups.front();
}

// What the group says about its launch template, wherever it says it.
struct Followed {
  std::string id;
  std::string version;
};

Followed followed(const Step& step, const std::string& name, const json::object& group) {
  const auto& mixed = member(member(group, "MixedInstancesPolicy"), "LaunchTemplate");
  const auto& specification = group.contains("LaunchTemplate")
                                  ? member(group, "LaunchTemplate")
                                  : member(mixed, "LaunchTemplateSpecification");
  Followed result{text(specification, "LaunchTemplateId"), text(specification, "Version")};
  if (result.id.empty()) {
    throw wrong_group(step, name,
                      "it starts its instances from a launch configuration. Move it to a launch "
                      "template (Auto Scaling User Guide: Migrate to launch templates).");
  }
  if (result.version.empty()) result.version = "$Default";  // what Auto Scaling does
  return result;
}

json::object by_name_or_id(const std::string& launch_template) {
  return launch_template.starts_with("lt-") ? json::object{{"LaunchTemplateId", launch_template}}
                                            : json::object{{"LaunchTemplateName", launch_template}};
}

// The version of that template; nothing when there is no such template or version.
Task<std::optional<json::object>> describe_version(Step& step, const std::string& launch_template,
                                                   const std::string& version) {
  auto params = by_name_or_id(launch_template);
  params["LaunchTemplateVersion"] = {version};
  const auto reply = co_await step.attempt({.service = "ec2",
                                            .operation = "DescribeLaunchTemplateVersions",
                                            .params = std::move(params)});
  if (!reply) {
    if (reply.error().kind == ErrorClass::gone) co_return std::nullopt;
    throw agent::aws::failure(reply.error());
  }
  const auto versions = objects(reply->body, "launchTemplateVersionSet");
  if (versions.empty()) co_return std::nullopt;
  for (const auto* key : {"launchTemplateId", "versionNumber"}) {
    if (!text(*versions.front(), key).empty()) continue;
    throw Failure(FailureType::SystemUnavailable, cat("EC2 answered without ", key));
  }
  co_return *versions.front();
}

// An earlier try of this execution may have made the version that the group follows now: then the
// one to start from is the one which that was made from.
Task<std::optional<json::object>> version_to_inherit(Step& step, const std::string& launch_template,
                                                     const std::string& version) {
  auto found = co_await describe_version(step, launch_template, version);
  if (!found) co_return std::nullopt;
  const auto before = ec2::made_from(step.key(), text(*found, "versionDescription"));
  if (!before) co_return found;
  auto original = co_await describe_version(step, launch_template, *before);
  co_return original ? original : found;
}

struct Candidate {
  std::string id;
  bool current = false;     // runs the version that the group follows
  std::string launch_time;  // RFC 3339 sorts as text
};

std::vector<Candidate> candidates(const json::object& group, const std::string& version) {
  std::vector<Candidate> result;
  for (const auto* instance : objects(group, "Instances")) {
    if (text(*instance, "LifecycleState") != "InService") continue;
    if (text(*instance, "HealthStatus") != "Healthy") continue;
    if (text(*instance, "InstanceId").empty()) continue;
    const auto runs = text(member(*instance, "LaunchTemplate"), "Version");
    result.push_back({.id = text(*instance, "InstanceId"), .current = runs == version});
  }
  return result;
}

// Reads when each was launched and leaves out those that EC2 does not show as running.
Task<std::vector<Candidate>> running(Step& step, std::vector<Candidate> all) {
  std::vector<Candidate> result;
  for (std::size_t first = 0; first < all.size(); first += ec2::most_ids) {
    const auto batch = std::span(all).subspan(first, std::min(ec2::most_ids, all.size() - first));
    json::array ids;
    for (const auto& candidate : batch) ids.emplace_back(candidate.id);
    // A filter, as one that EC2 does not show yet must not spoil the answer about the others.
    json::object wanted{{"Name", "instance-id"}, {"Value", std::move(ids)}};
    const auto reply = co_await step.call({.service = "ec2",
                                           .operation = "DescribeInstances",
                                           .params = {{"Filter", {std::move(wanted)}}}});
    for (const auto* reservation : objects(reply.body, "reservationSet")) {
      for (const auto* instance : objects(*reservation, "instancesSet")) {
        if (text(member(*instance, "instanceState"), "name") != "running") continue;
        if (text(*instance, "rootDeviceType") == "instance-store") continue;  // cannot be imaged
        const auto id = text(*instance, "instanceId");
        const auto place = std::ranges::find(batch, id, &Candidate::id);
        if (place == batch.end()) continue;
        result.push_back({id, place->current, text(*instance, "launchTime")});
      }
    }
  }
  co_return result;
}

bool is_better(const Candidate& a, const Candidate& b) {
  if (a.current != b.current) return a.current;
  if (a.launch_time != b.launch_time) return a.launch_time > b.launch_time;
  return a.id < b.id;
}

}  // namespace

Task<Source> ChooseSource::perform(Step& step) const {
  const auto described = co_await describe_group(step, group);
  const auto own = followed(step, group, described);
  auto version = co_await version_to_inherit(step, own.id, own.version);
  if (!version) {
    throw wrong_group(step, group,
                      cat("its launch template ", own.id, " with the version ", own.version,
                          " does not exist any more."));
  }
  const auto current = text(*version, "versionNumber");
  // A template that the group does not use has no version that the group runs: take its default.
  if (!launch_template.empty() && launch_template != own.id &&
      launch_template != text(*version, "launchTemplateName")) {
    version = co_await version_to_inherit(step, launch_template, "$Default");
  }
  if (!version) {
    throw agent::run::wrong_setting(
        "LaunchTemplateName", launch_template,
        cat("there is no such launch template in ", step.key().region,
            ". Check the name, or leave the setting out to use the group's own"));
  }
  const auto instances = co_await running(step, candidates(described, current));
  if (instances.empty()) {
    throw wrong_group(step, group,
                      "it has no instance that is InService, Healthy and running from an EBS "
                      "volume, so there is nothing to make an image of.");
  }
  const auto best = std::ranges::min_element(instances, is_better);
  co_return Source{.instance = best->id,
                   .launch_template = text(*version, "launchTemplateId"),
                   .version = text(*version, "versionNumber"),
                   .image = text(member(*version, "launchTemplateData"), "imageId"),
                   .follows = own.version};
}

}  // namespace actions
