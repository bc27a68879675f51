// CopyImage, called in the region that gets the copy.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopyImage.html
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/CopyingAMIs.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/ec2_encryption.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_image_drafts.h"
#include "tests/local_cloud/ec2_images.h"
#include "tests/local_cloud/ec2_network.h"
#include "tests/local_cloud/ec2_operations.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::flag;
using agent::base::text;

namespace {

// API_CopyImage, SnapshotCopyCompletionDurationMinutes.
constexpr std::int64_t duration_step = 15;
constexpr std::int64_t longest_duration = 2880;

// The image's reason is as little as the service says; its snapshots say more.
constexpr auto image_flaw = "Copy image failed with an internal error.";
constexpr auto snapshot_flaw = "The snapshot could not be copied: an internal error occurred";

void check_parameters(const json::object& params) {
  if (params.contains("KmsKeyId") && !flag(params, "Encrypted")) {
    throw ApiError(400, "InvalidParameterDependency",
                   "The parameter KmsKeyId requires the parameter Encrypted to be set.");
  }
  const auto minutes = agent::base::number(params, "SnapshotCopyCompletionDurationMinutes");
  if (minutes &&
      (*minutes < duration_step || *minutes > longest_duration || *minutes % duration_step != 0)) {
    throw invalid_value(cat("Invalid value '", *minutes,
                            "' for SnapshotCopyCompletionDurationMinutes. It must be a multiple ",
                            "of 15, at most 2880."));
  }
}

Region& source_region(const Region& region, const std::string& name) {
  if (!is_region(name)) throw invalid_value(cat("Invalid value '", name, "' for sourceRegion"));
  if (matches_any(region.settings().disabled_regions, name)) {
    throw ApiError(403, "OptInRequired",
                   cat("You are not subscribed to this service. Please enable the region ", name,
                       " for your account."));
  }
  return region.world->region(region.account, name);
}

void expect_capacity(const Region& region, std::size_t wanted, Time now) {
  const auto limit = region.settings().snapshot_copies_at_once;
  const auto running = std::ranges::count_if(region.snapshots, [&](const Snapshot& snapshot) {
    return snapshot.is_copy && now < snapshot.settles;
  });
  if (static_cast<std::size_t>(running) + wanted <= static_cast<std::size_t>(limit)) return;
  throw ApiError(400, "ResourceLimitExceeded",
                 cat("Too many snapshot copies in progress. The limit is ", limit,
                     " for this destination region."));
}

Snapshot copy_of(Region& region, const Snapshot& known, const json::object& params) {
  if (known.encrypted && params.contains("Encrypted") && !flag(params, "Encrypted")) {
    throw ApiError(400, "InvalidRequest",
                   cat("Snapshot ", known.id, " is encrypted. Creating unencrypted copy from an ",
                       "encrypted snapshot is not supported."));
  }
  Snapshot copy{.id = region.new_id("snap"), .volume = "vol-ffffffff", .size = known.size};
  copy.is_copy = true;
  copy.encrypted = known.encrypted || flag(params, "Encrypted");
  if (!copy.encrypted) return copy;
  copy.kms_key = kms_key_arn(region, text(params, "KmsKeyId"));
  copy.flaw = flaw_of_key(region, copy.kms_key);
  return copy;
}

void copy_snapshots(Region& region, Draft& draft, Region& from, const Image& source,
                    const json::object& params) {
  for (auto& entry : draft.image.mappings) {
    auto* ebs = entry.as_object().if_contains("ebs");
    const auto* known =
        ebs ? find_by_id(from.snapshots, text(ebs->as_object(), "snapshotId")) : nullptr;
    if (!known) continue;
    auto copy = copy_of(region, *known, params);
    copy.description = cat("Copied for DestinationAmi ", draft.image.id, " from SourceAmi ",
                           source.id, " for SourceSnapshot ", known->id);
    ebs->as_object()["snapshotId"] = copy.id;
    ebs->as_object()["encrypted"] = copy.encrypted;
    if (!copy.flaw.empty()) draft.image.flaw = image_flaw;
    draft.snapshots.push_back(std::move(copy));
  }
  if (!matches_any(region.settings().copies_fail, region.name)) return;
  draft.image.flaw = image_flaw;
  for (auto& snapshot : draft.snapshots) {
    if (snapshot.flaw.empty()) snapshot.flaw = snapshot_flaw;
  }
}

// What the copy takes over is the machine; whose it is and who may use it are its own affair.
Image copy_of(Region& region, const Image& source, const Draft& draft, const json::object& params) {
  Image copy{.id = region.new_id("ami"),
             .name = draft.image.name,
             .description = draft.image.description,
             .owner = region.account,
             .architecture = source.architecture,
             .root_device = source.root_device,
             .mappings = source.mappings,
             .ena = source.ena,
             .boot_mode = source.boot_mode,
             .imds_support = source.imds_support,
             .tpm_support = source.tpm_support};
  copy.source = draft.image.source;
  copy.source_image = source.id;
  copy.source_region = text(params, "SourceRegion");
  if (!params.contains("Description")) {
    copy.description = cat("[Copied ", source.id, " from ", copy.source_region, "] ", source.name);
  }
  return copy;
}

json::object copy_image(Region& region, const Call& call) {
  return once(region, call, [&] {
    check_parameters(call.params);
    auto& from = source_region(region, text(call.params, "SourceRegion"));
    const auto& source = usable_image(from, text(call.params, "SourceImageId"), call.now);
    auto draft = draft_of(region, call);
    draft.image = copy_of(region, source, draft, call.params);
    expect_capacity(region, draft.image.mappings.size(), call.now);
    copy_snapshots(region, draft, from, source, call.params);
    const auto tags = from.tags.find(source.id);
    if (flag(call.params, "CopyImageTags") && tags != from.tags.end()) {
      draft.image_tags.insert(tags->second.begin(), tags->second.end());
    }
    return begin(region, std::move(draft), region.settings().image_time, call.now);
  });
}

using namespace fields;
constexpr Field copy_fields[] = {dry_run,
                                 string("ClientToken"),
                                 string("Description"),
                                 boolean("Encrypted"),
                                 string("KmsKeyId"),
                                 required(string("Name")),
                                 required(string("SourceImageId")),
                                 required(string("SourceRegion")),
                                 string("DestinationOutpostArn"),
                                 boolean("CopyImageTags"),
                                 whole("SnapshotCopyCompletionDurationMinutes"),
                                 tag_specifications};
constexpr Operation operations[] = {{"CopyImage", copy_fields, copy_image}};

}  // namespace

std::span<const Operation> image_copy_operations() {
  return operations;
}

}  // namespace local_cloud::ec2
