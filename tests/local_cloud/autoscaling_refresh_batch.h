// One look at what a refresh, or its rollback, has yet to replace, and the next batch of it.
#pragma once

#include "tests/local_cloud/autoscaling_world.h"

namespace local_cloud::autoscaling {

struct RefreshView {
  std::vector<Member*> replaceable;    // in the order in which they go
  const Member* in_standby = nullptr;  // one that has to be waited for
  const Member* is_protected = nullptr;
  const Member* starting = nullptr;  // one that is not healthy in service yet
  const Member* warming = nullptr;
  std::int64_t left = 0;     // instances yet to be replaced, with those waited for
  std::int64_t serving = 0;  // capacity in service, healthy and warm
  std::int64_t fresh = 0;    // instances of the refresh that are warm
  // The desired capacity is there and all of it serves; what is in the warm pool is ready.
  bool is_whole = false;
};

// To be replaced by the refresh, or by its rollback.
bool is_target(const Refresh& refresh, const Member& member);

RefreshView view(Group& group, const Refresh& refresh, Time now);

// To be left as it is, by the preferences for standby and protected instances.
bool is_ignored(const Refresh& refresh, const Member& member);

std::chrono::seconds warmup(const Refresh& refresh);

// Ends at most `allowance` instances, as the healthy percentages permit, and makes room for as many
// to be launched first. True when one was ended.
bool replace_batch(Place& place, Group& group, Refresh& refresh, const RefreshView& seen,
                   std::int64_t allowance, Time now);

}  // namespace local_cloud::autoscaling
