// DescribeImages and DeregisterImage. A deregistered image keeps its record, so that its id is
// answered with Unavailable and not given away again; it is shown to nobody.
#include "tests/local_cloud/ec2_images.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_block_devices.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_filters.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_pages.h"
#include "tests/local_cloud/ec2_tags.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

// A mapping is known at once; the snapshot behind it only when that has been begun.
json::array mappings_of(const Image& image, Time now) {
  auto mappings = image.mappings;
  if (now >= image.snapshots_begin) return mappings;
  for (auto& mapping : mappings) {
    auto* ebs = mapping.as_object().if_contains("ebs");
    if (ebs && ebs->is_object()) ebs->as_object().erase("snapshotId");
  }
  return mappings;
}

void show_options(const Image& image, json::object& shown) {
  if (!image.description.empty()) shown["description"] = image.description;
  if (!image.owner_alias.empty()) shown["imageOwnerAlias"] = image.owner_alias;
  if (!image.boot_mode.empty()) shown["bootMode"] = image.boot_mode;
  if (!image.imds_support.empty()) shown["imdsSupport"] = image.imds_support;
  if (!image.tpm_support.empty()) shown["tpmSupport"] = image.tpm_support;
  if (!image.source_instance.empty()) shown["sourceInstanceId"] = image.source_instance;
  if (!image.source_image.empty()) shown["sourceImageId"] = image.source_image;
  if (!image.source_region.empty()) shown["sourceImageRegion"] = image.source_region;
  if (image.deprecated) shown["deprecationTime"] = iso8601(*image.deprecated);
  if (!image.protection.empty()) shown["deregistrationProtection"] = image.protection;
}

json::object show(const Region& region, const Image& image, Time now) {
  json::object shown{{"imageId", image.id},
                     {"imageLocation", image.source},
                     {"imageState", image.state(now)},
                     {"imageOwnerId", image.owner},
                     {"creationDate", iso8601(image.created)},
                     {"isPublic", image.is_public},
                     {"architecture", image.architecture},
                     {"imageType", "machine"},
                     {"name", image.name},
                     {"rootDeviceType", "ebs"},
                     {"rootDeviceName", image.root_device},
                     {"blockDeviceMapping", mappings_of(image, now)},
                     {"virtualizationType", "hvm"},
                     {"hypervisor", "xen"},
                     {"enaSupport", image.ena},
                     {"platformDetails", "Linux/UNIX"},
                     {"usageOperation", "RunInstances"}};
  show_options(image, shown);
  if (image.state(now) == "failed") {
    shown["stateReason"] = json::object{{"code", "Server.InternalError"}, {"message", image.flaw}};
  }
  show_tags(region, image.id, shown);
  return shown;
}

constexpr FilterPath image_filters[] = {
    {"architecture", "architecture"},
    {"block-device-mapping.delete-on-termination", "blockDeviceMapping/ebs/deleteOnTermination"},
    {"block-device-mapping.device-name", "blockDeviceMapping/deviceName"},
    {"block-device-mapping.encrypted", "blockDeviceMapping/ebs/encrypted"},
    {"block-device-mapping.snapshot-id", "blockDeviceMapping/ebs/snapshotId"},
    {"block-device-mapping.volume-size", "blockDeviceMapping/ebs/volumeSize"},
    {"block-device-mapping.volume-type", "blockDeviceMapping/ebs/volumeType"},
    {"creation-date", "creationDate"},
    {"description", "description"},
    {"ena-support", "enaSupport"},
    {"hypervisor", "hypervisor"},
    {"image-id", "imageId"},
    {"image-type", "imageType"},
    {"is-public", "isPublic"},
    {"manifest-location", "imageLocation"},
    {"name", "name"},
    {"owner-alias", "imageOwnerAlias"},
    {"owner-id", "imageOwnerId"},
    {"platform", "platform"},
    {"root-device-name", "rootDeviceName"},
    {"root-device-type", "rootDeviceType"},
    {"source-image-id", "sourceImageId"},
    {"source-image-region", "sourceImageRegion"},
    {"source-instance-id", "sourceInstanceId"},
    {"state", "imageState"},
    {"state-reason-code", "stateReason/code"},
    {"state-reason-message", "stateReason/message"},
    {"virtualization-type", "virtualizationType"}};

bool is_shown(const Region& region, const Image& image, Time now) {
  return !image.deregistered && now >= image.visible &&
         (image.is_public || image.owner == region.account);
}

bool is_of(const Image& image, const std::vector<std::string>& owners, std::string_view self) {
  return owners.empty() || std::ranges::any_of(owners, [&](const std::string& owner) {
           return owner == image.owner || owner == image.owner_alias ||
                  (owner == "self" && image.owner == self);
         });
}

// "all", "self" for those that others have shared with the caller, or an account.
bool is_executable_by(const Image& image, const std::vector<std::string>& users,
                      std::string_view self) {
  return users.empty() || std::ranges::any_of(users, [&](const std::string& user) {
           if (user == "all") return image.is_public;
           return image.launch_accounts.contains(user == "self" ? std::string(self) : user);
         });
}

// What a list leaves out unless it is asked for by its id or by the parameter for it.
bool is_listed(const Image& image, const Call& call, std::string_view self) {
  const auto is_old = image.deprecated && call.now >= *image.deprecated && image.owner != self;
  return (!image.disabled || agent::base::flag(call.params, "IncludeDisabled")) &&
         (!is_old || agent::base::flag(call.params, "IncludeDeprecated"));
}

json::object describe_images(Region& region, const Call& call) {
  const auto ids = query::list_of(call.params, "ImageId");
  const auto owners = query::list_of(call.params, "Owner");
  const auto users = query::list_of(call.params, "ExecutableBy");
  const Filters filters(call.params, image_filters);
  const Page page(region.settings(), call.params, {.ids = "ImageId", .least = 1});
  expect_known("ami", ids, [&](const std::string& id) {
    const auto* image = find_by_id(region.images, id);
    return image && is_shown(region, *image, call.now);
  });
  std::vector<const Image*> images;
  for (const auto& image : region.images) {
    const auto is_asked = std::ranges::find(ids, image.id) != ids.end();
    if (!is_asked && (!ids.empty() || !is_listed(image, call, region.account))) continue;
    if (!is_shown(region, image, call.now) || !is_of(image, owners, region.account)) continue;
    if (is_executable_by(image, users, region.account)) images.push_back(&image);
  }
  return paged_answer("imagesSet", images.size(), page, [&](std::size_t at) {
    auto shown = show(region, *images[at], call.now);
    return filters.match(shown) ? std::optional(std::move(shown)) : std::nullopt;
  });
}

json::object delete_snapshots(Region& region, const Image& image) {
  json::array results;
  for (const auto& id : snapshots_of(image)) {
    const bool in_use = user_of(region, id) != nullptr;
    if (!in_use) {
      std::erase_if(region.snapshots, [&](const Snapshot& snapshot) { return snapshot.id == id; });
      region.tags.erase(id);
    }
    results.push_back({{"snapshotId", id}, {"returnCode", in_use ? "skipped" : "success"}});
  }
  return {{"deleteSnapshotResultSet", std::move(results)}};
}

json::object deregister_image(Region& region, const Call& call) {
  auto& image = own_image(region, call);
  const auto cools_down = image.protected_until && call.now < *image.protected_until;
  if (!image.protection.empty() || cools_down) {
    throw ApiError(400, "OperationNotPermitted",
                   cat("The image '", image.id, "' is protected from deregistration."));
  }
  image.deregistered = true;
  region.tags.erase(image.id);
  if (agent::base::flag(call.params, "DeleteAssociatedSnapshots")) {
    return delete_snapshots(region, image);
  }
  return {};
}

using namespace fields;
constexpr Field describe_fields[] = {dry_run,
                                     filters,
                                     strings("ImageId"),
                                     strings("Owner"),
                                     strings("ExecutableBy"),
                                     most,
                                     next,
                                     boolean("IncludeDeprecated"),
                                     boolean("IncludeDisabled")};
constexpr Field deregister_fields[] = {dry_run, required(string("ImageId")),
                                       boolean("DeleteAssociatedSnapshots")};
constexpr Operation operations[] = {{"DescribeImages", describe_fields, describe_images},
                                    {"DeregisterImage", deregister_fields, deregister_image}};

}  // namespace

std::span<const Operation> image_operations() {
  return operations;
}

const Image& usable_image(Region& region, const std::string& id, Time now) {
  auto& image = image_of(region, id, now);
  if (image.deregistered) throw not_found("ami", id);
  if (image.state(now) != "available") {
    throw ApiError(400, "InvalidAMIID.Unavailable",
                   cat("The image ID '", id, "' is not available: it is ", image.state(now)));
  }
  return image;
}

Image& own_image(Region& region, const Call& call) {
  auto& image = image_of(region, agent::base::text(call.params, "ImageId"), call.now);
  if (image.deregistered) {
    throw ApiError(400, "InvalidAMIID.Unavailable",
                   cat("The image ID '", image.id, "' is no longer available"));
  }
  if (image.owner != region.account) {
    throw ApiError(403, "AuthFailure", cat("Not authorized for image:", image.id));
  }
  return image;
}

const Image* user_of(const Region& region, const std::string& snapshot) {
  for (const auto& image : region.images) {
    if (!image.deregistered && std::ranges::count(snapshots_of(image), snapshot) > 0) return &image;
  }
  return nullptr;
}

}  // namespace local_cloud::ec2
