// DescribeInstances, DescribeInstanceStatus, and how an instance looks in answers.
#include "tests/local_cloud/ec2_instances.h"

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_filters.h"
#include "tests/local_cloud/ec2_instance_states.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_pages.h"
#include "tests/local_cloud/ec2_tags.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::member;
using agent::base::text;

namespace {

json::array groups_of(const Region& region, const Instance& instance) {
  json::array shown;
  for (const auto& id : instance.groups) {
    const auto* group = find_by_id(region.groups, id);
    shown.push_back({{"groupId", id}, {"groupName", group ? group->name : ""}});
  }
  return shown;
}

json::array devices_of(const Instance& instance) {
  json::array shown;
  for (const auto& attachment : instance.volumes) {
    shown.push_back(
        {{"deviceName", attachment.device},
         {"ebs", json::object{{"volumeId", attachment.volume},
                              {"status", "attached"},
                              {"attachTime", iso8601(instance.launched)},
                              {"deleteOnTermination", attachment.delete_on_termination}}}});
  }
  return shown;
}

json::object profile_of(const Region& region, const json::object& profile) {
  auto arn = text(profile, "arn");
  if (arn.empty()) {
    arn = cat("arn:aws:iam::", region.account, ":instance-profile/", text(profile, "name"));
  }
  auto id = agent::base::sha256_hex(arn).substr(0, 17);
  std::ranges::transform(id, id.begin(), [](char c) { return c >= 'a' ? c - 'a' + 'A' : c; });
  return {{"arn", arn}, {"id", cat("AIPA", id)}};
}

json::object placement_of(const Instance& instance) {
  json::object placement{
      {"availabilityZone", instance.zone}, {"groupName", ""}, {"tenancy", "default"}};
  for (const auto& [name, value] : member(instance.data, "placement")) placement[name] = value;
  placement["availabilityZone"] = instance.zone;
  return placement;
}

json::object metadata_of(const Instance& instance) {
  json::object options{{"state", "applied"},
                       {"httpTokens", "optional"},
                       {"httpPutResponseHopLimit", 1},
                       {"httpEndpoint", "enabled"},
                       {"httpProtocolIpv6", "disabled"},
                       {"instanceMetadataTags", "disabled"}};
  for (const auto& [name, value] : member(instance.data, "metadataOptions")) options[name] = value;
  return options;
}

// Members of the launch data that instances show under the same name.
constexpr std::string_view carried_over[] = {
    "kernelId",           "ebsOptimized",       "cpuOptions",
    "hibernationOptions", "enclaveOptions",     "privateDnsNameOptions",
    "licenseSet",         "maintenanceOptions", "capacityReservationSpecification"};

void show_options(const Region& region, const Instance& instance, json::object& shown) {
  shown["ebsOptimized"] = false;
  for (const auto name : carried_over) {
    if (const auto* value = agent::base::find(instance.data, name)) shown[name] = *value;
  }
  if (const auto key = text(instance.data, "keyName"); !key.empty()) shown["keyName"] = key;
  if (!instance.client_token.empty()) shown["clientToken"] = instance.client_token;
  if (const auto& profile = member(instance.data, "iamInstanceProfile"); !profile.empty()) {
    shown["iamInstanceProfile"] = profile_of(region, profile);
  }
  if (text(member(instance.data, "instanceMarketOptions"), "marketType") == "spot") {
    shown["instanceLifecycle"] = "spot";
  }
}

void show_reason(const Instance& instance, Time now, json::object& shown) {
  const auto state = instance.state(now);
  if (state == InstanceState::running || state == InstanceState::pending) return;
  if (instance.reason_code.empty()) return;
  shown["reason"] = cat("User initiated (", iso8601(instance.changed), ')');
  shown["stateReason"] = json::object{{"code", instance.reason_code}, {"message", instance.reason}};
}

constexpr FilterPath instance_filters[] = {
    {"architecture", "architecture"},
    {"availability-zone", "placement/availabilityZone"},
    {"block-device-mapping.delete-on-termination", "blockDeviceMapping/ebs/deleteOnTermination"},
    {"block-device-mapping.device-name", "blockDeviceMapping/deviceName"},
    {"block-device-mapping.volume-id", "blockDeviceMapping/ebs/volumeId"},
    {"client-token", "clientToken"},
    {"iam-instance-profile.arn", "iamInstanceProfile/arn"},
    {"iam-instance-profile.id", "iamInstanceProfile/id"},
    {"image-id", "imageId"},
    {"instance-id", "instanceId"},
    {"instance-lifecycle", "instanceLifecycle"},
    {"instance-state-code", "instanceState/code"},
    {"instance-state-name", "instanceState/name"},
    {"instance-type", "instanceType"},
    {"instance.group-id", "groupSet/groupId"},
    {"instance.group-name", "groupSet/groupName"},
    {"key-name", "keyName"},
    {"launch-index", "amiLaunchIndex"},
    {"launch-time", "launchTime"},
    {"metadata-options.http-tokens", "metadataOptions/httpTokens"},
    {"monitoring-state", "monitoring/state"},
    {"placement-group-name", "placement/groupName"},
    {"private-dns-name", "privateDnsName"},
    {"private-ip-address", "privateIpAddress"},
    {"root-device-name", "rootDeviceName"},
    {"root-device-type", "rootDeviceType"},
    {"state-reason-code", "stateReason/code"},
    {"subnet-id", "subnetId"},
    {"tenancy", "placement/tenancy"},
    {"virtualization-type", "virtualizationType"},
    {"vpc-id", "vpcId"}};

std::vector<std::string> asked(const Region& region, const Call& call) {
  auto ids = query::list_of(call.params, "InstanceId");
  expect_known("i", ids, [&](const std::string& id) {
    const auto* instance = find_by_id(region.instances, id);
    return instance && is_shown(*instance, call.now);
  });
  return ids;
}

// Those of one launch stay together, in one reservation.
json::object describe(Region& region, const Call& call) {
  const Filters filters(call.params, instance_filters);
  const auto ids = asked(region, call);
  std::vector<std::string> order;
  std::map<std::string, std::vector<const Instance*>> reservations;
  for (const auto& instance : region.instances) {
    if (!ids.empty() && std::ranges::count(ids, instance.id) == 0) continue;
    if (!is_shown(instance, call.now) || !filters.match(show(region, instance, call.now))) continue;
    auto& reservation = reservations[instance.reservation];
    if (reservation.empty()) order.push_back(instance.reservation);
    reservation.push_back(&instance);
  }
  json::array all;
  for (const auto& id : order) all.push_back(show_reservation(region, reservations[id], call.now));
  return paged_answer("reservationSet", std::move(all),
                      Page(region.settings(), call.params, {.ids = "InstanceId"}));
}

std::string_view check_status(const Instance& instance, Time now) {
  if (instance.state(now) != InstanceState::running) return "not-applicable";
  return now < instance.reachable ? "initializing" : "ok";
}

json::object show_status(const Instance& instance, Time now) {
  const auto status = check_status(instance, now);
  json::object check{{"status", status}};
  if (status != "not-applicable") {
    const auto* detail = status == "ok" ? "passed" : "initializing";
    check["details"] = json::array{json::object{{"name", "reachability"}, {"status", detail}}};
  }
  return {{"instanceId", instance.id},
          {"availabilityZone", instance.zone},
          {"instanceState", as_json(instance.state(now))},
          {"instanceStatus", check},
          {"systemStatus", check}};
}

constexpr FilterPath status_filters[] = {
    {"availability-zone", "availabilityZone"},
    {"instance-state-code", "instanceState/code"},
    {"instance-state-name", "instanceState/name"},
    {"instance-status.reachability", "instanceStatus/details/status"},
    {"instance-status.status", "instanceStatus/status"},
    {"system-status.reachability", "systemStatus/details/status"},
    {"system-status.status", "systemStatus/status"}};

json::object describe_status(Region& region, const Call& call) {
  const Filters filters(call.params, status_filters);
  const auto ids = asked(region, call);
  const auto all_states = agent::base::flag(call.params, "IncludeAllInstances");
  json::array all;
  for (const auto& instance : region.instances) {
    if (!ids.empty() && std::ranges::count(ids, instance.id) == 0) continue;
    if (!is_shown(instance, call.now)) continue;
    if (!all_states && instance.state(call.now) != InstanceState::running) continue;
    auto shown = show_status(instance, call.now);
    if (filters.match(shown)) all.push_back(std::move(shown));
  }
  return paged_answer("instanceStatusSet", std::move(all),
                      Page(region.settings(), call.params, {.ids = "InstanceId"}));
}

using namespace fields;
constexpr Field describe_fields[] = {dry_run, filters, strings("InstanceId"), most, next};
constexpr Field status_fields[] = {dry_run, filters, strings("InstanceId"),
                                   most,    next,    boolean("IncludeAllInstances")};
constexpr Field ids_fields[] = {dry_run, required(strings("InstanceId"))};
constexpr Field start_fields[] = {dry_run, required(strings("InstanceId")),
                                  string("AdditionalInfo")};
constexpr Field stop_fields[] = {dry_run, required(strings("InstanceId")), boolean("Hibernate"),
                                 boolean("Force")};
constexpr Operation operations[] = {{"DescribeInstances", describe_fields, describe},
                                    {"DescribeInstanceStatus", status_fields, describe_status},
                                    {"StartInstances", start_fields, start_instances},
                                    {"StopInstances", stop_fields, stop_instances},
                                    {"RebootInstances", ids_fields, reboot_instances},
                                    {"TerminateInstances", ids_fields, terminate_instances}};

}  // namespace

std::span<const Operation> instance_operations() {
  return operations;
}

bool is_shown(const Instance& instance, Time now) {
  const auto is_old = instance.settled == InstanceState::terminated &&
                      now >= instance.settles + std::chrono::hours(1);
  return now >= instance.visible && !is_old;
}

json::object show(const Region& region, const Instance& instance, Time now) {
  const auto monitored = agent::base::flag(member(instance.data, "monitoring"), "enabled");
  json::object shown{{"instanceId", instance.id},
                     {"imageId", instance.image},
                     {"instanceState", as_json(instance.state(now))},
                     {"instanceType", instance.type},
                     {"amiLaunchIndex", instance.launch_index},
                     {"launchTime", iso8601(instance.launched)},
                     {"placement", placement_of(instance)},
                     {"monitoring", json::object{{"state", monitored ? "enabled" : "disabled"}}},
                     {"architecture", instance.architecture},
                     {"rootDeviceType", "ebs"},
                     {"rootDeviceName", instance.root_device},
                     {"virtualizationType", "hvm"},
                     {"hypervisor", "xen"},
                     {"enaSupport", true},
                     {"platformDetails", "Linux/UNIX"},
                     {"usageOperation", "RunInstances"},
                     {"metadataOptions", metadata_of(instance)}};
  show_options(region, instance, shown);
  show_reason(instance, now, shown);
  if (instance.state(now) != InstanceState::terminated) {
    auto host = instance.private_ip;
    std::ranges::replace(host, '.', '-');
    shown["subnetId"] = instance.subnet;
    shown["vpcId"] = region.vpc;
    shown["privateIpAddress"] = instance.private_ip;
    shown["privateDnsName"] = cat("ip-", host, '.', region.name, ".compute.internal");
    shown["sourceDestCheck"] = true;
    shown["groupSet"] = groups_of(region, instance);
    shown["blockDeviceMapping"] = devices_of(instance);
  }
  show_tags(region, instance.id, shown);
  return shown;
}

json::object show_reservation(const Region& region, std::span<const Instance* const> instances,
                              Time now) {
  json::array shown;
  for (const auto* instance : instances) shown.push_back(show(region, *instance, now));
  return {{"reservationId", instances.empty() ? "" : instances.front()->reservation},
          {"ownerId", region.account},
          {"groupSet", json::array()},
          {"instancesSet", std::move(shown)}};
}

}  // namespace local_cloud::ec2
