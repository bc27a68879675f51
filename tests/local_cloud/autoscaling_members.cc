// What is done to single instances of a group: standby, termination, health.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_activities.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/autoscaling_scaling.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::flag;
using agent::base::text;

namespace {

std::vector<Member*> asked(Group& group, const Call& call, Lifecycle wanted) {
  const auto ids = query::list_of(call.params, "InstanceIds");
  if (ids.empty()) throw validation_error("The instance ID list must not be empty");
  std::vector<Member*> members;
  for (const auto& id : ids) {
    auto* member = find_member(group, id);
    if (!member) {
      throw validation_error(
          cat("The instance ", id, " is not part of Auto Scaling group ", group.name, '.'));
    }
    if (member->in_pool || member->lifecycle != wanted) {
      throw validation_error(cat("The instance ", id, " is not in ", name(wanted), '.'));
    }
    members.push_back(member);
  }
  return members;
}

ApiError sizes_forbid(const Group& group, std::string_view what, std::size_t count) {
  return validation_error(cat("AutoScalingGroup ", group.name, " has min-size=", group.least,
                              ", max-size=", group.most, ", and desired-size=", group.desired,
                              ". To ", what, ' ', count, count == 1 ? " instance" : " instances",
                              ", please update the AutoScalingGroup sizes appropriately."));
}

std::int64_t weight_of(const std::vector<Member*>& members) {
  std::int64_t sum = 0;
  for (const auto* member : members) sum += member->weight;
  return sum;
}

Activity& pass(Place& place, const Group& group, Member& member, std::string_view description,
               const std::string& cause, Time now) {
  member.until = now + place.ec2.settings().standby_time;
  Activity activity{.description = cat(description, member.instance),
                    .cause = cause,
                    .details = details_of(place.ec2, member.instance)};
  activity.started = now;
  activity.ends = *member.until;
  return record(place, group, std::move(activity));
}

json::object enter_standby(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  const auto members = asked(group, call, Lifecycle::in_service);
  const auto before = group.desired;
  if (flag(call.params, "ShouldDecrementDesiredCapacity")) {
    if (group.desired - weight_of(members) < group.least) {
      throw sizes_forbid(group, "place into standby", members.size());
    }
    group.desired -= weight_of(members);
  }
  json::array shown;
  for (auto* member : members) {
    member->lifecycle = Lifecycle::entering_standby;
    const auto cause = cat(at(call.now), "instance ", member->instance,
                           " was moved to standby in response to a user request, ",
                           group.desired == before ? cat("without changing the capacity.")
                                                   : cat("shrinking the capacity from ", before,
                                                         " to ", group.desired, '.'));
    shown.push_back(
        show(pass(place, group, *member, "Moving EC2 instance to Standby: ", cause, call.now),
             place.region, call.now));
  }
  return {{"Activities", std::move(shown)}};
}

json::object exit_standby(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  const auto members = asked(group, call, Lifecycle::standby);
  const auto before = group.desired;
  if (group.desired + weight_of(members) > group.most) {
    throw sizes_forbid(group, "take out of standby", members.size());
  }
  group.desired += weight_of(members);
  json::array shown;
  for (auto* member : members) {
    member->lifecycle = Lifecycle::pending;
    const auto cause = cat(at(call.now), "instance ", member->instance,
                           " was moved out of standby in response to a user request, increasing ",
                           "the capacity from ", before, " to ", group.desired, '.');
    shown.push_back(
        show(pass(place, group, *member, "Moving EC2 instance out of Standby: ", cause, call.now),
             place.region, call.now));
  }
  return {{"Activities", std::move(shown)}};
}

json::object terminate_instance(Place& place, const Call& call) {
  const auto id = text(call.params, "InstanceId");
  const auto [group, member] = membership_of(place.region, id);
  if (member->lifecycle == Lifecycle::terminating) {
    throw ApiError(400, "ScalingActivityInProgress",
                   cat("The instance ", id, " is already being terminated."));
  }
  const auto before = group->desired;
  if (flag(call.params, "ShouldDecrementDesiredCapacity") && member->counts()) {
    if (group->desired - member->weight < group->least) {
      throw validation_error(
          cat("Currently, desiredSize equals minSize (", group->least,
              "). Terminating instance without replacement will violate group's min size ",
              "constraint. Either set shouldDecrementDesiredCapacity flag to false or lower ",
              "group's min size."));
    }
    group->desired -= member->weight;
  }
  const auto& activity = terminate(
      place, *group, *member, call.now,
      cat(at(call.now), "instance ", id, " was taken out of service in response to a user request",
          group->desired == before
              ? "."
              : cat(", shrinking the capacity from ", before, " to ", group->desired, '.')));
  return {{"Activity", show(activity, place.region, call.now)}};
}

json::object set_health(Place& place, const Call& call) {
  const auto [group, member] = membership_of(place.region, text(call.params, "InstanceId"));
  const auto status = text(call.params, "HealthStatus");
  if (status != "Healthy" && status != "Unhealthy") {
    throw validation_error(
        cat("Value (", status, ") is invalid. Valid values: Healthy, Unhealthy"));
  }
  const auto grace = std::chrono::seconds(
      agent::base::number(group->options, "HealthCheckGracePeriod").value_or(0));
  const auto respects = !call.params.contains("ShouldRespectGracePeriod") ||
                        flag(call.params, "ShouldRespectGracePeriod");
  if (respects && call.now < member->launched + grace) return {};
  member->healthy = status == "Healthy";
  return {};
}

using namespace fields;
constexpr Field enter_fields[] = {required(group_name), strings("InstanceIds"),
                                  required(boolean("ShouldDecrementDesiredCapacity"))};
constexpr Field exit_fields[] = {required(group_name), strings("InstanceIds")};
constexpr Field terminate_fields[] = {required(string("InstanceId")),
                                      required(boolean("ShouldDecrementDesiredCapacity"))};
constexpr Field health_fields[] = {required(string("InstanceId")), required(string("HealthStatus")),
                                   boolean("ShouldRespectGracePeriod")};
constexpr Operation operations[] = {
    {"EnterStandby", enter_fields, enter_standby},
    {"ExitStandby", exit_fields, exit_standby},
    {"TerminateInstanceInAutoScalingGroup", terminate_fields, terminate_instance},
    {"SetInstanceHealth", health_fields, set_health}};

}  // namespace

std::span<const Operation> member_operations() {
  return operations;
}

}  // namespace local_cloud::autoscaling
