// CreateImage and RegisterImage.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_block_devices.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_image_drafts.h"
#include "tests/local_cloud/ec2_launch_fields.h"
#include "tests/local_cloud/ec2_launch_template_data.h"
#include "tests/local_cloud/ec2_operations.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::flag;
using agent::base::text;

namespace {

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

// When the volumes are at rest: the first half of a reboot is the way down, unless the image is
// made faster than that. One that is stopped is at rest already.
Time reboot(Region& region, const std::string& id, Time now) {
  auto& instance = *find_by_id(region.instances, id);
  if (instance.state(now) != InstanceState::running) return now;
  const auto& settings = region.settings();
  instance.rebooting_since = now;
  instance.reachable = now + settings.instance_reboot_time;
  return now + std::min(settings.instance_reboot_time / 2, settings.image_time / 10);
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
  image.source_instance = instance.id;
  if (const auto* parent = find_by_id(region.images, instance.image)) {
    image.boot_mode = parent->boot_mode;
    image.imds_support = parent->imds_support;
    image.tpm_support = parent->tpm_support;
    image.ena = parent->ena;
  }
  add_volumes(region, draft, instance, given);
  draft.snapshots_begin =
      flag(call.params, "NoReboot") ? call.now : reboot(region, instance.id, call.now);
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

using namespace fields;
using launch_fields::device_mappings;
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
constexpr Operation operations[] = {{"CreateImage", create_fields, create_image},
                                    {"RegisterImage", register_fields, register_image}};

}  // namespace

std::span<const Operation> image_creation_operations() {
  return operations;
}

}  // namespace local_cloud::ec2
