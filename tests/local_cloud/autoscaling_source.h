// What a group launches its instances from: a launch template, a mixed instances policy, or a
// launch configuration.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-templates.html
#pragma once

#include "tests/local_cloud/autoscaling_world.h"
#include "tests/local_cloud/ec2_launch.h"

namespace local_cloud::autoscaling {

// One launch as the group's source has it now: $Latest and $Default are resolved.
struct Recipe {
  ec2::Launch launch;
  json::object launch_template;
  std::string launch_configuration;
  std::optional<std::int64_t> weight;
};
// Throws EC2's errors when the template, its version or the configuration is not there.
Recipe recipe_of(Place& place, const json::object& source);

// The member is what a launch from `source` would give: same template, version, type and image.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh-skip-matching.html
bool is_made_from(Place& place, const json::object& source, const Member& member);

// Why nothing that uses this source can be rolled back to or from: "$Latest" or "$Default" (also of
// a policy's override), an image named by a parameter, or a launch configuration. "" when it can.
std::string irreversible(Place& place, const json::object& source);

// The source that the parameters of Create- or UpdateAutoScalingGroup ask for, `current` where they
// say nothing. Throws ValidationError when it is none, or nothing can be launched from it.
json::object chosen_source(Place& place, const json::object& params, const json::object& current,
                           Time now);

// A launch configuration as a launch template's data.
json::object launch_data_of(const json::object& launch_configuration);

}  // namespace local_cloud::autoscaling
