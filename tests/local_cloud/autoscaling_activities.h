// The record of what was done to a group's instances.
#pragma once

#include "tests/local_cloud/autoscaling_world.h"

namespace local_cloud::autoscaling {

Activity& record(Place& place, const Group& group, Activity activity);

json::object show(const Activity& activity, const Region& region, Time now);

// {"Subnet ID":...,"Availability Zone":...} of an instance, as activities tell it.
std::string details_of(const ec2::Region& ec2, const std::string& instance);

}  // namespace local_cloud::autoscaling
