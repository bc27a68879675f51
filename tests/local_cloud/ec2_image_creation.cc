// CreateImage, RegisterImage and CopyImage: all give an id at once, show nothing for the lag of
// visibility, and an image that is pending until its snapshots are complete.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_block_devices.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_images.h"
#include "tests/local_cloud/ec2_launch_fields.h"
#include "tests/local_cloud/ec2_launch_template_data.h"
#include "tests/local_cloud/ec2_network.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_tags.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::flag;
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

struct Draft {
  Image image;
  std::vector<Snapshot> snapshots;
  Tags image_tags;
  Tags snapshot_tags;
};

// What every way of making an image gives it.
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

// Into the world with it. Its snapshots are complete a little before the image is available.
json::object begin(Region& region, Draft draft, Settings::Duration time, Time now) {
  auto& image = draft.image;
  image.created = now;
  image.visible = now + region.settings().visibility_lag;
  image.settles = now + time;
  image.flaw = draft.snapshots.empty() ? "" : next_flaw(*region.world);
  for (auto& snapshot : draft.snapshots) {
    snapshot.owner = region.account;
    snapshot.started = now;
    snapshot.visible = image.visible;
    snapshot.settles = now + time * 9 / 10;
    snapshot.flaw = image.flaw;
    tag(region, snapshot.id, draft.snapshot_tags);
    region.snapshots.push_back(std::move(snapshot));
  }
  tag(region, image.id, draft.image_tags);
  json::object answer{{"imageId", image.id}};
  region.images.push_back(std::move(image));
  return answer;
}

// A mapping of the request about a device that the instance has: only this may be said of it.
bool only_keeps_or_drops(const json::object& mapping) {
  const auto& ebs = agent::base::member(mapping, "ebs");
  return mapping.contains("noDevice") ||
         (!mapping.contains("virtualName") && ebs.size() == ebs.count("deleteOnTermination"));
}

void check_mappings(Region& region, const Instance& instance, const json::array& given, Time now) {
  for (const auto& entry : given) {
    const auto& mapping = entry.as_object();
    const auto device = text(mapping, "deviceName");
    if (device.empty()) throw invalid_mapping("A block device mapping needs a device name");
    const auto known = std::ranges::find(instance.volumes, device, &Attachment::device);
    if (known != instance.volumes.end() && !only_keeps_or_drops(mapping)) {
      throw invalid_mapping(
          cat("Only DeleteOnTermination can be changed for the volume that is "
              "mapped to ",
              device));
    }
    if (known == instance.volumes.end()) plan_volume(region, mapping, now);
  }
}

const Instance& imageable(Region& region, const std::string& id, Time now) {
  const auto& instance = instance_of(region, id, now);
  const auto state = instance.state(now);
  if (state != InstanceState::running && state != InstanceState::stopped) {
    throw ApiError(400, "IncorrectState",
                   cat("The instance '", id, "' is in the state '", name(state),
                       "'. An image can be created while it is 'running' or 'stopped'."));
  }
  return instance;
}

bool is_dropped(const json::array& given, const std::string& device) {
  return std::ranges::any_of(given, [&](const json::value& mapping) {
    return text(mapping.as_object(), "deviceName") == device &&
           mapping.as_object().contains("noDevice");
  });
}

void add_volumes(Region& region, Draft& draft, const Instance& instance, const json::array& given) {
  json::array mappings;
  for (const auto& attachment : instance.volumes) {
    const auto* volume = find_by_id(region.volumes, attachment.volume);
    if (!volume || is_dropped(given, attachment.device)) continue;
    Snapshot snapshot{.id = region.new_id("snap"), .volume = volume->id, .size = volume->size};
    snapshot.description = cat("Created by CreateImage(", instance.id, ") for ", draft.image.id);
    snapshot.encrypted = volume->encrypted;
    snapshot.kms_key = volume->kms_key;
    mappings.push_back(mapping_of(*volume, snapshot.id));
    draft.snapshots.push_back(std::move(snapshot));
  }
  draft.image.mappings = overlay(mappings, given);
}

void reboot(Region& region, const std::string& id, Time now) {
  auto& instance = *find_by_id(region.instances, id);
  if (instance.state(now) != InstanceState::running) return;
  instance.rebooting_since = now;
  instance.reachable = now + region.settings().instance_reboot_time;
}

json::object create_image(Region& region, const Call& call) {
  const auto& instance = imageable(region, text(call.params, "InstanceId"), call.now);
  auto draft = draft_of(region, call);
  const auto given = block_devices(call.params);
  check_mappings(region, instance, given, call.now);
  auto& image = draft.image;
  image.id = region.new_id("ami");
  image.architecture = instance.architecture;
  image.root_device = instance.root_device;
  if (const auto* parent = find_by_id(region.images, instance.image)) {
    image.boot_mode = parent->boot_mode;
    image.imds_support = parent->imds_support;
    image.tpm_support = parent->tpm_support;
    image.ena = parent->ena;
  }
  add_volumes(region, draft, instance, given);
  if (!flag(call.params, "NoReboot")) reboot(region, instance.id, call.now);
  return begin(region, std::move(draft), region.settings().image_time, call.now);
}

json::object register_image(Region& region, const Call& call) {
  auto draft = draft_of(region, call);
  auto& image = draft.image;
  image.architecture =
      call.params.contains("Architecture") ? text(call.params, "Architecture") : "i386";
  image.root_device = text(call.params, "RootDeviceName");
  image.ena = flag(call.params, "EnaSupport");
  image.boot_mode = text(call.params, "BootMode");
  image.imds_support = text(call.params, "ImdsSupport");
  image.tpm_support = text(call.params, "TpmSupport");
  image.mappings = block_devices(call.params);
  bool has_root = false;
  for (auto& entry : image.mappings) {
    auto& mapping = entry.as_object();
    const auto volume = plan_volume(region, mapping, call.now);
    if (!volume) continue;
    has_root = has_root || (volume->device == image.root_device && !volume->snapshot.empty());
    mapping = mapping_of(*volume, volume->snapshot);
    if (volume->snapshot.empty()) mapping["ebs"].as_object().erase("snapshotId");
  }
  if (!has_root) {
    throw ApiError(400, "InvalidBlockDeviceMapping",
                   "The root device is not mapped to a snapshot in the block device mapping.");
  }
  image.id = region.new_id("ami");
  return begin(region, std::move(draft), region.settings().visibility_lag, call.now);
}

void copy_snapshots(Region& region, Draft& draft, Region& from, const Image& source,
                    const Call& call) {
  const auto encrypt = flag(call.params, "Encrypted");
  for (auto& entry : draft.image.mappings) {
    auto* ebs = entry.as_object().if_contains("ebs");
    const auto* known =
        ebs ? find_by_id(from.snapshots, text(ebs->as_object(), "snapshotId")) : nullptr;
    if (!known) continue;
    Snapshot copy{.id = region.new_id("snap"), .volume = "vol-ffffffff", .size = known->size};
    copy.description = cat("Copied for DestinationAmi ", draft.image.id, " from SourceAmi ",
                           source.id, " for SourceSnapshot ", known->id);
    copy.encrypted = known->encrypted || encrypt;
    copy.kms_key = text(call.params, "KmsKeyId");
    ebs->as_object()["snapshotId"] = copy.id;
    ebs->as_object()["encrypted"] = copy.encrypted;
    draft.snapshots.push_back(std::move(copy));
  }
}

json::object copy_image(Region& region, const Call& call) {
  return once(region, call, [&] {
    const auto from_name = text(call.params, "SourceRegion");
    if (!is_region(from_name)) {
      throw invalid_value(cat("Invalid value '", from_name, "' for sourceRegion"));
    }
    auto& from = region.world->region(region.account, from_name);
    const auto& source = usable_image(from, text(call.params, "SourceImageId"), call.now);
    auto draft = draft_of(region, call);
    auto copy = source;
    copy.id = region.new_id("ami");
    copy.name = draft.image.name;
    copy.source = draft.image.source;
    copy.owner = region.account;
    copy.owner_alias.clear();
    copy.is_public = false;
    copy.description = call.params.contains("Description")
                           ? draft.image.description
                           : cat("[Copied ", source.id, " from ", from_name, "] ", source.name);
    draft.image = std::move(copy);
    copy_snapshots(region, draft, from, source, call);
    const auto tags = from.tags.find(source.id);
    if (flag(call.params, "CopyImageTags") && tags != from.tags.end()) {
      draft.image_tags.insert(tags->second.begin(), tags->second.end());
    }
    return begin(region, std::move(draft), region.settings().image_time, call.now);
  });
}

using namespace fields;
using launch_fields::device_mappings;
constexpr auto client_token = string("ClientToken");
constexpr Field create_fields[] = {dry_run,
                                   required(string("InstanceId")),
                                   required(string("Name")),
                                   string("Description"),
                                   boolean("NoReboot"),
                                   device_mappings,
                                   tag_specifications};
constexpr Field register_fields[] = {dry_run,
                                     required(string("Name")),
                                     string("Description"),
                                     string("ImageLocation"),
                                     string("Architecture"),
                                     device_mappings,
                                     boolean("EnaSupport"),
                                     string("KernelId"),
                                     strings("BillingProduct"),
                                     string("RamdiskId"),
                                     string("RootDeviceName"),
                                     string("SriovNetSupport"),
                                     string("VirtualizationType"),
                                     string("BootMode"),
                                     string("TpmSupport"),
                                     string("UefiData"),
                                     string("ImdsSupport"),
                                     tag_specifications};
constexpr Field copy_fields[] = {dry_run,
                                 client_token,
                                 string("Description"),
                                 boolean("Encrypted"),
                                 string("KmsKeyId"),
                                 required(string("Name")),
                                 required(string("SourceImageId")),
                                 required(string("SourceRegion")),
                                 string("DestinationOutpostArn"),
                                 boolean("CopyImageTags"),
                                 tag_specifications};
constexpr Operation operations[] = {{"CreateImage", create_fields, create_image},
                                    {"RegisterImage", register_fields, register_image},
                                    {"CopyImage", copy_fields, copy_image}};

}  // namespace

std::span<const Operation> image_creation_operations() {
  return operations;
}

}  // namespace local_cloud::ec2
