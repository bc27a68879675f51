// Tags of EC2's resources, whatever their kind.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
#pragma once

#include <span>

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

// Adds "tagSet" to what is shown of the resource, if it has any.
void show_tags(const Region& region, std::string_view id, json::object& shown);

// The tags that the call's TagSpecification.N gives to one type of resource ("image"). Throws when
// a key or value breaks a rule, or a type is not among `allowed`.
Tags tags_for(const Call& call, std::string_view type, std::span<const std::string_view> allowed);

// The same from a list of {"key", "value"}, as launch templates show them.
Tags tags_of(const json::object& shown);

// Throws TagLimitExceeded and InvalidParameterValue.
void check_tags(const Tags& tags);

// Over those that it has.
void tag(Region& region, const std::string& id, const Tags& tags);

}  // namespace local_cloud::ec2
