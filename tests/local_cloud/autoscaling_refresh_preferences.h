// What StartInstanceRefresh takes beside the group's name.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
#pragma once

#include <span>

#include "tests/local_cloud/autoscaling_world.h"
#include "tests/local_cloud/ec2_parameters.h"

namespace local_cloud::autoscaling {

std::span<const query::Field> preference_fields();

// The preferences given with the group's and the service's defaults. Throws ValidationError when
// one is out of its range or does not go with another.
json::object complete_preferences(const Group& group, const json::object& given);

}  // namespace local_cloud::autoscaling
