#include "actions/ops/ec2.h"

#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions::ec2 {
namespace {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::number;
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

// Matches what this execution made.
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

// States of an image that never becomes available: EC2 API Reference, Image, imageState.
bool is_lost(const std::string& state) {
  return state == "failed" || state == "error" || state == "invalid" || state == "deregistered" ||
         state == "disabled";
}

// EC2 is eventually consistent: what it does not show so long after it was made is gone. (EC2 API
// Reference, "Eventual consistency": wait times up to about five minutes.)
constexpr std::chrono::minutes shown_after{5};

// What an answer must have. One without it is no answer: what it was about is looked for again.
std::string required_text(const json::object& object, std::string_view key) {
  auto value = text(object, key);
  if (value.empty()) {
    throw Failure(FailureType::SystemUnavailable, cat("EC2 answered without ", key));
  }
  return value;
}

Task<std::vector<json::object>> describe_images(Step& step, json::object params) {
  const auto reply = co_await step.call(ec2_call("DescribeImages", std::move(params)));
  std::vector<json::object> images;
  for (const auto* image : objects(reply.body, "imagesSet")) {
    required_text(*image, "imageId");
    images.push_back(*image);
  }
  co_return images;
}

Task<std::vector<json::object>> own_images(Step& step) {
  json::object params{{"Owner", {"self"}}, {"Filter", own_tags(step.key())}};
  return describe_images(step, std::move(params));
}

// Nothing when EC2 does not know it (any more, or not yet).
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

// Done when it is gone already, or when something else uses it and goes on to. Right after its
// image was deregistered EC2 may still call it in use.
Task<> delete_snapshot(Step& step, const std::string& snapshot) {
  const auto reply = co_await step.attempt(ec2_call("DeleteSnapshot", {{"SnapshotId", snapshot}}));
  if (reply || reply.error().kind == ErrorClass::gone) co_return;
  if (reply.error().code == "InvalidSnapshot.InUse") {
    if (step.waited() >= shown_after) co_return;
    throw Failure(FailureType::SystemUnavailable, cat(snapshot, " is still in use"));
  }
  throw agent::aws::failure(reply.error());
}

Task<> delete_own_snapshots(Step& step) {
  json::object params{{"Owner", {"self"}}, {"Filter", own_tags(step.key())}};
  const auto reply = co_await step.call(ec2_call("DescribeSnapshots", std::move(params)));
  for (const auto* snapshot : objects(reply.body, "snapshotSet")) {
    const auto id = required_text(*snapshot, "snapshotId");
    co_await delete_snapshot(step, id);
  }
}

Task<> deregister(Step& step, const std::string& image) {
  const auto reply = co_await step.attempt(ec2_call("DeregisterImage", {{"ImageId", image}}));
  if (!reply && reply.error().kind != ErrorClass::gone) throw agent::aws::failure(reply.error());
}

// Those of all the template's versions that start the image. A page may be empty and have a next
// one.
Task<std::vector<json::object>> versions_that_start(Step& step, const std::string& launch_template,
                                                    const std::string& image) {
  std::vector<json::object> versions;
  json::object params{{"LaunchTemplateId", launch_template},
                      {"Filter", {filter("image-id", image)}},
                      {"MaxResults", 200}};
  for (std::string next = "first"; !next.empty();) {
    const auto reply = co_await step.attempt(ec2_call("DescribeLaunchTemplateVersions", params));
    if (!reply && reply.error().kind == ErrorClass::gone) co_return versions;
    if (!reply) throw agent::aws::failure(reply.error());
    for (const auto* version : objects(reply->body, "launchTemplateVersionSet")) {
      const auto& data = member(*version, "launchTemplateData");
      if (text(data, "imageId") == image) versions.push_back(*version);
    }
    const auto previous = std::exchange(next, text(reply->body, "nextToken"));
    if (next == previous) break;  // a service that goes round in circles
    params["NextToken"] = next;
  }
  co_return versions;
}

Task<> refuse_what_is_in_use(Step& step, const std::string& image,
                             const std::string& launch_template) {
  const auto versions = co_await versions_that_start(step, launch_template, image);
  if (versions.empty()) co_return;
  throw Failure(FailureType::JobFailed, cat("version ", text(versions.front(), "versionNumber"),
                                            " of launch template ", launch_template, " starts it"));
}

Task<> refuse_a_taken_name(Step& step, const std::string& image_name) {
  json::object params{{"Owner", {"self"}}, {"Filter", {filter("name", image_name)}}};
  const auto images = co_await describe_images(step, std::move(params));
  for (const auto& image : images) {
    if (has_own_tags(step.key(), image)) continue;
    throw Failure(FailureType::ConfigurationError,
                  cat("The setting ImageName makes the name \"", image_name, "\", which the image ",
                      text(image, "imageId"),
                      " has already. Put {execution} into the name, or deregister that image."));
  }
}

// Of all snapshots together, by size.
std::optional<int> snapshot_percent(const Reply& reply) {
  double done = 0;
  double all = 0;
  for (const auto* snapshot : objects(reply.body, "snapshotSet")) {
    const auto size = static_cast<double>(number(*snapshot, "volumeSize").value_or(1));
    auto progress = text(*snapshot, "progress");  // "37%", or nothing yet
    if (progress.ends_with('%')) progress.pop_back();
    const json::object parsed{{"percent", progress}};
    done += size * static_cast<double>(number(parsed, "percent").value_or(0));
    all += size;
  }
  if (all <= 0) return std::nullopt;
  return static_cast<int>(std::clamp(done / all, 0.0, 100.0));
}

Task<std::optional<int>> progress_of(Step& step, const json::object& image) {
  const auto ids = snapshots_of(image);
  if (ids.empty()) co_return std::nullopt;
  json::array list(ids.begin(), ids.end());
  const auto reply =
      co_await step.attempt(ec2_call("DescribeSnapshots", {{"SnapshotId", std::move(list)}}));
  if (!reply) co_return std::nullopt;  // progress is a kindness, not a reason to fail
  co_return snapshot_percent(*reply);
}

std::string description_prefix(const Key& key) {
  return cat("codepipeline-agent ", key.execution.short_identity(), " from ");
}

}  // namespace

json::object filter(std::string_view name, std::string_view value) {
  return {{"Name", name}, {"Value", {value}}};
}

Task<std::optional<Image>> CreateImage::look(Step& step) const {
  const auto images = co_await own_images(step);
  for (const auto& image : images) {
    const auto id = text(image, "imageId");
    if (!is_lost(text(image, "imageState"))) co_return Image{id, text(image, "name")};
    if (!has_own_tags(step.key(), image)) continue;
    co_await deregister(step, id);
    for (const auto& snapshot : snapshots_of(image)) co_await delete_snapshot(step, snapshot);
  }
  co_await refuse_a_taken_name(step, image_name);
  co_return std::nullopt;
}

Call CreateImage::call(const Key& key) const {
  auto tags = key.tags();
  tags.emplace_back(agent::run::tag_group, group);
  return ec2_call(
      "CreateImage",
      {{"InstanceId", instance},
       {"Name", image_name},
       // The group's name may have characters that a description may not; it is among the tags.
       {"Description", cat("By codepipeline-agent, pipeline ", key.execution.pipeline)},
       {"NoReboot", !reboot},
       {"TagSpecification",
        {tag_specification("image", tags), tag_specification("snapshot", tags)}}});
}

Image CreateImage::result(const Reply& reply) const {
  return {required_text(reply.body, "imageId"), image_name};
}

Task<> DeregisterImage::perform(Step& step) const {
  const auto found = co_await describe_image(step, image);
  if (!found && !step.seen() && step.waited() < shown_after) {
    throw Failure(FailureType::SystemUnavailable, cat("EC2 does not show ", image, " yet"));
  }
  if (found) step.note_seen();
  if (found && !has_own_tags(step.key(), *found)) {
    throw Failure(FailureType::JobFailed,
                  cat(image, " does not carry the tags of this execution and is left alone"));
  }
  if (found) co_await refuse_what_is_in_use(step, image, launch_template);
  if (found) co_await deregister(step, image);
  co_await delete_own_snapshots(step);
}

Task<Look> ImageAvailable::look(Step& step) const {
  const auto found = co_await describe_image(step, image);
  if (!found && step.waited() >= shown_after) {
    throw Failure(FailureType::JobFailed,
                  cat("The image ", image, " has disappeared; somebody may have deregistered it"));
  }
  if (!found) co_return Look{.summary = cat(image, " is being created")};
  const auto state = text(*found, "imageState");
  if (state == "available") co_return Look{.ready = true};
  if (is_lost(state)) {
    const auto& reason = member(*found, "stateReason");
    throw Failure(FailureType::JobFailed,
                  cat("The image ", image, " is ", state, ": ", text(reason, "message"), " (",
                      text(reason, "code"), ")"));
  }
  const auto percent = co_await progress_of(step, *found);
  co_return Look{.summary = percent ? cat(image, " is ", state, ", ", *percent, " %")
                                    : cat(image, " is ", state),
                 .percent = percent};
}

std::string version_description(const Key& key, std::string_view from) {
  return agent::base::cut(cat(description_prefix(key), from, ", pipeline ", key.execution.pipeline),
                          255);
}

std::optional<std::string> made_from(const Key& key, std::string_view description) {
  const auto prefix = description_prefix(key);
  if (!description.starts_with(prefix)) return std::nullopt;
  const auto rest = description.substr(prefix.size());
  const auto from = rest.substr(0, rest.find(','));
  const auto is_number =
      !from.empty() && from.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) return std::nullopt;
  return std::string(from);
}

// Of all versions: one that was made before `from` may be ours too, when this try has chosen
// another one to start from than the try before, after versions of other executions.
Task<std::optional<std::string>> CreateLaunchTemplateVersion::look(Step& step) const {
  const auto versions = co_await versions_that_start(step, launch_template, image);
  for (const auto& version : versions) {
    if (!made_from(step.key(), text(version, "versionDescription"))) continue;
    co_return required_text(version, "versionNumber");
  }
  co_return std::nullopt;
}

Call CreateLaunchTemplateVersion::call(const Key& key) const {
  json::object params{{"LaunchTemplateId", launch_template},
                      {"SourceVersion", from},
                      {"VersionDescription", version_description(key, from)},
                      {"LaunchTemplateData", {{"ImageId", image}}}};
  params["ClientToken"] = key.token(params);
  return ec2_call("CreateLaunchTemplateVersion", std::move(params));
}

std::string CreateLaunchTemplateVersion::result(const Reply& reply) const {
  return required_text(member(reply.body, "launchTemplateVersion"), "versionNumber");
}

Call SetDefaultVersion::call(const Key&) const {
  return ec2_call("ModifyLaunchTemplate",
                  {{"LaunchTemplateId", launch_template}, {"SetDefaultVersion", version}});
}

}  // namespace actions::ec2
