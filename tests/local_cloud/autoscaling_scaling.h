// How groups move on by themselves: instances that are launched get into service, those that are
// unhealthy are replaced, and the number of them follows the desired capacity. What fell due since
// the last look happens at its own time, in its own order, however late the look is.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
#pragma once

#include "tests/local_cloud/autoscaling_world.h"

namespace local_cloud::autoscaling {

// All groups of the place, up to `now`.
void advance(Place& place, Time now);

// Ends the member's instance; it leaves the group when that is done. The activity is returned.
Activity& terminate(Place& place, Group& group, Member& member, Time now, const std::string& cause);

// "At 2026-01-02T03:04:05Z an instance was started in response to ..." begins like this.
std::string at(Time time);

}  // namespace local_cloud::autoscaling
