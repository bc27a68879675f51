// An instance refresh as plain data: what is to be replaced, how, and how far it has come.
// autoscaling_refresh_steps.h moves it on, autoscaling_refreshes.cc has the operations.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/local_cloud/service.h"

namespace local_cloud::autoscaling {

enum class RefreshStatus {
  pending,
  in_progress,
  baking,
  successful,
  failed,
  cancelling,
  cancelled,
  rollback_in_progress,
  rollback_successful,
  rollback_failed
};
std::string_view name(RefreshStatus status);
// One that has not ended; a group has at most one.
bool is_active(RefreshStatus status);

// What was reached when the rollback began.
struct Rollback {
  std::string reason;
  Time started;
  std::int64_t updated = 0;
  std::int64_t launched = 0;  // by the refresh, and still there
};

struct Refresh {
  std::string id;
  RefreshStatus status = RefreshStatus::pending;
  std::string reason;
  // DesiredConfiguration and Preferences as answers show them, complete; `desired` is a source to
  // launch from, or empty.
  json::object desired;
  json::object preferences;
  Time asked;
  std::optional<Time> started;
  std::optional<Time> ended;
  std::vector<std::string> old;       // instances to be replaced
  std::int64_t in_pool = 0;           // of them: in the warm pool, which comes last
  std::int64_t updated = 0;           // of them: replaced by instances that are warm
  std::int64_t mark = 0;              // grows with every bit of progress
  Time progressed;                    // when it last grew, or a wait that was wanted ended
  std::optional<Time> pause;          // a checkpoint's delay, or the bake time, ends
  std::size_t checkpoints = 0;        // passed
  std::int64_t surge = 0;             // capacity above the desired one that is launched first
  bool waits_for_transitions = true;  // when it is cancelled
  std::optional<Rollback> rollback;

  std::int64_t total() const { return static_cast<std::int64_t>(old.size()); }
};

}  // namespace local_cloud::autoscaling
