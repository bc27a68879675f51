// Tags of groups, which instances may get at their launch.
#pragma once

#include "tests/local_cloud/autoscaling_world.h"

namespace local_cloud::autoscaling {

// "Tags.member.N" of a request about the group. Throws ValidationError.
std::map<std::string, GroupTag> tags_given(const json::object& params, const std::string& group);

json::array show_tags(const Group& group);

}  // namespace local_cloud::autoscaling
