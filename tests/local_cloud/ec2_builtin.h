// What every account finds in every region: the default VPC with its subnets and security group, a
// key pair, and two public images of Amazon's.
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

inline constexpr std::string_view amazon_account = "137112412989";
inline constexpr std::string_view public_image = "ami-0abcdef1234567890";      // x86_64
inline constexpr std::string_view public_arm_image = "ami-0abcdef1234567891";  // arm64
inline constexpr std::string_view builtin_key = "local";

void furnish(Region& region);

}  // namespace local_cloud::ec2
