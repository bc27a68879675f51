// Creating, changing and deleting groups. What a group is told takes effect at once; instances
// follow as time passes.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_group_fields.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/autoscaling_scaling.h"
#include "tests/local_cloud/autoscaling_source.h"
#include "tests/local_cloud/autoscaling_tags.h"
#include "tests/local_cloud/ec2_network.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::flag;
using agent::base::number;
using agent::base::text;

namespace {

// Members that a group keeps as they were given.
constexpr std::string_view kept[] = {"DefaultCooldown",        "LoadBalancerNames",
                                     "TargetGroupARNs",        "HealthCheckType",
                                     "HealthCheckGracePeriod", "PlacementGroup",
                                     "TerminationPolicies",    "NewInstancesProtectedFromScaleIn",
                                     "CapacityRebalance",      "ServiceLinkedRoleARN",
                                     "MaxInstanceLifetime",    "Context",
                                     "DesiredCapacityType",    "DefaultInstanceWarmup",
                                     "TrafficSources",         "InstanceMaintenancePolicy"};

json::object usual_options(const Call& call) {
  return {{"DefaultCooldown", 300},
          {"LoadBalancerNames", json::array()},
          {"TargetGroupARNs", json::array()},
          {"HealthCheckType", "EC2"},
          {"HealthCheckGracePeriod", 0},
          {"TerminationPolicies", json::array{"Default"}},
          {"NewInstancesProtectedFromScaleIn", false},
          {"ServiceLinkedRoleARN",
           cat("arn:aws:iam::", call.account,
               ":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")}};
}

void set_options(Group& group, const json::object& params) {
  for (const auto name : kept) {
    if (const auto* value = agent::base::find(params, name)) group.options[name] = *value;
  }
}

// Subnets decide the zones; zones given beside them must be theirs.
void set_places(const ec2::Region& ec2, Group& group, const json::object& params) {
  if (params.contains("VPCZoneIdentifier")) {
    group.subnets = agent::base::split(text(params, "VPCZoneIdentifier"), ',');
    group.zones.clear();
    for (const auto& id : group.subnets) {
      const auto* subnet = ec2::find_by_id(ec2.subnets, id);
      if (!subnet) throw validation_error(cat("The subnet ID '", id, "' does not exist"));
      if (std::ranges::count(group.zones, subnet->zone) == 0) group.zones.push_back(subnet->zone);
    }
  } else if (params.contains("AvailabilityZones")) {
    group.subnets.clear();
    group.zones = query::list_of(params, "AvailabilityZones");
    for (const auto& zone : group.zones) {
      if (std::ranges::count(ec2.subnets, zone, &ec2::Subnet::zone) == 0) {
        throw validation_error(cat("Invalid availability zones: [", zone, "]"));
      }
    }
  }
  if (group.zones.empty()) {
    throw validation_error("At least one Availability Zone or VPC Subnet is required.");
  }
}

void check_sizes(const Group& group) {
  if (group.least < 0 || group.most < 0) throw validation_error("Sizes must not be negative");
  if (group.least > group.most) {
    throw validation_error(cat("Max bound, ", group.most,
                               ", must be greater than or equal to min bound, ", group.least));
  }
  if (group.desired < group.least || group.desired > group.most) {
    throw validation_error(cat("Desired capacity:", group.desired,
                               " must be between the specified min size:", group.least,
                               " and max size:", group.most));
  }
}

void check_name(Place& place, const std::string& name) {
  const auto* known = find_group(place.region, name);
  if (known) {
    throw ApiError(
        400, "AlreadyExists",
        cat("AutoScalingGroup by this name already exists - A group with the name ", name,
            known->deleting ? " already exists and is pending delete" : " already exists"));
  }
  if (name.size() > 255 || name.find(':') != name.npos) {
    throw validation_error(cat("Invalid group name: ", name));
  }
}

json::object create(Place& place, const Call& call) {
  const auto& params = call.params;
  Group made{.name = text(params, "AutoScalingGroupName")};
  check_name(place, made.name);
  made.created = call.now;
  made.least = *number(params, "MinSize");
  made.most = *number(params, "MaxSize");
  made.desired = number(params, "DesiredCapacity").value_or(made.least);
  check_sizes(made);
  set_places(place.ec2, made, params);
  made.options = usual_options(call);
  set_options(made, params);
  made.service = text(agent::base::member(params, "Operator"), "Principal");
  made.tags = tags_given(params, made.name);
  made.source = chosen_source(place, params, {}, call.now);
  made.arn = cat("arn:aws:autoscaling:", call.region, ':', call.account,
                 ":autoScalingGroup:", place.new_id(), ":autoScalingGroupName/", made.name);
  place.region.groups.push_back(std::move(made));
  return {};
}

// A desired capacity that is not named follows the sizes.
void set_sizes(Group& group, const json::object& params) {
  group.least = number(params, "MinSize").value_or(group.least);
  group.most = number(params, "MaxSize").value_or(group.most);
  if (const auto desired = number(params, "DesiredCapacity")) {
    group.desired = *desired;
  } else if (group.least <= group.most) {
    group.desired = std::clamp(group.desired, group.least, group.most);
  }
  check_sizes(group);
}

// Nor does the service let the desired configuration be overtaken
// (instance-refresh-overview, "Update restriction").
void expect_no_refresh(const Group& group, const json::object& params) {
  const auto* refresh = group.active_refresh();
  if (!refresh || refresh->desired.empty()) return;
  for (const auto* name : {"LaunchTemplate", "MixedInstancesPolicy", "LaunchConfigurationName"}) {
    if (!params.contains(name)) continue;
    throw validation_error(
        "An active instance refresh with a desired configuration exists. All configuration options "
        "derived from the desired configuration are not available for update while the instance "
        "refresh is active.");
  }
}

json::object update(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  expect_no_refresh(group, call.params);
  auto changed = group;
  set_sizes(changed, call.params);
  set_places(place.ec2, changed, call.params);
  set_options(changed, call.params);
  changed.source = chosen_source(place, call.params, group.source, call.now);
  // A failed launch is tried again at once when there is something new to launch from.
  if (changed.source != group.source) changed.failures = 0;
  group = std::move(changed);
  return {};
}

json::object remove(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  if (!flag(call.params, "ForceDelete")) {
    const auto is_busy = [](const Member& member) {
      return member.lifecycle == Lifecycle::pending || member.lifecycle == Lifecycle::terminating;
    };
    if (std::ranges::any_of(group.members, is_busy)) {
      throw ApiError(400, "ScalingActivityInProgress",
                     "You cannot delete an AutoScalingGroup while there are scaling activities in "
                     "progress for that group.");
    }
    if (!group.members.empty()) {
      throw ApiError(400, "ResourceInUse",
                     "You cannot delete an AutoScalingGroup while there are instances or pending "
                     "Spot instance request(s) still in the group.");
    }
  }
  group.deleting = true;
  group.least = group.most = group.desired = 0;
  return {};
}

void check_cooldown(const Place& place, const Group& group, Time now) {
  const auto cooldown = std::chrono::seconds(number(group.options, "DefaultCooldown").value_or(0));
  if (group.scaled == Time{} || now >= group.scaled + cooldown) return;
  const auto& activities = place.region.activities;
  const auto latest = std::find_if(activities.rbegin(), activities.rend(),
                                   [&](const auto& known) { return known.group == group.name; });
  throw ApiError(400, "ScalingActivityInProgress",
                 cat("Scaling activity ", latest == activities.rend() ? "" : latest->id,
                     " is in progress and blocks this action"));
}

json::object set_desired(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  const auto desired = *number(call.params, "DesiredCapacity");
  if (desired > group.most) {
    throw validation_error(cat("New SetDesiredCapacity value ", desired, " is above max value ",
                               group.most, " for the AutoScalingGroup."));
  }
  if (desired < group.least) {
    throw validation_error(cat("New SetDesiredCapacity value ", desired, " is below min value ",
                               group.least, " for the AutoScalingGroup."));
  }
  if (flag(call.params, "HonorCooldown")) check_cooldown(place, group, call.now);
  group.desired = desired;
  return {};
}

using namespace fields;
constexpr Field delete_fields[] = {required(group_name), boolean("ForceDelete")};
constexpr Field desired_fields[] = {required(group_name), required(whole("DesiredCapacity")),
                                    boolean("HonorCooldown")};
constexpr Operation operations[] = {{"CreateAutoScalingGroup", group_fields::create, create},
                                    {"UpdateAutoScalingGroup", group_fields::update, update},
                                    {"DeleteAutoScalingGroup", delete_fields, remove},
                                    {"SetDesiredCapacity", desired_fields, set_desired}};

}  // namespace

std::span<const Operation> group_operations() {
  return operations;
}

}  // namespace local_cloud::autoscaling
