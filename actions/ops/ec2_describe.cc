#include "actions/ops/ec2_describe.h"

#include "actions/ops/pages.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions::ec2 {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using agent::run::ErrorClass;
using agent::run::Tag;

Call ec2_call(std::string operation, json::object params) {
  return {.service = "ec2", .operation = std::move(operation), .params = std::move(params)};
}

json::object tag_specification(std::string_view type, const std::vector<Tag>& tags) {
  json::array list;
  for (const auto& [key, value] : tags) list.push_back({{"Key", key}, {"Value", value}});
  return {{"ResourceType", type}, {"Tag", std::move(list)}};
}

json::object filter_any(std::string_view name, std::span<const std::string> values) {
  return {{"Name", name}, {"Value", json::array(values.begin(), values.end())}};
}

json::array own_tags(const Key& key) {
  json::array filters;
  for (const auto& [name, value] : key.execution.tags()) {
    filters.push_back(filter(cat("tag:", name), value));
  }
  return filters;
}

bool has_own_tags(const Key& key, const json::object& resource) {
  const auto tags = objects(resource, "tagSet");
  return std::ranges::all_of(key.execution.tags(), [&](const Tag& own) {
    return std::ranges::any_of(tags, [&](const json::object* tag) {
      return text(*tag, "key") == own.first && text(*tag, "value") == own.second;
    });
  });
}

std::string tag_of(const json::object& resource, std::string_view key) {
  for (const auto* tag : objects(resource, "tagSet")) {
    if (text(*tag, "key") == key) return text(*tag, "value");
  }
  return {};
}

bool is_lost(const std::string& state) {
  return state == "failed" || state == "error" || state == "invalid" || state == "deregistered" ||
         state == "disabled";
}

std::string required_text(const json::object& object, std::string_view key) {
  auto value = text(object, key);
  if (value.empty()) {
    throw Failure(FailureType::SystemUnavailable, cat("EC2 answered without ", key));
  }
  return value;
}

Task<std::vector<json::object>> describe_images(Step& step, json::object params) {
  auto images =
      co_await all_pages(step, ec2_call("DescribeImages", std::move(params)), "imagesSet");
  for (const auto& image : images) required_text(image, "imageId");
  co_return images;
}

Task<std::optional<json::object>> describe_image(Step& step, const std::string& image) {
  auto reply = co_await step.attempt(ec2_call("DescribeImages", {{"ImageId", {image}}}));
  if (!reply) {
    if (reply.error().kind == ErrorClass::gone) co_return std::nullopt;
    throw agent::aws::failure(reply.error());
  }
  const auto images = objects(reply->body, "imagesSet");
  if (images.empty()) co_return std::nullopt;
  co_return *images.front();
}

std::vector<std::string> snapshots_of(const json::object& image) {
  std::vector<std::string> ids;
  for (const auto* device : objects(image, "blockDeviceMapping")) {
    auto id = text(member(*device, "ebs"), "snapshotId");
    if (!id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

Task<> delete_snapshot(Step& step, const std::string& snapshot) {
  const auto reply = co_await step.attempt(ec2_call("DeleteSnapshot", {{"SnapshotId", snapshot}}));
  if (reply || reply.error().kind == ErrorClass::gone) co_return;
  if (reply.error().code == "InvalidSnapshot.InUse") {
    if (step.waited() >= shown_after) co_return;
    throw Failure(FailureType::SystemUnavailable, cat(snapshot, " is still in use"));
  }
  throw agent::aws::failure(reply.error());
}

Task<> deregister(Step& step, const std::string& image) {
  const auto reply = co_await step.attempt(ec2_call("DeregisterImage", {{"ImageId", image}}));
  if (!reply && reply.error().kind != ErrorClass::gone) throw agent::aws::failure(reply.error());
}

Task<std::vector<json::object>> versions_that_start(Step& step, const std::string& launch_template,
                                                    const std::string& image) {
  auto call = ec2_call("DescribeLaunchTemplateVersions", {{"LaunchTemplateId", launch_template},
                                                          {"Filter", {filter("image-id", image)}},
                                                          {"MaxResults", 200}});
  auto versions =
      co_await all_pages(step, std::move(call), "launchTemplateVersionSet", WhenGone::nothing);
  std::erase_if(versions, [&](const json::object& version) {
    return text(member(version, "launchTemplateData"), "imageId") != image;
  });
  co_return versions;
}

Task<std::optional<json::object>> describe_version(Step& step, const std::string& launch_template,
                                                   const std::string& version, bool resolve_alias) {
  json::object params{{"LaunchTemplateVersion", {version}}};
  params[launch_template.starts_with("lt-") ? "LaunchTemplateId" : "LaunchTemplateName"] =
      launch_template;
  if (resolve_alias) params["ResolveAlias"] = true;
  const auto versions =
      co_await all_pages(step, ec2_call("DescribeLaunchTemplateVersions", std::move(params)),
                         "launchTemplateVersionSet", WhenGone::nothing);
  if (versions.empty()) co_return std::nullopt;
  for (const auto* key : {"launchTemplateId", "versionNumber"}) {
    required_text(versions.front(), key);
  }
  co_return versions.front();
}

json::object filter(std::string_view name, std::string_view value) {
  return {{"Name", name}, {"Value", {value}}};
}

}  // namespace actions::ec2
