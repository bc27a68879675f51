#include "tests/local_cloud/ec2_errors.h"

#include "agent/base/text.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

constexpr ResourceKind kinds[] = {
    {"ami", "image", "InvalidAMIID", "image id"},
    {"i", "instance", "InvalidInstanceID", "instance ID"},
    {"snap", "snapshot", "InvalidSnapshot", "snapshot"},
    {"vol", "volume", "InvalidVolume", "volume"},
    {"lt", "launch-template", "InvalidLaunchTemplateId", "launch template ID"},
    {"vpc", "vpc", "InvalidVpcID", "vpc ID"},
    {"subnet", "subnet", "InvalidSubnetID", "subnet ID"},
    {"sg", "security-group", "InvalidGroup", "security group"},
    {"key", "key-pair", "InvalidKeyPair", "key pair"},
};

const ResourceKind& kind(std::string_view prefix) {
  return *std::ranges::find(kinds, prefix, &ResourceKind::prefix);
}

std::string_view malformed_suffix(std::string_view prefix) {
  if (prefix == "snap" || prefix == "vol") return "ID.Malformed";
  return prefix == "sg" || prefix == "key" ? "Id.Malformed" : ".Malformed";
}

}  // namespace

ApiError invalid_value(const std::string& message) {
  return {400, "InvalidParameterValue", message};
}

bool is_id(std::string_view id, std::string_view prefix) {
  if (!id.starts_with(prefix) || id.size() <= prefix.size() || id[prefix.size()] != '-') {
    return false;
  }
  const auto digits = id.substr(prefix.size() + 1);
  return (digits.size() == 8 || digits.size() == 17) &&
         digits.find_first_not_of("0123456789abcdef") == digits.npos;
}

const ResourceKind* kind_of(std::string_view id) {
  const auto known = std::ranges::find(kinds, id.substr(0, id.find('-')), &ResourceKind::prefix);
  return known == std::end(kinds) || !is_id(id, known->prefix) ? nullptr : &*known;
}

ApiError malformed(std::string_view prefix, std::string_view id) {
  const auto code = cat(kind(prefix).error, malformed_suffix(prefix));
  return {400, code, cat("Invalid id: \"", id, "\" (expecting \"", prefix, "-...\")")};
}

ApiError not_found(std::string_view prefix, std::span<const std::string> ids) {
  const auto& resource = kind(prefix);
  const auto code = cat(resource.error, ".NotFound");
  const auto all = agent::base::join(ids, ", ");
  if (prefix == "ami") return {400, code, cat("The image id '[", all, "]' does not exist")};
  if (prefix == "lt") {
    return {400, code,
            cat("The specified launch template, with template ID ", all, ", does not exist.")};
  }
  if (ids.size() == 1)
    return {400, code, cat("The ", resource.noun, " '", all, "' does not exist")};
  return {400, code, cat("The ", resource.noun, "s '", all, "' do not exist")};
}

ApiError not_found(std::string_view prefix, const std::string& id) {
  return not_found(prefix, std::span(&id, 1));
}

void expect_id(std::string_view prefix, std::string_view id) {
  if (!is_id(id, prefix)) throw malformed(prefix, id);
}

Image& image_of(Region& region, const std::string& id, Time now) {
  expect_id("ami", id);
  auto* image = find_by_id(region.images, id);
  if (!image || now < image->visible) throw not_found("ami", id);
  return *image;
}

Instance& instance_of(Region& region, const std::string& id, Time now) {
  expect_id("i", id);
  auto* instance = find_by_id(region.instances, id);
  if (!instance || now < instance->visible) throw not_found("i", id);
  return *instance;
}

Snapshot& snapshot_of(Region& region, const std::string& id, Time now) {
  expect_id("snap", id);
  auto* snapshot = find_by_id(region.snapshots, id);
  if (!snapshot || now < snapshot->visible) throw not_found("snap", id);
  return *snapshot;
}

}  // namespace local_cloud::ec2
