// Warm pools: instances that are launched ahead and rest, until the group scales out.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html
#pragma once

#include "tests/local_cloud/autoscaling_world.h"

namespace local_cloud::autoscaling {

// Instances in the pool, and how many there are to be: what is missing to the prepared capacity,
// but not fewer than MinSize.
std::int64_t pool_size(const Group& group);
std::int64_t pool_target(const Group& group);

// "Warmed:Stopped" and the like for one in the pool.
std::string lifecycle_of(const Group& group, const Member& member);

// One that was launched into the pool is stopped before it is ready there, where it is to be so;
// true when that begins now.
bool rests_first(Place& place, const Group& group, Member& member, Time now);

// Brings one that is ready from the pool into the group; false when there is none.
bool leave_pool(Place& place, Group& group, Time now);

// Launches into the pool, or ends what is too much in it.
void fill_pool(Place& place, Group& group, Time now);

}  // namespace local_cloud::autoscaling
