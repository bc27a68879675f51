// A launch is planned completely before anything is made, so that one that fails leaves no trace.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
#include "tests/local_cloud/ec2_launch.h"

#include <array>
#include <cctype>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_block_devices.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_image_references.h"
#include "tests/local_cloud/ec2_images.h"
#include "tests/local_cloud/ec2_instances.h"
#include "tests/local_cloud/ec2_launch_fields.h"
#include "tests/local_cloud/ec2_launch_template_data.h"
#include "tests/local_cloud/ec2_launch_templates.h"
#include "tests/local_cloud/ec2_network.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_tags.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::list;
using agent::base::member;
using agent::base::text;

namespace {

constexpr std::string_view default_type = "m1.small";
constexpr std::string_view taggable[] = {"instance", "volume", "network-interface",
                                         "spot-instances-request", "elastic-gpu"};

struct Plan {
  const Image* image = nullptr;
  const Subnet* subnet = nullptr;
  std::string type;
  std::vector<std::string> groups;
  std::vector<Volume> volumes;
  Tags instance_tags;
  Tags volume_tags;
};

// "t4g.small" and the like: a family whose generation is followed by g, or a1.
std::string architecture_of(std::string_view type) {
  const auto family = type.substr(0, type.find('.'));
  const auto digit = family.find_first_of("0123456789");
  const auto is_arm = family == "a1" || (digit != family.npos && digit + 1 < family.size() &&
                                         family[digit + 1] == 'g');
  return is_arm ? "arm64" : "x86_64";
}

std::string checked_type(const json::object& data, const Image& image) {
  auto type =
      data.contains("instanceType") ? text(data, "instanceType") : std::string(default_type);
  const auto dot = type.find('.');
  if (dot == 0 || dot == type.npos || dot + 1 == type.size()) {
    throw invalid_value(cat("Invalid value '", type, "' for InstanceType."));
  }
  if (const auto architecture = architecture_of(type);
      image.architecture != architecture && image.architecture != "i386") {
    throw invalid_value(
        cat("The architecture '", architecture, "' of the specified instance type ",
            "does not match the architecture '", image.architecture,
            "' of the specified AMI. Specify an instance type and an AMI that have ",
            "matching architectures, and try again."));
  }
  return type;
}

const json::object& first_interface(const json::object& data) {
  static const json::object none;
  const auto& interfaces = list(data, "networkInterfaceSet");
  return interfaces.empty() ? none : interfaces.front().as_object();
}

const Subnet& place(const Region& region, const Launch& launch) {
  const auto& interface = first_interface(launch.data);
  if (!launch.subnet.empty()) return subnet_of(region, launch.subnet);
  if (const auto id = text(interface, "subnetId"); !id.empty()) return subnet_of(region, id);
  return subnet_in(region, text(member(launch.data, "placement"), "availabilityZone"));
}

std::vector<std::string> groups(const Region& region, const json::object& data) {
  std::vector<std::string> ids;
  auto asked = query::list_of(data, "securityGroupIdSet");
  for (const auto& name : query::list_of(data, "securityGroupSet")) asked.push_back(name);
  for (const auto& id : query::list_of(first_interface(data), "groupSet")) asked.push_back(id);
  for (const auto& id : asked) ids.push_back(group_of(region, id).id);
  if (ids.empty()) ids.push_back(region.groups.front().id);
  return ids;
}

void plan_tags(const json::object& data, Plan& plan) {
  for (const auto* specification : agent::base::objects(data, "tagSpecificationSet")) {
    const auto type = text(*specification, "resourceType");
    auto tags = tags_of(*specification);
    check_tags(tags);
    if (type == "instance") plan.instance_tags.merge(tags);
    if (type == "volume") plan.volume_tags.merge(tags);
  }
}

Plan plan(Region& region, const Launch& launch, Time now) {
  const auto& data = launch.data;
  const auto id = resolved_image(region, text(data, "imageId"), now);
  if (id.empty()) {
    throw ApiError(400, "MissingParameter", "The request must contain the parameter ImageId");
  }
  Plan plan;
  plan.image = &usable_image(region, id, now);
  plan.type = checked_type(data, *plan.image);
  plan.subnet = &place(region, launch);
  plan.groups = groups(region, data);
  if (const auto key = text(data, "keyName"); !key.empty()) expect_key(region, key);
  for (const auto& mapping : overlay(plan.image->mappings, list(data, "blockDeviceMappingSet"))) {
    if (auto volume = plan_volume(region, mapping.as_object(), now)) {
      volume->zone = plan.subnet->zone;
      plan.volumes.push_back(std::move(*volume));
    }
  }
  plan_tags(data, plan);
  return plan;
}

void attach_volumes(Region& region, const Plan& plan, Instance& instance) {
  for (auto volume : plan.volumes) {
    volume.id = region.new_id("vol");
    volume.instance = instance.id;
    instance.volumes.push_back({volume.device, volume.id, volume.delete_on_termination});
    tag(region, volume.id, plan.volume_tags);
    region.volumes.push_back(std::move(volume));
  }
}

Instance make(Region& region, const Plan& plan, const Launch& launch, Time now) {
  const auto& settings = region.settings();
  Instance made{.id = region.new_id("i"),
                .image = plan.image->id,
                .type = plan.type,
                .subnet = plan.subnet->id,
                .zone = plan.subnet->zone,
                .architecture = plan.image->architecture,
                .root_device = plan.image->root_device,
                .client_token = launch.client_token};
  const auto host = ++region.counters[cat("address in ", plan.subnet->id)] + 9;
  made.private_ip = cat("172.31.", plan.subnet->third_octet + (host / 256) % 16, '.', host % 256);
  made.groups = plan.groups;
  made.data = launch.data;
  made.launched = made.changed = now;
  made.visible = now + settings.visibility_lag;
  made.settles = now + settings.instance_start_time;
  made.reachable = made.settles + settings.instance_reboot_time;
  attach_volumes(region, plan, made);
  tag(region, made.id, plan.instance_tags);
  tag(region, made.id, launch.tags);
  return made;
}

// The template's data with the request's over it.
Launch requested(Region& region, const Call& call) {
  Launch wanted;
  const auto& params = call.params;
  if (const auto& named = member(params, "LaunchTemplate"); !named.empty()) {
    const auto& of = template_of(region, named);
    const auto from = from_template(of, version_of(of, text(named, "Version")));
    wanted.data = from.data;
    wanted.tags = from.tags;
  }
  for (const auto& [name, value] : launch_data(params)) wanted.data[name] = value;
  wanted.subnet = text(params, "SubnetId");
  wanted.client_token = text(params, "ClientToken");
  wanted.least = static_cast<int>(agent::base::number(params, "MinCount").value_or(1));
  wanted.most = static_cast<int>(agent::base::number(params, "MaxCount").value_or(1));
  if (wanted.least < 1 || wanted.most < wanted.least) {
    throw invalid_value(cat("Invalid value '", wanted.most, "' for MaxCount. It must not be less ",
                            "than MinCount, which must be positive."));
  }
  return wanted;
}

json::object show_launched(const Region& region, const std::vector<std::string>& ids, Time now) {
  std::vector<const Instance*> instances;
  for (const auto& id : ids) instances.push_back(find_by_id(region.instances, id));
  return show_reservation(region, instances, now);
}

// A repeated token gets the same instances, as they are by now.
json::object run_instances(Region& region, const Call& call) {
  tags_for(call, "instance", taggable);
  std::vector<std::string> ids;
  if (const auto* before = remembered(region, call)) {
    ids = query::list_of(*before, "ids");
  } else {
    ids = launch(region, requested(region, call), call.now);
    remember(region, call, {{"ids", json::value_from(ids)}});
  }
  return show_launched(region, ids, call.now);
}

// What RunInstances was told, in a launch template's words.
json::object template_data(Region& region, const Call& call) {
  const auto& instance = instance_of(region, text(call.params, "InstanceId"), call.now);
  auto data = instance.data;
  data["imageId"] = instance.image;
  data["instanceType"] = instance.type;
  json::array groups;
  for (const auto& id : instance.groups) groups.emplace_back(id);
  data.erase("securityGroupSet");
  data["securityGroupIdSet"] = std::move(groups);
  json::array mappings;
  for (const auto& attachment : instance.volumes) {
    const auto* volume = find_by_id(region.volumes, attachment.volume);
    if (volume) mappings.push_back(mapping_of(*volume, volume->snapshot));
  }
  data["blockDeviceMappingSet"] = std::move(mappings);
  return {{"launchTemplateData", std::move(data)}};
}

using namespace fields;
constexpr Field template_fields[] = {string("LaunchTemplateId"), string("LaunchTemplateName"),
                                     string("Version")};
constexpr Field own_fields[] = {dry_run,
                                string("ClientToken"),
                                structure("LaunchTemplate", template_fields),
                                required(whole("MinCount")),
                                required(whole("MaxCount")),
                                string("RamdiskId"),
                                string("SubnetId"),
                                string("PrivateIpAddress"),
                                string("AdditionalInfo"),
                                whole("Ipv6AddressCount"),
                                structures("Ipv6Address", launch_fields::ipv6_address)};
constexpr auto run_fields = [] {
  std::array<Field, std::size(own_fields) + std::size(launch_fields::all)> all{};
  std::ranges::copy(launch_fields::all, std::ranges::copy(own_fields, all.begin()).out);
  return all;
}();
constexpr Field data_fields[] = {dry_run, required(string("InstanceId"))};
constexpr Operation operations[] = {{"RunInstances", run_fields, run_instances},
                                    {"GetLaunchTemplateData", data_fields, template_data}};

}  // namespace

std::span<const Operation> launch_operations() {
  return operations;
}

void check(Region& region, const Launch& launch, Time now) {
  plan(region, launch, now);
}

std::vector<std::string> launch(Region& region, const Launch& launch, Time now) {
  const auto planned = plan(region, launch, now);
  const auto reservation = region.new_id("r");
  std::vector<std::string> ids;
  for (int index = 0; index < launch.most; ++index) {
    auto made = make(region, planned, launch, now);
    made.reservation = reservation;
    made.launch_index = index;
    ids.push_back(made.id);
    region.instances.push_back(std::move(made));
  }
  return ids;
}

FromTemplate from_template(const LaunchTemplate& of, const TemplateVersion& version) {
  return {.data = version.data,
          .tags = {{"aws:ec2launchtemplate:id", of.id},
                   {"aws:ec2launchtemplate:version", cat(version.number)}}};
}

}  // namespace local_cloud::ec2
