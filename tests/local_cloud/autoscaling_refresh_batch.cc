#include "tests/local_cloud/autoscaling_refresh_batch.h"

#include <algorithm>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_scaling.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::number;
using agent::base::text;

namespace {

bool is_in_standby(const Member& member) {
  return member.lifecycle == Lifecycle::standby || member.lifecycle == Lifecycle::entering_standby;
}

bool is_in_service(const Member& member) {
  return !member.in_pool && member.lifecycle == Lifecycle::in_service && member.healthy;
}

bool is_new(const Refresh& refresh, const Member& member) {
  return refresh.started && member.launched >= *refresh.started;
}

bool serves(const Refresh& refresh, const Member& member, Time now) {
  return is_in_service(member) &&
         (!is_new(refresh, member) || now >= member.in_service + warmup(refresh));
}

void see_target(RefreshView& seen, const Refresh& refresh, Member& member) {
  ++seen.left;
  const auto waits = [&](std::string_view preference) {
    return text(refresh.preferences, preference) == "Wait";
  };
  if (is_in_standby(member) && waits("StandbyInstances")) {
    seen.in_standby = &member;
  } else if (member.is_protected && waits("ScaleInProtectedInstances")) {
    seen.is_protected = &member;
  } else {
    seen.replaceable.push_back(&member);
  }
}

// Capacities that the healthy percentages mean.
struct Bounds {
  std::int64_t desired;
  std::int64_t least;
  std::int64_t most;
  // When neither bound leaves room for one instance: launch one first, else end one first.
  bool launches_first;

  bool are_too_narrow(std::int64_t weight) const {
    return desired - weight < least && desired + weight > most;
  }
};

Bounds bounds_of(const Group& group, const Refresh& refresh) {
  const auto least = number(refresh.preferences, "MinHealthyPercentage").value_or(90);
  const auto most = number(refresh.preferences, "MaxHealthyPercentage");
  return {.desired = group.desired,
          .least = (group.desired * least + 99) / 100,
          .most = std::max(group.desired, group.desired * most.value_or(100) / 100),
          .launches_first = least == 100 || most.has_value()};
}

// Weight of the first `count` of those that are still there.
std::int64_t weight_left(const RefreshView& seen, std::int64_t count) {
  std::int64_t sum = 0;
  for (const auto* member : seen.replaceable) {
    if (!member->counts() || count-- <= 0) continue;
    sum += member->weight;
  }
  return sum;
}

std::int64_t room_above(const Bounds& bounds, const RefreshView& seen) {
  const auto room = bounds.most - bounds.desired;
  if (seen.replaceable.empty() || !bounds.launches_first) return room;
  const auto weight = seen.replaceable.back()->weight;
  return bounds.are_too_narrow(weight) ? std::max(room, weight) : room;
}

// Those that do not serve come first; a group's members are in the order of their launch.
void see_targets(RefreshView& seen, Group& group, const Refresh& refresh, Time now) {
  for (const bool serving : {false, true}) {
    for (auto& member : group.members) {
      if (member.in_pool || serves(refresh, member, now) != serving) continue;
      if (is_target(refresh, member)) see_target(seen, refresh, member);
    }
  }
}

// The warm pool has its turn when the group itself is done ("How an instance refresh works").
void see_pool(RefreshView& seen, Group& group, const Refresh& refresh) {
  const bool is_turn = seen.left == 0 && seen.is_whole;
  for (auto& member : group.members) {
    if (!member.in_pool) continue;
    if (is_target(refresh, member)) {
      ++seen.left;
      if (is_turn) seen.replaceable.push_back(&member);
    }
    if (member.lifecycle == Lifecycle::pending) {
      seen.starting = &member;
      seen.is_whole = false;
    } else if (member.lifecycle == Lifecycle::in_service && is_new(refresh, member)) {
      ++seen.fresh;
    }
  }
}

}  // namespace

std::chrono::seconds warmup(const Refresh& refresh) {
  return std::chrono::seconds(number(refresh.preferences, "InstanceWarmup").value_or(0));
}

bool is_ignored(const Refresh& refresh, const Member& member) {
  const auto ignores = [&](std::string_view preference) {
    return text(refresh.preferences, preference) == "Ignore";
  };
  return (is_in_standby(member) && ignores("StandbyInstances")) ||
         (member.is_protected && ignores("ScaleInProtectedInstances"));
}

bool is_target(const Refresh& refresh, const Member& member) {
  if (member.lifecycle == Lifecycle::terminating || is_ignored(refresh, member)) return false;
  if (refresh.status == RefreshStatus::rollback_in_progress) return member.refresh == refresh.id;
  return std::ranges::count(refresh.old, member.instance) > 0;
}

RefreshView view(Group& group, const Refresh& refresh, Time now) {
  RefreshView seen;
  see_targets(seen, group, refresh, now);
  bool all_serve = true;
  for (auto& member : group.members) {
    if (!member.counts()) continue;
    if (serves(refresh, member, now)) {
      seen.serving += member.weight;
      if (is_new(refresh, member)) ++seen.fresh;
      continue;
    }
    all_serve = false;
    (is_in_service(member) ? seen.warming : seen.starting) = &member;
  }
  seen.is_whole = all_serve && group.capacity() >= group.desired;
  see_pool(seen, group, refresh);
  return seen;
}

bool replace_batch(Place& place, Group& group, Refresh& refresh, const RefreshView& seen,
                   std::int64_t allowance, Time now) {
  const auto bounds = bounds_of(group, refresh);
  auto serving = seen.serving;
  bool is_done = false;
  for (auto* member : seen.replaceable) {
    const auto weight = serves(refresh, *member, now) ? member->weight : 0;
    const bool fits = weight == 0 || serving - weight >= bounds.least;
    const bool has_to =
        !is_done && seen.is_whole && !bounds.launches_first && bounds.are_too_narrow(weight);
    if (allowance <= 0 || (!fits && !has_to)) break;
    terminate(place, group, *member, now,
              cat(at(now), "an instance was taken out of service in response to an instance ",
                  "refresh."));
    serving -= weight;
    --allowance;
    is_done = true;
  }
  refresh.surge = std::min(room_above(bounds, seen), weight_left(seen, allowance));
  return is_done;
}

}  // namespace local_cloud::autoscaling
