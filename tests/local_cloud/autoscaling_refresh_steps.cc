#include "tests/local_cloud/autoscaling_refresh_steps.h"

#include <algorithm>
#include <limits>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_refresh_batch.h"
#include "tests/local_cloud/autoscaling_source.h"
#include "tests/local_cloud/ec2_parameters.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::number;

namespace {

constexpr std::size_t longest_reason = 1'023;
constexpr std::int64_t unlimited = 1'000'000;

void end(Refresh& refresh, RefreshStatus status, const std::string& reason, Time now) {
  refresh.status = status;
  refresh.reason = reason.substr(0, longest_reason);
  refresh.ended = now;
  refresh.surge = 0;
  refresh.pause.reset();
}

void fail(Group& group, Refresh& refresh, const std::string& reason, Time now) {
  if (refresh.status == RefreshStatus::rollback_in_progress) {
    end(refresh, RefreshStatus::rollback_failed, reason, now);
  } else if (agent::base::flag(refresh.preferences, "AutoRollback")) {
    begin_rollback(group, refresh, cat("Automatic rollback: ", reason), now);
  } else {
    end(refresh, RefreshStatus::failed, reason, now);
  }
  group.failures = 0;  // what is launched now is something else
}

void succeed(Group& group, Refresh& refresh, Time now) {
  end(refresh, RefreshStatus::successful, "", now);
  if (!refresh.desired.empty()) group.source = refresh.desired;
}

// All that was to be replaced is.
void finish(Group& group, Refresh& refresh, Time now) {
  if (refresh.status == RefreshStatus::rollback_in_progress) {
    return end(refresh, RefreshStatus::rollback_successful, refresh.rollback->reason, now);
  }
  const auto bake = number(refresh.preferences, "BakeTime").value_or(0);
  if (bake == 0) return succeed(group, refresh, now);
  refresh.status = RefreshStatus::baking;
  refresh.reason = cat("Waiting for the bake time of ", bake, " seconds to end.");
  refresh.surge = 0;
  refresh.pause = now + std::chrono::seconds(bake);
}

bool has_configuration(Place& place, const Group& group, const Refresh& refresh,
                       const Member& member) {
  try {
    return is_made_from(place, refresh.desired.empty() ? group.source : refresh.desired, member);
  } catch (const ApiError&) {
    return false;  // what it was to be launched from is gone
  }
}

void start(Place& place, Group& group, Refresh& refresh, Time now) {
  const auto skips = agent::base::flag(refresh.preferences, "SkipMatching");
  for (const auto& member : group.members) {
    if (member.lifecycle == Lifecycle::terminating || is_ignored(refresh, member)) continue;
    if (skips && has_configuration(place, group, refresh, member)) continue;
    refresh.old.push_back(member.instance);
    if (member.in_pool) ++refresh.in_pool;
  }
  refresh.status = RefreshStatus::in_progress;
  refresh.started = refresh.progressed = now;
  group.failures = 0;
}

std::string waiting_for(const Group& group, const RefreshView& seen) {
  for (const auto* process : {"Launch", "Terminate"}) {
    if (group.is_suspended(process)) {
      return cat("Waiting for the suspended process ", process, " to be resumed.");
    }
  }
  const auto example = [](const Member* member, std::string_view what) {
    return cat(" For example: ", member->instance, ' ', what, '.');
  };
  if (seen.warming) {
    return cat("Waiting for instances to warm up before continuing.",
               example(seen.warming, "is warming up"));
  }
  if (group.failures > 0) {
    return "Waiting for remaining instances to be available. Launching EC2 instances failed: see "
           "the scaling activities.";
  }
  if (seen.starting) {
    return cat("Waiting for remaining instances to be available.",
               example(seen.starting,
                       "has insufficient data to evaluate its health with Amazon "
                       "EC2"));
  }
  if (seen.in_standby) {
    return cat("Waiting for instances to leave standby before continuing.",
               example(seen.in_standby, "is in standby"));
  }
  if (seen.is_protected) {
    return cat("Waiting for scale-in protection to be removed before continuing.",
               example(seen.is_protected, "is protected from scale in"));
  }
  return "";
}

void note_progress(Refresh& refresh, const RefreshView& seen, Time now) {
  auto mark = seen.fresh - seen.left;
  if (refresh.rollback) {
    const auto launched = std::max<std::int64_t>(1, refresh.rollback->launched);
    refresh.updated = refresh.rollback->updated * std::min(seen.left, launched) / launched;
  } else {
    const auto gone = refresh.total() - seen.left;
    refresh.updated = seen.is_whole ? gone : std::min(gone, seen.fresh);
    mark = refresh.updated + gone;
  }
  if (mark > refresh.mark || seen.warming) refresh.progressed = now;
  refresh.mark = std::max(mark, refresh.mark);
}

// The share of instances that may be replaced before the refresh pauses, in percent.
std::optional<std::int64_t> next_checkpoint(const Refresh& refresh) {
  const auto& all = agent::base::list(refresh.preferences, "CheckpointPercentages");
  if (all.empty()) return {};
  return all[std::min(refresh.checkpoints, all.size() - 1)].to_number<std::int64_t>();
}

bool is_past_last_checkpoint(const Refresh& refresh) {
  const auto& all = agent::base::list(refresh.preferences, "CheckpointPercentages");
  return !all.empty() && refresh.checkpoints >= all.size();
}

std::int64_t allowance(const Refresh& refresh, const RefreshView& seen) {
  if (refresh.rollback) return unlimited;
  const auto percent = next_checkpoint(refresh);
  if (!percent) return unlimited;
  const auto allowed = (refresh.total() * *percent + 99) / 100;
  return allowed - (refresh.total() - seen.left);
}

// True when the refresh pauses now.
bool reach_checkpoint(Refresh& refresh, const RefreshView& seen, Time now) {
  const auto percent = next_checkpoint(refresh);
  if (refresh.rollback || !percent || !seen.is_whole || is_past_last_checkpoint(refresh)) {
    return false;
  }
  if (refresh.updated * 100 < *percent * refresh.total()) return false;
  ++refresh.checkpoints;
  const auto delay = number(refresh.preferences, "CheckpointDelay").value_or(0);
  refresh.pause = now + std::chrono::seconds(delay);
  refresh.reason = cat("Waiting for the delay of ", delay, " seconds after the checkpoint at ",
                       *percent, " percent.");
  return true;
}

bool move_on(Place& place, Group& group, Refresh& refresh, Time now) {
  if (group.is_suspended("InstanceRefresh")) {
    refresh.progressed = now;
    refresh.reason = "Waiting for the suspended process InstanceRefresh to be resumed.";
    return false;
  }
  if (refresh.pause) {
    if (now < *refresh.pause) return false;
    refresh.pause.reset();
    refresh.progressed = now;
  }
  const auto seen = view(group, refresh, now);
  note_progress(refresh, seen, now);
  if (seen.is_whole && (seen.left == 0 || is_past_last_checkpoint(refresh))) {
    finish(group, refresh, now);
    return true;
  }
  if (reach_checkpoint(refresh, seen, now)) return true;
  refresh.reason = waiting_for(group, seen);
  if (now >= refresh.progressed + place.ec2.settings().refresh_stall_time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now - refresh.progressed);
    fail(group, refresh,
         cat("The instance refresh made no progress for ", seconds.count(), " seconds. ",
             refresh.reason),
         now);
    return true;
  }
  if (group.is_suspended("Launch") || group.is_suspended("Terminate")) return false;
  return replace_batch(place, group, refresh, seen, allowance(refresh, seen), now);
}

// "" when none of the refresh's alarms is in ALARM.
std::string alarm_of(const Place& place, const Refresh& refresh) {
  const auto ringing = agent::base::split(place.ec2.settings().alarms_in_alarm, ',');
  const auto& specification = agent::base::member(refresh.preferences, "AlarmSpecification");
  for (const auto& name : query::list_of(specification, "Alarms")) {
    if (std::ranges::count(ringing, name) > 0) return name;
  }
  return "";
}

bool step_forward(Place& place, Group& group, Refresh& refresh, Time now) {
  if (const auto alarm = alarm_of(place, refresh); !alarm.empty()) {
    fail(group, refresh, cat("The CloudWatch alarm ", alarm, " is in the ALARM state."), now);
    return true;
  }
  if (refresh.status == RefreshStatus::in_progress) return move_on(place, group, refresh, now);
  if (now < *refresh.pause) return false;
  succeed(group, refresh, now);
  return true;
}

bool cancel(const Group& group, Refresh& refresh, Time now) {
  const auto passes = [](const Member& member) {
    return member.lifecycle == Lifecycle::pending || member.lifecycle == Lifecycle::terminating;
  };
  if (refresh.waits_for_transitions && std::ranges::any_of(group.members, passes)) return false;
  end(refresh, RefreshStatus::cancelled, "Cancelled due to user request.", now);
  return true;
}

Time start_time(const Place& place, const Refresh& refresh) {
  return refresh.asked + place.ec2.settings().refresh_start_time;
}

}  // namespace

void begin_rollback(Group& group, Refresh& refresh, const std::string& reason, Time now) {
  const auto is_launched = [&](const Member& member) {
    return member.refresh == refresh.id && member.lifecycle != Lifecycle::terminating;
  };
  refresh.rollback = {.reason = reason.substr(0, longest_reason),
                      .started = now,
                      .updated = refresh.updated,
                      .launched = std::ranges::count_if(group.members, is_launched)};
  refresh.status = RefreshStatus::rollback_in_progress;
  refresh.reason = refresh.rollback->reason;
  refresh.mark = std::numeric_limits<std::int64_t>::min();
  refresh.progressed = now;
  refresh.surge = 0;
  refresh.pause.reset();
}

const json::object& launch_source(const Group& group) {
  const auto* refresh = group.active_refresh();
  const bool is_forward = refresh && (refresh->status == RefreshStatus::in_progress ||
                                      refresh->status == RefreshStatus::baking);
  return is_forward && !refresh->desired.empty() ? refresh->desired : group.source;
}

bool step(Place& place, Group& group, Time now) {
  auto* refresh = group.active_refresh();
  if (!refresh) return false;
  switch (refresh->status) {
    case RefreshStatus::pending:
      if (group.is_suspended("InstanceRefresh") || now < start_time(place, *refresh)) return false;
      start(place, group, *refresh, now);
      return true;
    case RefreshStatus::cancelling:
      return cancel(group, *refresh, now);
    case RefreshStatus::rollback_in_progress:
      return move_on(place, group, *refresh, now);
    default:
      return step_forward(place, group, *refresh, now);
  }
}

std::optional<Time> next_refresh_due(const Place& place, const Group& group) {
  const auto* refresh = group.active_refresh();
  if (!refresh || refresh->status == RefreshStatus::cancelling) return {};
  std::optional<Time> due;
  const auto consider = [&](Time time) {
    if (time > group.looked && (!due || time < *due)) due = time;
  };
  if (refresh->pause) {
    consider(*refresh->pause);
  } else if (group.is_suspended("InstanceRefresh")) {
    return {};
  } else if (refresh->status == RefreshStatus::pending) {
    consider(start_time(place, *refresh));
  } else {
    consider(refresh->progressed + place.ec2.settings().refresh_stall_time);
    for (const auto& member : group.members) {
      if (member.lifecycle != Lifecycle::in_service) continue;
      consider(member.in_service + warmup(*refresh));
    }
  }
  return due;
}

}  // namespace local_cloud::autoscaling
