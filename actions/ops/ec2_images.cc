// Images: made, copied, waited for, removed.
#include "actions/ops/ec2.h"

#include "actions/ops/ec2_describe.h"
#include "actions/ops/pages.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/base/time_text.h"

namespace actions::ec2 {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::number;
using agent::base::objects;
using agent::base::text;

namespace {

// Between our clock and EC2's: it refuses signatures that are further away.
constexpr std::chrono::minutes clock_difference{5};

Task<std::vector<json::object>> own_images(Step& step) {
  json::object params{{"Owner", {"self"}}, {"Filter", own_tags(step.key())}};
  return describe_images(step, std::move(params));
}

Task<> delete_own_snapshots(Step& step) {
  json::object params{{"Owner", {"self"}}, {"Filter", own_tags(step.key())}};
  const auto snapshots =
      co_await all_pages(step, ec2_call("DescribeSnapshots", std::move(params)), "snapshotSet");
  for (const auto& snapshot : snapshots) {
    const auto id = required_text(snapshot, "snapshotId");
    co_await delete_snapshot(step, id);
  }
}

Task<> refuse_what_is_in_use(Step& step, const std::string& image,
                             const std::string& launch_template) {
  if (launch_template.empty()) co_return;
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

// In EC2's words; what is wrong with a key is said of the snapshots only.
Task<std::string> why_lost(Step& step, const json::object& image) {
  const auto& reason = member(image, "stateReason");
  auto why = cat(text(reason, "message"), " (", text(reason, "code"), ")");
  const auto ids = snapshots_of(image);
  if (ids.empty()) co_return why;
  json::array list(ids.begin(), ids.end());
  const auto reply =
      co_await step.attempt(ec2_call("DescribeSnapshots", {{"SnapshotId", std::move(list)}}));
  if (!reply) co_return why;  // a kindness, not a reason to fail otherwise
  for (const auto* snapshot : objects(reply->body, "snapshotSet")) {
    const auto message = text(*snapshot, "statusMessage");
    if (!message.empty()) why += cat("; ", text(*snapshot, "snapshotId"), ": ", message);
  }
  co_return why;
}

// What an earlier try of this execution made here and is good or pending; or, with `since`, has
// failed and was made after that. What has failed otherwise is removed.
Task<std::optional<Image>> adopted(Step& step, const std::string& image_name,
                                   const std::string& since = {}) {
  const auto images = co_await own_images(step);
  for (const auto& image : images) {
    const auto failed = is_lost(text(image, "imageState"));
    if (failed && (since.empty() || text(image, "creationDate") < since)) continue;
    co_return Image{text(image, "imageId"), text(image, "name")};
  }
  for (const auto& image : images) {
    if (!has_own_tags(step.key(), image)) continue;
    co_await deregister(step, text(image, "imageId"));
    for (const auto& snapshot : snapshots_of(image)) co_await delete_snapshot(step, snapshot);
  }
  co_await refuse_a_taken_name(step, image_name);
  co_return std::nullopt;
}

json::array image_tags(const Key& key, const std::string& group) {
  auto tags = key.tags();
  tags.emplace_back(agent::run::tag_group, group);
  return {tag_specification("image", tags), tag_specification("snapshot", tags)};
}

// The group's name may have characters that a description may not; it is among the tags.
std::string image_description(const Key& key) {
  return cat("By codepipeline-agent, pipeline ", key.execution.pipeline);
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

// One that must be there: made by this execution and shown before.
Task<json::object> described(Step& step, const std::string& image) {
  auto found = co_await describe_image(step, image);
  if (!found) {
    throw Failure(FailureType::SystemUnavailable, cat("EC2 does not show ", image, " now"));
  }
  co_return std::move(*found);
}

// "/dev/xvda 8 GiB, encrypted", for each device with a volume.
std::vector<std::string> volumes(const json::object& image, bool encrypted) {
  std::vector<std::string> result;
  for (const auto* device : objects(image, "blockDeviceMapping")) {
    const auto& ebs = member(*device, "ebs");
    if (ebs.empty()) continue;
    const auto is_encrypted = encrypted || agent::base::flag(ebs, "encrypted");
    result.push_back(cat(text(*device, "deviceName"), ' ', text(ebs, "volumeSize"), " GiB",
                         is_encrypted ? ", encrypted" : ""));
  }
  std::ranges::sort(result);
  return result;
}

bool has_plain_volume(const json::object& image) {
  return std::ranges::any_of(objects(image, "blockDeviceMapping"), [](const auto* device) {
    const auto& ebs = member(*device, "ebs");
    return !ebs.empty() && !agent::base::flag(ebs, "encrypted");
  });
}

// Sentences. A copy may be encrypted where its source is not, never the other way round.
std::vector<std::string> differences_of(const json::object& original, const json::object& copy,
                                        const std::string& region) {
  std::vector<std::string> result;
  const auto expect = [&](std::string_view what, const std::string& is, const std::string& wanted) {
    if (is != wanted) result.push_back(cat(what, " is \"", is, "\", not \"", wanted, '"'));
  };
  for (const auto* trait :
       {"architecture", "rootDeviceName", "rootDeviceType", "platform", "virtualizationType",
        "enaSupport", "sriovNetSupport", "bootMode", "tpmSupport", "imdsSupport"}) {
    expect(trait, text(copy, trait), text(original, trait));
  }
  // EC2 shows where a copy comes from since 2025, and not of all.
  if (!text(copy, "sourceImageId").empty()) {
    expect("sourceImageId", text(copy, "sourceImageId"), text(original, "imageId"));
    expect("sourceImageRegion", text(copy, "sourceImageRegion"), region);
  }
  const auto encrypted = !has_plain_volume(copy);
  expect("the list of volumes", agent::base::join(volumes(copy, encrypted), ", "),
         agent::base::join(volumes(original, encrypted), ", "));
  return result;
}

// Only a key's ARN can be told from another's: ids and aliases are names for it.
Task<> expect_key(Step& step, const json::object& copy, const std::string& kms_key) {
  if (!kms_key.contains(":key/")) co_return;
  const auto ids = snapshots_of(copy);
  if (ids.empty()) co_return;
  json::array list(ids.begin(), ids.end());
  const auto snapshots = co_await all_pages(
      step, ec2_call("DescribeSnapshots", {{"SnapshotId", std::move(list)}}), "snapshotSet");
  for (const auto& snapshot : snapshots) {
    if (text(snapshot, "kmsKeyId") == kms_key) continue;
    throw Failure(FailureType::JobFailed,
                  cat("The snapshot ", text(snapshot, "snapshotId"), " of the copy ",
                      text(copy, "imageId"), " is encrypted with \"", text(snapshot, "kmsKeyId"),
                      "\", not with the key asked for, ", kms_key));
  }
}

}  // namespace

Task<std::optional<Image>> CreateImage::look(Step& step) const {
  return adopted(step, image_name);
}

Call CreateImage::call(const Key& key) const {
  return ec2_call("CreateImage", {{"InstanceId", instance},
                                  {"Name", image_name},
                                  {"Description", image_description(key)},
                                  {"NoReboot", !reboot},
                                  {"TagSpecification", image_tags(key, group)}});
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
    const auto why = co_await why_lost(step, *found);
    throw Failure(FailureType::JobFailed,
                  cat("The image ", image, " in ", step.key().region, " is ", state, ": ", why));
  }
  const auto percent = co_await progress_of(step, *found);
  co_return Look{.summary = percent ? cat(image, " is ", state, ", ", *percent, " %")
                                    : cat(image, " is ", state),
                 .percent = percent};
}

Task<std::string> FindImage::perform(Step& step) const {
  const auto images = co_await own_images(step);
  for (const auto& image : images) {
    if (!is_lost(text(image, "imageState"))) co_return text(image, "imageId");
  }
  co_return std::string();
}

// A copy that has failed in this attempt is not made again: for its token EC2 would only answer
// with the same one. Whoever waits for it learns why.
Task<std::optional<std::string>> CopyImage::look(Step& step) const {
  const auto since = agent::base::rfc3339(step.key().started - clock_difference);
  auto found = co_await adopted(step, image_name, since);
  if (!found) co_return std::nullopt;
  co_return std::move(found->id);
}

// The token is that of the attempt: with the one of a copy that failed and was removed EC2 would
// answer with that copy.
Call CopyImage::call(const Key& key) const {
  json::object params{{"SourceRegion", source_region},
                      {"SourceImageId", image},
                      {"Name", image_name},
                      {"Description", image_description(key)},
                      {"TagSpecification", image_tags(key, group)}};
  if (encrypted || !kms_key.empty()) params["Encrypted"] = true;
  if (!kms_key.empty()) params["KmsKeyId"] = kms_key;
  auto identified = params;
  identified["attempt"] = key.started.time_since_epoch().count();
  params["ClientToken"] = key.token(identified);
  return ec2_call("CopyImage", std::move(params));
}

std::string CopyImage::result(const Reply& reply) const {
  return required_text(reply.body, "imageId");
}

Task<bool> IsEncrypted::perform(Step& step) const {
  const auto found = co_await described(step, image);
  co_return std::ranges::any_of(objects(found, "blockDeviceMapping"), [](const auto* device) {
    return agent::base::flag(member(*device, "ebs"), "encrypted");
  });
}

Task<> VerifyCopy::perform(Step& step) const {
  auto there = step.in(source_region);
  const auto original = co_await described(there, source);
  const auto made = co_await described(step, copy);
  const auto differences = differences_of(original, made, source_region);
  if (!differences.empty()) {
    throw Failure(FailureType::JobFailed,
                  cat("The copy ", copy, " is not what ", source, " in ", source_region,
                      " is: ", agent::base::join(differences, "; ")));
  }
  if (!kms_key.empty()) co_await expect_key(step, made, kms_key);
}

}  // namespace actions::ec2
