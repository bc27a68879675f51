#include "tests/local_cloud/ec2_builtin.h"

#include "agent/base/digest.h"
#include "agent/base/text.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

constexpr Time released = std::chrono::sys_days{std::chrono::January / 17 / 2023};
constexpr std::int64_t root_size = 8;

void add_image(Region& region, std::string_view id, std::string_view architecture) {
  Snapshot snapshot{.id = cat("snap-", id.substr(4)),
                    .volume = "vol-ffffffff",
                    .description = "Created by CreateImage for the root of a public image",
                    .owner = std::string(amazon_account),
                    .owner_alias = "amazon",
                    .size = root_size};
  snapshot.started = snapshot.visible = snapshot.settles = released;
  Image image{.id = std::string(id),
              .name = cat("al2023-ami-2023.0.20230117.0-kernel-6.1-", architecture),
              .description = cat("Amazon Linux 2023 AMI ", architecture, " HVM kernel-6.1"),
              .owner = std::string(amazon_account),
              .owner_alias = "amazon",
              .is_public = true,
              .architecture = std::string(architecture),
              .root_device = "/dev/xvda"};
  image.boot_mode = "uefi";
  image.imds_support = "v2.0";
  image.source = cat("amazon/", image.name);
  image.created = image.visible = image.settles = released;
  image.mappings.push_back({{"deviceName", image.root_device},
                            {"ebs", json::object{{"deleteOnTermination", true},
                                                 {"iops", 3000},
                                                 {"snapshotId", snapshot.id},
                                                 {"volumeSize", root_size},
                                                 {"volumeType", "gp3"},
                                                 {"throughput", 125},
                                                 {"encrypted", false}}}});
  region.snapshots.push_back(std::move(snapshot));
  region.images.push_back(std::move(image));
}

}  // namespace

void furnish(Region& region) {
  region.vpc = region.new_id("vpc");
  for (const int index : {0, 1, 2}) {
    const auto letter = static_cast<char>('a' + index);
    region.subnets.push_back({.id = region.new_id("subnet"),
                              .zone = cat(region.name, letter),
                              .zone_id = cat(region.name, "-az", index + 1),
                              .block = cat("172.31.", index * 16, ".0/20"),
                              .third_octet = index * 16});
  }
  region.groups.push_back({region.new_id("sg"), "default", "default VPC security group"});
  region.keys.push_back(
      {.id = region.new_id("key"),
       .name = std::string(builtin_key),
       .fingerprint = agent::base::sha256_hex(cat(region.account, region.name)).substr(0, 40),
       .type = "rsa",
       .created = released});
  add_image(region, public_image, "x86_64");
  add_image(region, public_arm_image, "arm64");
}

}  // namespace local_cloud::ec2
