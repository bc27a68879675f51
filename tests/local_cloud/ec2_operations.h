// EC2's operations: what each takes and who carries it out, by family. ec2.cc puts them together.
#pragma once

#include <span>
#include <string_view>

#include "tests/local_cloud/ec2_parameters.h"
#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

struct Operation {
  std::string_view name;
  std::span<const query::Field> fields;  // DryRun is known everywhere
  json::object (*carry_out)(Region& region, const Call& call);
};

std::span<const Operation> image_operations();
std::span<const Operation> image_creation_operations();
std::span<const Operation> image_copy_operations();
std::span<const Operation> image_attribute_operations();
std::span<const Operation> instance_operations();
std::span<const Operation> launch_operations();
std::span<const Operation> storage_operations();
std::span<const Operation> launch_template_operations();
std::span<const Operation> launch_template_version_operations();
std::span<const Operation> network_operations();
std::span<const Operation> tag_operations();

// Parameters that many of them share.
namespace fields {

using namespace query;

inline constexpr Field filter[] = {string("Name"), strings("Value")};
inline constexpr Field tag[] = {string("Key"), string("Value")};
inline constexpr Field tag_specification[] = {string("ResourceType"),
                                              structures("Tag", tag, "tagSet")};
inline constexpr auto filters = structures("Filter", filter);
inline constexpr auto tag_specifications = structures("TagSpecification", tag_specification);
inline constexpr auto dry_run = boolean("DryRun");
inline constexpr auto most = whole("MaxResults");
inline constexpr auto next = string("NextToken");

}  // namespace fields

}  // namespace local_cloud::ec2
