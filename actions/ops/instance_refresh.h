// Instance refreshes: how Auto Scaling replaces a group's instances. Source: Amazon EC2 Auto
// Scaling API Reference (StartInstanceRefresh, DescribeInstanceRefreshes); User Guide, "Undo
// changes with a rollback".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actions/ops/autoscaling.h"

namespace actions::autoscaling {

// What a user may say about how a group is rolled; "" is AWS's default. Spelled as the API spells
// them.
struct RefreshPreferences {
  std::string min_healthy_percentage;  // 0 to 100
  std::string max_healthy_percentage;  // 100 to 200, at most 100 above the former
  std::string instance_warmup;         // seconds
  std::vector<std::string> checkpoint_percentages;
  std::string checkpoint_delay;  // seconds
  std::vector<std::string> alarms;
  std::string bake_time;  // seconds
  bool skip_matching = false;
};

// Rolls the group to the version, with rollback. A refresh to that version that this execution has
// started before is adopted, under way or finished; while another one is under way it is waited
// for. Returns the refresh's id.
//
// A group of one instance is given a second one before the first is replaced, unless the user says
// otherwise. Protected instances and those in standby are left alone (AWS's default is to wait for
// them for an hour and fail).
struct StartInstanceRefresh {
  static constexpr std::string_view name = "StartInstanceRefresh";
  static constexpr std::chrono::hours patience{24};  // until the action's deadline
  std::string group;
  std::string launch_template;  // lt-…
  std::string version;
  std::string image;
  std::string previous_image;  // replaced where an override names it
  RefreshPreferences preferences;

  bool irreversible() const { return true; }
  Task<std::string> perform(Step& step) const;
};

// Those of the group that are under way, being rolled back or cancelled included; none when it is
// gone.
Task<std::vector<json::object>> active_refreshes(Step& step, const std::string& group);

// Percent is Auto Scaling's own.
struct InstanceRefreshSuccessful {
  static constexpr std::string_view name = "InstanceRefreshSuccessful";
  std::string group;
  std::string refresh;

  Task<Look> look(Step& step) const;
};

// What a failed roll-out left behind is taken back: a refresh of ours that is under way is rolled
// back, or, where Auto Scaling cannot do that, cancelled and followed by one to the former version.
struct RollBack {
  std::string group;
  std::string launch_template;
  std::string version;   // that failed
  std::string previous;  // that the group ran

  std::string resource() const;
  Task<> carry_out(agent::run::Run& run) const;
};

}  // namespace actions::autoscaling
