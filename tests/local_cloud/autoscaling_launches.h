// Launching a group's instances, into service or into its warm pool. Launches that EC2 refuses are
// recorded as failed activities and tried again after a pause that doubles.
#pragma once

#include "tests/local_cloud/autoscaling_world.h"

namespace local_cloud::autoscaling {

// No launch that failed is to be waited for.
bool may_launch(const Group& group, Time now);

// False when EC2 refuses it.
bool launch_one(Place& place, Group& group, bool into_pool, Time now);

}  // namespace local_cloud::autoscaling
