// A group is looked at whenever something is due: a member's passing state ends, a failed launch is
// tried again. At each of these moments the members are checked and the capacity is corrected.
#include "tests/local_cloud/autoscaling_scaling.h"

#include <algorithm>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_activities.h"
#include "tests/local_cloud/autoscaling_launches.h"
#include "tests/local_cloud/autoscaling_refresh_steps.h"
#include "tests/local_cloud/autoscaling_warm_pool.h"
#include "tests/local_cloud/ec2_instances.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::text;

namespace {

bool wants_launch(const Group& group) {
  return !group.is_suspended("Launch") &&
         (group.capacity() < group.target() || pool_size(group) < pool_target(group));
}

std::optional<Time> next_due(const Place& place, const Group& group, Time now) {
  std::optional<Time> due;
  const auto consider = [&](Time time) {
    if (time <= now && (!due || time < *due)) due = time;
  };
  for (const auto& member : group.members) {
    if (member.until) consider(*member.until);
  }
  if (group.failures > 0 && wants_launch(group)) consider(group.retry_at);
  if (const auto time = next_refresh_due(place, group)) consider(*time);
  return due;
}

void settle_members(Place& place, Group& group, Time now) {
  std::erase_if(group.members, [&](const Member& member) {
    return member.lifecycle == Lifecycle::terminating && member.until && *member.until <= now;
  });
  for (auto& member : group.members) {
    if (!member.until || *member.until > now) continue;
    const auto due = *member.until;
    member.until.reset();
    if (member.lifecycle == Lifecycle::entering_standby) {
      member.lifecycle = Lifecycle::standby;
    } else if (!member.is_sick && !rests_first(place, group, member, due)) {
      member.lifecycle = Lifecycle::in_service;
      member.in_service = due;
    }
  }
}

// What is sick shows it when it would get into service.
bool is_well(const ec2::Region& ec2, const Member& member, Time now) {
  if (member.is_sick && !member.until) return false;
  const auto* instance = ec2::find_by_id(ec2.instances, member.instance);
  if (!instance) return false;
  const auto state = instance->state(now);
  if (state != ec2::InstanceState::pending && state != ec2::InstanceState::running) return false;
  return !ec2.settings().reboot_fails_health_check || !instance->is_rebooting(now);
}

void check_health(Place& place, Group& group, Time now) {
  for (auto& member : group.members) {
    if (!member.counts()) continue;
    if (!group.is_suspended("HealthCheck") && !is_well(place.ec2, member, now)) {
      member.healthy = false;
    }
    if (member.healthy || group.is_suspended("ReplaceUnhealthy") ||
        group.is_suspended("Terminate")) {
      continue;
    }
    terminate(place, group, member, now,
              cat(at(now), "an instance was taken out of service in response to an EC2 health ",
                  "check indicating it has been terminated, stopped or impaired."));
  }
}

void scale_out(Place& place, Group& group, Time now) {
  while (may_launch(group, now) && group.capacity() < group.target()) {
    if (!leave_pool(place, group, now) && !launch_one(place, group, false, now)) return;
  }
}

// Smaller goes first: by the group's first policy, then by age.
std::tuple<std::int64_t, std::int64_t, Time> rank(const Group& group, const Member& member) {
  const auto policies = agent::base::list(group.options, "TerminationPolicies");
  const std::string policy =
      policies.empty() ? "Default" : std::string(policies.front().as_string());
  const auto version = agent::base::number(member.launch_template, "Version").value_or(0);
  if (policy == "NewestInstance") return {-member.launched.time_since_epoch().count(), 0, {}};
  if (policy == "OldestInstance") return {member.launched.time_since_epoch().count(), 0, {}};
  const auto in_zone = std::ranges::count_if(group.members, [&](const Member& other) {
    return other.zone == member.zone && other.counts();
  });
  if (policy == "OldestLaunchTemplate") return {version, -in_zone, member.launched};
  return {-in_zone, version, member.launched};
}

Member* choose_victim(Group& group) {
  Member* victim = nullptr;
  for (auto& member : group.members) {
    if (!member.counts() || member.is_protected) continue;
    if (group.capacity() - member.weight < group.target()) continue;
    if (!victim || rank(group, member) < rank(group, *victim)) victim = &member;
  }
  return victim;
}

void scale_in(Place& place, Group& group, Time now) {
  while (group.capacity() > group.target() && !group.is_suspended("Terminate")) {
    auto* victim = choose_victim(group);
    if (!victim) return;
    terminate(place, group, *victim, now,
              cat(at(now), "an instance was taken out of service in response to a difference ",
                  "between desired and actual capacity, shrinking the capacity from ",
                  group.capacity(), " to ", group.target(), '.'));
    group.scaled = now;
  }
}

void empty_out(Place& place, Group& group, Time now) {
  if (auto* refresh = group.active_refresh()) {
    refresh->status = RefreshStatus::cancelled;
    refresh->ended = now;
  }
  for (auto& member : group.members) {
    if (member.lifecycle == Lifecycle::terminating) continue;
    terminate(place, group, member, now,
              cat(at(now), "an instance was taken out of service because the group is deleted."));
  }
}

void look(Place& place, Group& group, Time now) {
  group.looked = now;
  settle_members(place, group, now);
  if (group.deleting) return empty_out(place, group, now);
  check_health(place, group, now);
  bool again = true;
  while (again) {
    again = step(place, group, now);
    scale_out(place, group, now);
    scale_in(place, group, now);
    fill_pool(place, group, now);
  }
}

}  // namespace

void advance(Place& place, Time now) {
  for (auto& group : place.region.groups) {
    while (const auto due = next_due(place, group, now)) look(place, group, *due);
    look(place, group, now);
  }
  std::erase_if(place.region.groups,
                [](const Group& group) { return group.deleting && group.members.empty(); });
}

Activity& terminate(Place& place, Group& group, Member& member, Time now,
                    const std::string& cause) {
  const auto time = place.ec2.settings().instance_stop_time;
  if (auto* instance = ec2::find_by_id(place.ec2.instances, member.instance)) {
    ec2::terminate(place.ec2, *instance, now, "Server.ScheduledStop",
                   "Server.ScheduledStop: Auto Scaling initiated shutdown");
  }
  member.lifecycle = Lifecycle::terminating;
  member.until = now + time;
  Activity activity{
      .description = cat("Terminating EC2 instance", member.in_pool ? " from warm pool: " : ": ",
                         member.instance),
      .cause = cause,
      .details = details_of(place.ec2, member.instance)};
  activity.started = now;
  activity.ends = now + time;
  return record(place, group, std::move(activity));
}

std::string at(Time time) {
  return cat("At ", iso8601(std::chrono::floor<std::chrono::seconds>(time)).substr(0, 19), "Z ");
}

}  // namespace local_cloud::autoscaling
