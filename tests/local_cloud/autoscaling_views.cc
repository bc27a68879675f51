// DescribeAutoScalingGroups and DescribeAutoScalingInstances. A name that nobody has is no error.
#include "tests/local_cloud/autoscaling_views.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/autoscaling_tags.h"
#include "tests/local_cloud/autoscaling_warm_pool.h"
#include "tests/local_cloud/ec2_filters.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::text;

namespace {

json::array members_of(const Group& group) {
  json::array shown;
  for (const auto& member : group.members) {
    if (!member.in_pool) shown.push_back(show(group, member));
  }
  return shown;
}

json::array suspended_of(const Group& group) {
  json::array shown;
  for (const auto& [process, reason] : group.suspended) {
    shown.push_back({{"ProcessName", process}, {"SuspensionReason", reason}});
  }
  return shown;
}

json::array zones_of(const Group& group) {
  json::array zones;
  for (const auto& zone : group.zones) zones.emplace_back(zone);
  return zones;
}

json::object show(const Group& group) {
  json::object shown{{"AutoScalingGroupName", group.name},
                     {"AutoScalingGroupARN", group.arn},
                     {"MinSize", group.least},
                     {"MaxSize", group.most},
                     {"DesiredCapacity", group.desired},
                     {"AvailabilityZones", zones_of(group)},
                     {"VPCZoneIdentifier", agent::base::join(group.subnets, ",")},
                     {"Instances", members_of(group)},
                     {"CreatedTime", iso8601(group.created)},
                     {"SuspendedProcesses", suspended_of(group)},
                     {"EnabledMetrics", json::array()},
                     {"Tags", show_tags(group)}};
  for (const auto& [key, value] : group.source) shown[key] = value;
  for (const auto& [key, value] : group.options) shown[key] = value;
  if (!group.service.empty()) shown["Operator"] = json::object{{"Principal", group.service}};
  if (!group.warm_pool.empty()) {
    shown["WarmPoolConfiguration"] = group.warm_pool;
    shown["WarmPoolSize"] = pool_size(group);
  }
  if (group.deleting) shown["Status"] = "Delete in progress";
  return shown;
}

bool has(const std::vector<std::string>& values, std::string_view value) {
  return std::ranges::count(values, value) > 0;
}

bool matches(const Group& group, const json::object& filter) {
  const auto named = text(filter, "Name");
  const auto values = query::list_of(filter, "Values");
  if (named.starts_with("tag:")) {
    const auto tag = group.tags.find(named.substr(4));
    return tag != group.tags.end() && has(values, tag->second.value);
  }
  if (named != "tag-key" && named != "tag-value") {
    throw validation_error(cat("Filter ", named, " is not valid."));
  }
  return std::ranges::any_of(group.tags, [&](const auto& tag) {
    return has(values, named == "tag-key" ? tag.first : tag.second.value);
  });
}

json::object describe_groups(Place& place, const Call& call) {
  const auto names = query::list_of(call.params, "AutoScalingGroupNames");
  const auto filters = agent::base::objects(call.params, "Filters");
  json::array all;
  for (const auto& group : place.region.groups) {
    if (!names.empty() && !has(names, group.name)) continue;
    const auto passes = [&](const json::object* filter) { return matches(group, *filter); };
    if (std::ranges::all_of(filters, passes)) all.push_back(show(group));
  }
  return paged_answer("AutoScalingGroups", std::move(all), call.params);
}

json::object describe_instances(Place& place, const Call& call) {
  const auto ids = query::list_of(call.params, "InstanceIds");
  json::array all;
  for (const auto& group : place.region.groups) {
    for (const auto& member : group.members) {
      if (!ids.empty() && !has(ids, member.instance)) continue;
      auto shown = show(group, member);
      shown["AutoScalingGroupName"] = group.name;
      // Written otherwise than in a group's list.
      shown["HealthStatus"] = member.healthy ? "HEALTHY" : "UNHEALTHY";
      all.push_back(std::move(shown));
    }
  }
  return paged_answer("AutoScalingInstances", std::move(all), call.params);
}

using namespace fields;
constexpr Field groups_fields[] = {strings("AutoScalingGroupNames"), fields::filters, fields::most,
                                   fields::next};
constexpr Field instances_fields[] = {strings("InstanceIds"), fields::most, fields::next};
constexpr Operation operations[] = {
    {"DescribeAutoScalingGroups", groups_fields, describe_groups},
    {"DescribeAutoScalingInstances", instances_fields, describe_instances}};

}  // namespace

json::object show(const Group& group, const Member& member) {
  json::object shown{{"InstanceId", member.instance},
                     {"InstanceType", member.type},
                     {"AvailabilityZone", member.zone},
                     {"LifecycleState", lifecycle_of(group, member)},
                     {"HealthStatus", member.healthy ? "Healthy" : "Unhealthy"},
                     {"ProtectedFromScaleIn", member.is_protected}};
  if (!member.launch_template.empty()) shown["LaunchTemplate"] = member.launch_template;
  if (!member.launch_configuration.empty()) {
    shown["LaunchConfigurationName"] = member.launch_configuration;
  }
  if (member.shown_weight) shown["WeightedCapacity"] = cat(*member.shown_weight);
  return shown;
}

std::span<const Operation> view_operations() {
  return operations;
}

}  // namespace local_cloud::autoscaling
