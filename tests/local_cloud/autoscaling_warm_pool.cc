// PutWarmPool, DescribeWarmPool, DeleteWarmPool, and how a pool follows its size. Instances do not
// return to it on scale-in (InstanceReusePolicy is kept and shown, no more).
#include "tests/local_cloud/autoscaling_warm_pool.h"

#include <algorithm>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_activities.h"
#include "tests/local_cloud/autoscaling_launches.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/autoscaling_refresh_batch.h"
#include "tests/local_cloud/autoscaling_scaling.h"
#include "tests/local_cloud/autoscaling_views.h"
#include "tests/local_cloud/ec2_instances.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::flag;
using agent::base::number;
using agent::base::text;

namespace {

constexpr std::string_view states[] = {"Stopped", "Running", "Hibernated"};

// These operations answer with a result that has no members; a null makes its element be there.
json::object nothing() {
  return {{"Nothing", nullptr}};
}

bool is_in_pool(const Member& member) {
  return member.in_pool && member.lifecycle != Lifecycle::terminating;
}

bool is_old(const Group& group, const Member& member) {
  const auto* refresh = group.active_refresh();
  return refresh && is_target(*refresh, member);
}

json::object put(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  if (group.active_refresh()) {
    throw ApiError(400, "InstanceRefreshInProgress",
                   "An active instance refresh exists for the Auto Scaling group.");
  }
  auto pool = group.warm_pool;
  pool.insert({{"MinSize", 0}, {"PoolState", "Stopped"}});
  for (const auto& [key, value] : call.params) {
    if (key != "AutoScalingGroupName") pool[key] = value;
  }
  if (std::ranges::count(states, text(pool, "PoolState")) == 0) {
    throw validation_error(cat("1 validation error detected: Value '", text(pool, "PoolState"),
                               "' at 'poolState' failed to satisfy constraint: Member must ",
                               "satisfy enum value set: [Hibernated, Stopped, Running]"));
  }
  if (number(pool, "MinSize").value_or(0) < 0 ||
      number(pool, "MaxGroupPreparedCapacity").value_or(0) < -1) {
    throw validation_error("Sizes must not be negative");
  }
  // -1 takes the limit away again.
  if (number(pool, "MaxGroupPreparedCapacity") == -1) pool.erase("MaxGroupPreparedCapacity");
  group.warm_pool = std::move(pool);
  return nothing();
}

json::object describe(Place& place, const Call& call) {
  const auto& group = group_of(place.region, text(call.params, "AutoScalingGroupName"));
  json::array all;
  for (const auto& member : group.members) {
    if (member.in_pool) all.push_back(show(group, member));
  }
  auto answer = paged_answer("Instances", std::move(all), call.params);
  if (!group.warm_pool.empty()) answer["WarmPoolConfiguration"] = group.warm_pool;
  return answer;
}

// Its instances go first, unless it is forced.
json::object remove(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  if (group.warm_pool.empty()) {
    throw validation_error(cat("No warm pool found for Auto Scaling group ", group.name));
  }
  group.warm_pool["Status"] = "PendingDelete";
  fill_pool(place, group, call.now);
  if (flag(call.params, "ForceDelete")) group.warm_pool.clear();
  return nothing();
}

using namespace fields;
constexpr Field reuse[] = {boolean("ReuseOnScaleIn")};
constexpr Field put_fields[] = {required(group_name), whole("MaxGroupPreparedCapacity"),
                                whole("MinSize"), string("PoolState"),
                                structure("InstanceReusePolicy", reuse)};
constexpr Field describe_fields[] = {required(group_name), fields::most, fields::next};
constexpr Field delete_fields[] = {required(group_name), boolean("ForceDelete")};
constexpr Operation operations[] = {{"PutWarmPool", put_fields, put},
                                    {"DescribeWarmPool", describe_fields, describe},
                                    {"DeleteWarmPool", delete_fields, remove}};

}  // namespace

std::span<const Operation> warm_pool_operations() {
  return operations;
}

std::int64_t pool_size(const Group& group) {
  return std::ranges::count_if(group.members, is_in_pool);
}

std::int64_t pool_target(const Group& group) {
  const auto& pool = group.warm_pool;
  if (group.deleting || pool.empty() || pool.contains("Status")) return 0;
  const auto prepared = number(pool, "MaxGroupPreparedCapacity").value_or(group.most);
  return std::max(number(pool, "MinSize").value_or(0), prepared - group.desired);
}

std::string lifecycle_of(const Group& group, const Member& member) {
  if (!member.in_pool) return std::string(name(member.lifecycle));
  return cat("Warmed:", member.lifecycle == Lifecycle::in_service
                            ? text(group.warm_pool, "PoolState")
                            : std::string(name(member.lifecycle)));
}

bool rests_first(Place& place, const Group& group, Member& member, Time now) {
  auto* instance = ec2::find_by_id(place.ec2.instances, member.instance);
  if (!member.in_pool || text(group.warm_pool, "PoolState") == "Running" || !instance ||
      instance->state(now) != ec2::InstanceState::running) {
    return false;
  }
  ec2::stop(place.ec2, *instance, now, "Server.ScheduledStop",
            "Server.ScheduledStop: Stopped by Auto Scaling for a warm pool");
  member.until = instance->settles;
  return true;
}

bool leave_pool(Place& place, Group& group, Time now) {
  const auto member = std::ranges::find_if(group.members, [&](const Member& each) {
    return each.in_pool && each.lifecycle == Lifecycle::in_service && !is_old(group, each);
  });
  if (member == group.members.end()) return false;
  auto* instance = ec2::find_by_id(place.ec2.instances, member->instance);
  if (!instance) return false;
  if (instance->state(now) == ec2::InstanceState::stopped) ec2::start(place.ec2, *instance, now);
  Activity activity{
      .description = cat("Launching a new EC2 instance from warm pool: ", member->instance),
      .cause = cat(at(now), "an instance was taken from the warm pool in response to a difference ",
                   "between desired and actual capacity, increasing the capacity from ",
                   group.capacity(), " to ", group.target(), '.'),
      .details = details_of(place.ec2, member->instance)};
  activity.started = now;
  activity.ends = std::max(now, instance->settles);
  record(place, group, std::move(activity));
  member->in_pool = false;
  member->lifecycle = Lifecycle::pending;
  member->until = std::max(now, instance->settles);
  group.scaled = now;
  return true;
}

void fill_pool(Place& place, Group& group, Time now) {
  while (pool_size(group) < pool_target(group) && may_launch(group, now)) {
    if (!launch_one(place, group, true, now)) return;
  }
  for (auto& member : group.members) {
    if (pool_size(group) <= pool_target(group) || group.is_suspended("Terminate")) break;
    if (!is_in_pool(member)) continue;
    terminate(place, group, member, now,
              cat(at(now), "an instance was taken out of the warm pool in response to a ",
                  "difference between its desired and actual size."));
  }
  const auto is_left = [](const Member& member) { return member.in_pool; };
  if (group.warm_pool.contains("Status") && std::ranges::none_of(group.members, is_left)) {
    group.warm_pool.clear();
  }
}

}  // namespace local_cloud::autoscaling
