#include "tests/local_cloud/autoscaling_activities.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::autoscaling {

namespace {

using agent::base::text;

std::string_view status(const Activity& activity, Time now) {
  if (!activity.failure.empty()) return "Failed";
  return now < activity.ends ? "InProgress" : "Successful";
}

// Newest first. Without a group's name: of all groups.
json::object describe(Place& place, const Call& call) {
  const auto group = text(call.params, "AutoScalingGroupName");
  const auto ids = query::list_of(call.params, "ActivityIds");
  const auto deleted_too = agent::base::flag(call.params, "IncludeDeletedGroups");
  if (!group.empty() && !deleted_too && !find_group(place.region, group)) {
    group_of(place.region, group);
  }
  json::array all;
  const auto& activities = place.region.activities;
  for (auto activity = activities.rbegin(); activity != activities.rend(); ++activity) {
    if (!group.empty() && activity->group != group) continue;
    if (!ids.empty() && std::ranges::count(ids, activity->id) == 0) continue;
    const auto* of = find_group(place.region, activity->group);
    if (!deleted_too && (!of || of->arn != activity->group_arn)) continue;
    all.push_back(show(*activity, place.region, call.now));
  }
  return paged_answer("Activities", std::move(all), call.params, 100);
}

using namespace fields;
constexpr Field describe_fields[] = {group_name, strings("ActivityIds"),
                                     boolean("IncludeDeletedGroups"), fields::most, fields::next};
constexpr Operation operations[] = {{"DescribeScalingActivities", describe_fields, describe}};

}  // namespace

std::span<const Operation> activity_operations() {
  return operations;
}

Activity& record(Place& place, const Group& group, Activity activity) {
  activity.id = place.new_id();
  activity.group = group.name;
  activity.group_arn = group.arn;
  return place.region.activities.emplace_back(std::move(activity));
}

json::object show(const Activity& activity, const Region& region, Time now) {
  const auto state = status(activity, now);
  json::object shown{{"ActivityId", activity.id},
                     {"AutoScalingGroupName", activity.group},
                     {"Description", activity.description},
                     {"Cause", activity.cause},
                     {"StartTime", iso8601(activity.started)},
                     {"StatusCode", state},
                     {"Progress", state == "InProgress" ? 50 : 100},
                     {"AutoScalingGroupARN", activity.group_arn}};
  if (!activity.details.empty()) shown["Details"] = activity.details;
  if (state != "InProgress") shown["EndTime"] = iso8601(activity.ends);
  if (state == "Failed") shown["StatusMessage"] = activity.failure;
  const auto same = [&](const Group& group) { return group.arn == activity.group_arn; };
  if (!std::ranges::any_of(region.groups, same)) shown["AutoScalingGroupState"] = "Deleted";
  return shown;
}

std::string details_of(const ec2::Region& ec2, const std::string& instance) {
  const auto* known = ec2::find_by_id(ec2.instances, instance);
  if (!known) return "";
  return json::serialize(
      json::object{{"Subnet ID", known->subnet}, {"Availability Zone", known->zone}});
}

}  // namespace local_cloud::autoscaling
