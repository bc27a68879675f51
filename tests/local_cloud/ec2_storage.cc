// Volumes and snapshots. A volume's state follows from its instance's: when that is terminated the
// volume is gone, or available if it was to be kept.
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_filters.h"
#include "tests/local_cloud/ec2_images.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_pages.h"
#include "tests/local_cloud/ec2_tags.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

json::object show(const Region& region, const Snapshot& snapshot, Time now) {
  json::object shown{{"snapshotId", snapshot.id},
                     {"volumeId", snapshot.volume},
                     {"status", snapshot.state(now)},
                     {"startTime", iso8601(snapshot.started)},
                     {"progress", cat(snapshot.percent(now), '%')},
                     {"ownerId", snapshot.owner},
                     {"volumeSize", snapshot.size},
                     {"description", snapshot.description},
                     {"encrypted", snapshot.encrypted},
                     {"storageTier", "standard"}};
  if (!snapshot.owner_alias.empty()) shown["ownerAlias"] = snapshot.owner_alias;
  if (!snapshot.kms_key.empty()) shown["kmsKeyId"] = snapshot.kms_key;
  if (snapshot.state(now) == "error") shown["statusMessage"] = snapshot.flaw;
  show_tags(region, snapshot.id, shown);
  return shown;
}

constexpr FilterPath snapshot_filters[] = {
    {"description", "description"}, {"encrypted", "encrypted"},   {"owner-alias", "ownerAlias"},
    {"owner-id", "ownerId"},        {"progress", "progress"},     {"snapshot-id", "snapshotId"},
    {"start-time", "startTime"},    {"status", "status"},         {"storage-tier", "storageTier"},
    {"volume-id", "volumeId"},      {"volume-size", "volumeSize"}};

bool is_of(const Snapshot& snapshot, const std::vector<std::string>& owners,
           std::string_view self) {
  return owners.empty() || std::ranges::any_of(owners, [&](const std::string& owner) {
           return owner == snapshot.owner || owner == snapshot.owner_alias ||
                  (owner == "self" && snapshot.owner == self);
         });
}

json::object describe_snapshots(Region& region, const Call& call) {
  const auto ids = query::list_of(call.params, "SnapshotId");
  const auto owners = query::list_of(call.params, "Owner");
  const Filters filters(call.params, snapshot_filters);
  expect_known("snap", ids, [&](const std::string& id) {
    const auto* snapshot = find_by_id(region.snapshots, id);
    return snapshot && call.now >= snapshot->visible;
  });
  const Page page(region.settings(), call.params, {.ids = "SnapshotId"});
  std::vector<const Snapshot*> snapshots;
  for (const auto& snapshot : region.snapshots) {
    if (!ids.empty() && std::ranges::find(ids, snapshot.id) == ids.end()) continue;
    if (call.now < snapshot.visible || !is_of(snapshot, owners, region.account)) continue;
    snapshots.push_back(&snapshot);
  }
  return paged_answer("snapshotSet", snapshots.size(), page, [&](std::size_t at) {
    auto shown = show(region, *snapshots[at], call.now);
    return filters.match(shown) ? std::optional(std::move(shown)) : std::nullopt;
  });
}

json::object delete_snapshot(Region& region, const Call& call) {
  const auto& snapshot =
      snapshot_of(region, agent::base::text(call.params, "SnapshotId"), call.now);
  const auto id = snapshot.id;
  if (snapshot.owner != region.account) {
    throw ApiError(403, "UnauthorizedOperation",
                   "You are not authorized to perform this operation.");
  }
  if (const auto* image = user_of(region, id)) {
    throw ApiError(400, "InvalidSnapshot.InUse",
                   cat("The snapshot ", id, " is currently in use by ", image->id));
  }
  std::erase_if(region.snapshots, [&](const Snapshot& known) { return known.id == id; });
  region.tags.erase(id);
  return {};
}

// The instance that holds the volume at that time; nullptr if none does.
const Instance* holder(const Region& region, const Volume& volume, Time now) {
  const auto* instance = find_by_id(region.instances, volume.instance);
  return instance && instance->state(now) != InstanceState::terminated ? instance : nullptr;
}

json::object show(const Region& region, const Volume& volume, Time now) {
  const auto* instance = holder(region, volume, now);
  json::object shown{{"volumeId", volume.id},
                     {"size", volume.size},
                     {"snapshotId", volume.snapshot},
                     {"availabilityZone", volume.zone},
                     {"status", instance ? "in-use" : "available"},
                     {"createTime", iso8601(volume.created)},
                     {"volumeType", volume.type},
                     {"encrypted", volume.encrypted},
                     {"multiAttachEnabled", false}};
  auto& attachments = shown["attachmentSet"].emplace_array();
  if (instance) {
    attachments.push_back({{"volumeId", volume.id},
                           {"instanceId", instance->id},
                           {"device", volume.device},
                           {"status", "attached"},
                           {"attachTime", iso8601(volume.created)},
                           {"deleteOnTermination", volume.delete_on_termination}});
  }
  if (volume.iops) shown["iops"] = *volume.iops;
  if (volume.throughput) shown["throughput"] = *volume.throughput;
  if (!volume.kms_key.empty()) shown["kmsKeyId"] = volume.kms_key;
  show_tags(region, volume.id, shown);
  return shown;
}

constexpr FilterPath volume_filters[] = {
    {"attachment.delete-on-termination", "attachmentSet/deleteOnTermination"},
    {"attachment.device", "attachmentSet/device"},
    {"attachment.instance-id", "attachmentSet/instanceId"},
    {"attachment.status", "attachmentSet/status"},
    {"availability-zone", "availabilityZone"},
    {"create-time", "createTime"},
    {"encrypted", "encrypted"},
    {"size", "size"},
    {"snapshot-id", "snapshotId"},
    {"status", "status"},
    {"volume-id", "volumeId"},
    {"volume-type", "volumeType"}};

bool exists(const Region& region, const Volume& volume, Time now) {
  return holder(region, volume, now) != nullptr || !volume.delete_on_termination;
}

json::object describe_volumes(Region& region, const Call& call) {
  const auto ids = query::list_of(call.params, "VolumeId");
  const Filters filters(call.params, volume_filters);
  expect_known("vol", ids, [&](const std::string& id) {
    const auto* volume = find_by_id(region.volumes, id);
    return volume && exists(region, *volume, call.now);
  });
  json::array all;
  for (const auto& volume : region.volumes) {
    if (!ids.empty() && std::ranges::find(ids, volume.id) == ids.end()) continue;
    if (!exists(region, volume, call.now)) continue;
    auto shown = show(region, volume, call.now);
    if (filters.match(shown)) all.push_back(std::move(shown));
  }
  return paged_answer("volumeSet", std::move(all),
                      Page(region.settings(), call.params, {.ids = "VolumeId"}));
}

json::object delete_volume(Region& region, const Call& call) {
  const auto id = agent::base::text(call.params, "VolumeId");
  expect_id("vol", id);
  const auto* volume = find_by_id(region.volumes, id);
  if (!volume || !exists(region, *volume, call.now)) throw not_found("vol", id);
  if (const auto* instance = holder(region, *volume, call.now)) {
    throw ApiError(400, "VolumeInUse",
                   cat("Volume ", id, " is currently attached to ", instance->id));
  }
  std::erase_if(region.volumes, [&](const Volume& known) { return known.id == id; });
  region.tags.erase(id);
  return {};
}

using namespace fields;
constexpr Field snapshots_fields[] = {
    dry_run, filters, strings("SnapshotId"), strings("Owner"), strings("RestorableBy"), most, next};
constexpr Field delete_snapshot_fields[] = {dry_run, required(string("SnapshotId"))};
constexpr Field volumes_fields[] = {dry_run, filters, strings("VolumeId"), most, next};
constexpr Field delete_volume_fields[] = {dry_run, required(string("VolumeId"))};
constexpr Operation operations[] = {{"DescribeSnapshots", snapshots_fields, describe_snapshots},
                                    {"DeleteSnapshot", delete_snapshot_fields, delete_snapshot},
                                    {"DescribeVolumes", volumes_fields, describe_volumes},
                                    {"DeleteVolume", delete_volume_fields, delete_volume}};

}  // namespace

std::span<const Operation> storage_operations() {
  return operations;
}

}  // namespace local_cloud::ec2
