#include "tests/local_cloud/ec2_image_drafts.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_tags.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::text;

namespace {

constexpr std::string_view taggable[] = {"image", "snapshot"};
constexpr std::size_t longest_description = 255;

void check_name(const Region& region, const std::string& name) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789()[] ./-'@_";
  if (name.size() < 3 || name.size() > 128 || name.find_first_not_of(allowed) != name.npos) {
    throw ApiError(400, "InvalidAMIName.Malformed",
                   "AMI names must be between 3 and 128 characters long, and may contain letters, "
                   "numbers, '(', ')', '.', '-', '/' and '_'");
  }
  for (const auto& image : region.images) {
    if (image.deregistered || image.owner != region.account || image.name != name) continue;
    throw ApiError(400, "InvalidAMIName.Duplicate",
                   cat("AMI name ", name, " is already in use by AMI ", image.id));
  }
}

std::string checked_description(const Call& call) {
  auto description = text(call.params, "Description");
  if (description.size() > longest_description) {
    throw invalid_value(
        "Character sets beyond ASCII are not supported, and the description must "
        "not be longer than 255 characters.");
  }
  return description;
}

// The reason why the image that is being created now fails; "" when it does not.
std::string next_flaw(World& world) {
  if (!world.image_failures.empty()) {
    auto reason = world.image_failures.front();
    world.image_failures.pop_front();
    return reason;
  }
  return world.settings.images_fail ? "The image could not be created: an internal error occurred"
                                    : "";
}

}  // namespace

Draft draft_of(Region& region, const Call& call) {
  Draft draft;
  draft.image_tags = tags_for(call, "image", taggable);
  draft.snapshot_tags = tags_for(call, "snapshot", taggable);
  auto& image = draft.image;
  image.name = text(call.params, "Name");
  check_name(region, image.name);
  image.description = checked_description(call);
  image.owner = region.account;
  image.source = cat(region.account, '/', image.name);
  return draft;
}

json::object begin(Region& region, Draft draft, Settings::Duration time, Time now) {
  auto& image = draft.image;
  image.created = now;
  image.visible = now + region.settings().visibility_lag;
  image.snapshots_begin = std::max(draft.snapshots_begin, now);
  image.settles = now + time;
  if (image.flaw.empty() && !draft.snapshots.empty()) image.flaw = next_flaw(*region.world);
  for (auto& snapshot : draft.snapshots) {
    snapshot.owner = region.account;
    snapshot.started = image.snapshots_begin;
    snapshot.visible = std::max(image.visible, image.snapshots_begin);
    snapshot.settles = std::max(now + time * 9 / 10, snapshot.started);
    if (snapshot.flaw.empty()) snapshot.flaw = image.flaw;
    tag(region, snapshot.id, draft.snapshot_tags);
    region.snapshots.push_back(std::move(snapshot));
  }
  tag(region, image.id, draft.image_tags);
  json::object answer{{"imageId", image.id}};
  region.images.push_back(std::move(image));
  return answer;
}

}  // namespace local_cloud::ec2
