// Where instances are put: regions, zones, the default VPC's subnets and security groups, key
// pairs.
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

bool is_region(std::string_view name);

// Throws InvalidSubnetID.NotFound and .Malformed.
const Subnet& subnet_of(const Region& region, const std::string& id);
// The default VPC's subnet of a zone; the first one for "". Throws on zones that there are not.
const Subnet& subnet_in(const Region& region, const std::string& zone);

// By id or name. Throws InvalidGroup.NotFound.
const SecurityGroup& group_of(const Region& region, const std::string& id);
// Throws InvalidKeyPair.NotFound.
void expect_key(const Region& region, const std::string& name);

}  // namespace local_cloud::ec2
