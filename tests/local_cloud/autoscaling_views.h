// How answers show a group's instances.
#pragma once

#include "tests/local_cloud/autoscaling_world.h"

namespace local_cloud::autoscaling {

json::object show(const Group& group, const Member& member);

}  // namespace local_cloud::autoscaling
