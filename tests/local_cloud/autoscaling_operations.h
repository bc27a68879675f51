// Auto Scaling's operations by family; autoscaling.cc puts them together.
#pragma once

#include <span>
#include <string_view>

#include "tests/local_cloud/autoscaling_world.h"
#include "tests/local_cloud/ec2_parameters.h"

namespace local_cloud::autoscaling {

struct Operation {
  std::string_view name;
  std::span<const query::Field> fields;
  json::object (*carry_out)(Place& place, const Call& call);
};

std::span<const Operation> group_operations();
std::span<const Operation> view_operations();
std::span<const Operation> member_operations();
std::span<const Operation> process_operations();
std::span<const Operation> activity_operations();
std::span<const Operation> launch_configuration_operations();
std::span<const Operation> tag_operations();
std::span<const Operation> refresh_operations();
std::span<const Operation> warm_pool_operations();

namespace fields {

using namespace query;

inline constexpr Field filter[] = {string("Name"), strings("Values")};
inline constexpr auto filters = structures("Filters", filter);
inline constexpr Field tag[] = {string("ResourceId"), string("ResourceType"),
                                required(string("Key")), string("Value"),
                                boolean("PropagateAtLaunch")};
inline constexpr auto group_name = string("AutoScalingGroupName");
inline constexpr auto most = whole("MaxRecords");
inline constexpr auto next = string("NextToken");

}  // namespace fields

}  // namespace local_cloud::autoscaling
