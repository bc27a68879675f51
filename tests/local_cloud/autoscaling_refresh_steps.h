// How an instance refresh moves on: it replaces a batch of instances within the healthy
// percentages, waits until the new ones are warm, pauses at checkpoints, bakes, and becomes
// successful; or it fails, and rolls back where that is wanted.
//
// Sources: the user guide's "How an instance refresh works", "Add checkpoints" and "Undo changes
// with a rollback"; API_RefreshPreferences for the percentages. The reference does not tell which
// instances go first (here: those that do not serve, then the oldest) nor how a percentage that is
// no whole instance is rounded (here: the least up, the most down).
#pragma once

#include "tests/local_cloud/autoscaling_world.h"

namespace local_cloud::autoscaling {

// Does what is due at `now`; true when something was done, so that more may be due at once. New
// instances are not launched here, but by the group, which has room for them then.
bool step(Place& place, Group& group, Time now);

// When to look next, as far as the group's members do not tell; at or before `now` only.
std::optional<Time> next_refresh_due(const Place& place, const Group& group);

// What the group launches from now: its own source, or that of the refresh under way.
const json::object& launch_source(const Group& group);

void begin_rollback(Group& group, Refresh& refresh, const std::string& reason, Time now);

}  // namespace local_cloud::autoscaling
