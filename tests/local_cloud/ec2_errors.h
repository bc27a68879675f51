// EC2's errors about ids: one place for codes and wordings.
// https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

ApiError invalid_value(const std::string& message);  // InvalidParameterValue

// "ami-" and 8 or 17 hex digits.
bool is_id(std::string_view id, std::string_view prefix);

// The kind of a resource, by the start of its id: what its errors and tags call it.
struct ResourceKind {
  std::string_view prefix;  // "ami"
  std::string_view type;    // "image"
  std::string_view error;   // "InvalidAMIID": + .NotFound, .Malformed
  std::string_view noun;    // "image id": as messages call it
};
const ResourceKind* kind_of(std::string_view id);

ApiError malformed(std::string_view prefix, std::string_view id);
ApiError not_found(std::string_view prefix, std::span<const std::string> ids);
ApiError not_found(std::string_view prefix, const std::string& id);

// Throws `malformed` if it is no id of that kind.
void expect_id(std::string_view prefix, std::string_view id);

// The resource with that id, for an operation on it. Throws when it is malformed, unknown or not
// visible yet.
Image& image_of(Region& region, const std::string& id, Time now);
Instance& instance_of(Region& region, const std::string& id, Time now);
Snapshot& snapshot_of(Region& region, const std::string& id, Time now);

// Those of `ids` that `is_known` does not know make it throw.
template <class Function>
void expect_known(std::string_view prefix, std::span<const std::string> ids, Function is_known) {
  std::vector<std::string> unknown;
  for (const auto& id : ids) {
    expect_id(prefix, id);
    if (!is_known(id)) unknown.push_back(id);
  }
  if (!unknown.empty()) throw not_found(prefix, unknown);
}

}  // namespace local_cloud::ec2
