#include "tests/local_cloud/ec2_network.h"

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_filters.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_pages.h"
#include "tests/local_cloud/ec2_tags.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::text;

namespace {

constexpr std::string_view regions[] = {
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ca-central-1",   "eu-central-1",   "eu-north-1", "eu-west-1",
    "eu-west-2",      "eu-west-3",      "sa-east-1",      "us-east-1",  "us-east-2",
    "us-west-1",      "us-west-2"};
constexpr std::string_view taggable_group[] = {"security-group"};
constexpr std::string_view taggable_key[] = {"key-pair"};

// What passes the filters, of all that is shown and asked for by id (or every one).
class Listing {
 public:
  Listing(const Call& call, std::string_view ids, std::span<const FilterPath> paths)
      : asked_(query::list_of(call.params, ids)), filters_(call.params, paths) {}

  void add(std::string_view id, json::object shown) {
    if (!asked_.empty() && std::ranges::count(asked_, id) == 0) return;
    if (filters_.match(shown)) all_.push_back(std::move(shown));
  }

  const std::vector<std::string>& asked() const { return asked_; }
  json::array take() { return std::move(all_); }

 private:
  std::vector<std::string> asked_;
  Filters filters_;
  json::array all_;
};

constexpr FilterPath region_filters[] = {{"endpoint", "regionEndpoint"},
                                         {"opt-in-status", "optInStatus"},
                                         {"region-name", "regionName"}};

// Those that the account has not opted in to are shown only when they are asked for.
json::object describe_regions(Region& region, const Call& call) {
  Listing listing(call, "RegionName", region_filters);
  for (const auto& name : listing.asked()) {
    if (!is_region(name)) throw invalid_value(cat("Invalid region provided: ", name));
  }
  for (const auto name : regions) {
    const auto is_off = matches_any(region.settings().disabled_regions, name);
    const auto is_asked = !listing.asked().empty() || agent::base::flag(call.params, "AllRegions");
    if (is_off && !is_asked) continue;
    listing.add(name, {{"regionName", name},
                       {"regionEndpoint", cat("ec2.", name, ".amazonaws.com")},
                       {"optInStatus", is_off ? "not-opted-in" : "opt-in-not-required"}});
  }
  return {{"regionInfo", listing.take()}};
}

constexpr FilterPath zone_filters[] = {
    {"group-name", "groupName"},   {"opt-in-status", "optInStatus"},
    {"region-name", "regionName"}, {"state", "zoneState"},
    {"zone-id", "zoneId"},         {"zone-name", "zoneName"},
    {"zone-type", "zoneType"}};

json::object describe_zones(Region& region, const Call& call) {
  Listing listing(call, "ZoneName", zone_filters);
  for (const auto& name : listing.asked()) subnet_in(region, name);
  for (const auto& subnet : region.subnets) {
    listing.add(subnet.zone, {{"zoneName", subnet.zone},
                              {"zoneId", subnet.zone_id},
                              {"zoneState", "available"},
                              {"regionName", region.name},
                              {"groupName", region.name},
                              {"networkBorderGroup", region.name},
                              {"optInStatus", "opt-in-not-required"},
                              {"zoneType", "availability-zone"}});
  }
  return {{"availabilityZoneInfo", listing.take()}};
}

constexpr FilterPath vpc_filters[] = {{"cidr", "cidrBlock"},      {"is-default", "isDefault"},
                                      {"isDefault", "isDefault"}, {"owner-id", "ownerId"},
                                      {"state", "state"},         {"vpc-id", "vpcId"}};

json::object describe_vpcs(Region& region, const Call& call) {
  Listing listing(call, "VpcId", vpc_filters);
  expect_known("vpc", listing.asked(), [&](const std::string& id) { return id == region.vpc; });
  json::object shown{{"vpcId", region.vpc},          {"state", "available"},
                     {"cidrBlock", "172.31.0.0/16"}, {"isDefault", true},
                     {"instanceTenancy", "default"}, {"ownerId", region.account}};
  show_tags(region, region.vpc, shown);
  listing.add(region.vpc, std::move(shown));
  return paged_answer("vpcSet", listing.take(),
                      Page(region.settings(), call.params, {.ids = "VpcId"}));
}

constexpr FilterPath subnet_filters[] = {{"availability-zone", "availabilityZone"},
                                         {"availabilityZone", "availabilityZone"},
                                         {"availability-zone-id", "availabilityZoneId"},
                                         {"cidr-block", "cidrBlock"},
                                         {"default-for-az", "defaultForAz"},
                                         {"defaultForAz", "defaultForAz"},
                                         {"owner-id", "ownerId"},
                                         {"state", "state"},
                                         {"subnet-arn", "subnetArn"},
                                         {"subnet-id", "subnetId"},
                                         {"vpc-id", "vpcId"}};

json::object describe_subnets(Region& region, const Call& call) {
  Listing listing(call, "SubnetId", subnet_filters);
  for (const auto& id : listing.asked()) subnet_of(region, id);
  for (const auto& subnet : region.subnets) {
    json::object shown{
        {"subnetId", subnet.id},
        {"subnetArn", cat("arn:aws:ec2:", region.name, ':', region.account, ":subnet/", subnet.id)},
        {"state", "available"},
        {"vpcId", region.vpc},
        {"cidrBlock", subnet.block},
        {"availableIpAddressCount", 4091},
        {"availabilityZone", subnet.zone},
        {"availabilityZoneId", subnet.zone_id},
        {"defaultForAz", true},
        {"mapPublicIpOnLaunch", true},
        {"assignIpv6AddressOnCreation", false},
        {"ownerId", region.account}};
    show_tags(region, subnet.id, shown);
    listing.add(subnet.id, std::move(shown));
  }
  return paged_answer("subnetSet", listing.take(),
                      Page(region.settings(), call.params, {.ids = "SubnetId"}));
}

constexpr FilterPath group_filters[] = {{"description", "groupDescription"},
                                        {"group-id", "groupId"},
                                        {"group-name", "groupName"},
                                        {"owner-id", "ownerId"},
                                        {"vpc-id", "vpcId"}};

json::object describe_groups(Region& region, const Call& call) {
  Listing listing(call, "GroupId", group_filters);
  const auto names = query::list_of(call.params, "GroupName");
  for (const auto& id : listing.asked()) group_of(region, id);
  for (const auto& name : names) group_of(region, name);
  for (const auto& group : region.groups) {
    if (!names.empty() && std::ranges::count(names, group.name) == 0) continue;
    json::object all{{"ipProtocol", "-1"},
                     {"ipRanges", json::array{json::object{{"cidrIp", "0.0.0.0/0"}}}}};
    json::object shown{{"groupId", group.id},
                       {"groupName", group.name},
                       {"groupDescription", group.description},
                       {"ownerId", region.account},
                       {"vpcId", region.vpc},
                       {"ipPermissions", json::array()},
                       {"ipPermissionsEgress", json::array{std::move(all)}}};
    show_tags(region, group.id, shown);
    listing.add(group.id, std::move(shown));
  }
  return paged_answer("securityGroupInfo", listing.take(),
                      Page(region.settings(), call.params, {.ids = "GroupId"}));
}

json::object create_group(Region& region, const Call& call) {
  const auto name = text(call.params, "GroupName");
  const auto tags = tags_for(call, "security-group", taggable_group);
  if (const auto vpc = text(call.params, "VpcId"); !vpc.empty() && vpc != region.vpc) {
    throw not_found("vpc", vpc);
  }
  if (std::ranges::count(region.groups, name, &SecurityGroup::name) > 0) {
    throw ApiError(
        400, "InvalidGroup.Duplicate",
        cat("The security group '", name, "' already exists for VPC '", region.vpc, "'"));
  }
  region.groups.push_back({region.new_id("sg"), name, text(call.params, "GroupDescription")});
  const auto& id = region.groups.back().id;
  tag(region, id, tags);
  json::object answer{{"groupId", id}};
  show_tags(region, id, answer);
  return answer;
}

constexpr FilterPath key_filters[] = {
    {"fingerprint", "keyFingerprint"}, {"key-name", "keyName"}, {"key-pair-id", "keyPairId"}};

json::object describe_keys(Region& region, const Call& call) {
  Listing listing(call, "KeyName", key_filters);
  for (const auto& name : listing.asked()) expect_key(region, name);
  for (const auto& key : region.keys) {
    json::object shown{{"keyPairId", key.id},
                       {"keyFingerprint", key.fingerprint},
                       {"keyName", key.name},
                       {"keyType", key.type},
                       {"createTime", iso8601(key.created)}};
    if (agent::base::flag(call.params, "IncludePublicKey") && !key.material.empty()) {
      shown["publicKey"] = key.material;
    }
    show_tags(region, key.id, shown);
    listing.add(key.name, std::move(shown));
  }
  return {{"keySet", listing.take()}};
}

json::object import_key(Region& region, const Call& call) {
  const auto name = text(call.params, "KeyName");
  const auto tags = tags_for(call, "key-pair", taggable_key);
  const auto material = text(call.params, "PublicKeyMaterial");
  if (std::ranges::count(region.keys, name, &KeyPair::name) > 0) {
    throw ApiError(400, "InvalidKeyPair.Duplicate",
                   cat("The keypair '", name, "' already exists."));
  }
  region.keys.push_back({.id = region.new_id("key"),
                         .name = name,
                         .fingerprint = agent::base::sha256_hex(material).substr(0, 32),
                         .type = "rsa",
                         .material = material,
                         .created = call.now});
  const auto& key = region.keys.back();
  tag(region, key.id, tags);
  json::object answer{
      {"keyPairId", key.id}, {"keyName", key.name}, {"keyFingerprint", key.fingerprint}};
  show_tags(region, key.id, answer);
  return answer;
}

using namespace fields;
constexpr Field regions_fields[] = {dry_run, filters, strings("RegionName"), boolean("AllRegions")};
constexpr Field zones_fields[] = {dry_run, filters, strings("ZoneName"), strings("ZoneId"),
                                  boolean("AllAvailabilityZones")};
constexpr Field vpcs_fields[] = {dry_run, filters, strings("VpcId"), most, next};
constexpr Field subnets_fields[] = {dry_run, filters, strings("SubnetId"), most, next};
constexpr Field groups_fields[] = {dry_run, filters, strings("GroupId"), strings("GroupName"),
                                   most,    next};
constexpr Field create_group_fields[] = {dry_run, required(string("GroupName")),
                                         required(string("GroupDescription")), string("VpcId"),
                                         tag_specifications};
constexpr Field keys_fields[] = {dry_run, filters, strings("KeyName"), strings("KeyPairId"),
                                 boolean("IncludePublicKey")};
constexpr Field import_key_fields[] = {dry_run, required(string("KeyName")),
                                       required(string("PublicKeyMaterial")), tag_specifications};
constexpr Operation operations[] = {{"DescribeRegions", regions_fields, describe_regions},
                                    {"DescribeAvailabilityZones", zones_fields, describe_zones},
                                    {"DescribeVpcs", vpcs_fields, describe_vpcs},
                                    {"DescribeSubnets", subnets_fields, describe_subnets},
                                    {"DescribeSecurityGroups", groups_fields, describe_groups},
                                    {"CreateSecurityGroup", create_group_fields, create_group},
                                    {"DescribeKeyPairs", keys_fields, describe_keys},
                                    {"ImportKeyPair", import_key_fields, import_key}};

}  // namespace

std::span<const Operation> network_operations() {
  return operations;
}

bool is_region(std::string_view name) {
  return std::ranges::count(regions, name) > 0;
}

const Subnet& subnet_of(const Region& region, const std::string& id) {
  expect_id("subnet", id);
  const auto* subnet = find_by_id(region.subnets, id);
  if (!subnet) throw not_found("subnet", id);
  return *subnet;
}

const Subnet& subnet_in(const Region& region, const std::string& zone) {
  if (zone.empty()) return region.subnets.front();
  const auto known = std::ranges::find(region.subnets, zone, &Subnet::zone);
  if (known == region.subnets.end()) {
    throw invalid_value(cat("Invalid availability zone: [", zone, "]"));
  }
  return *known;
}

const SecurityGroup& group_of(const Region& region, const std::string& id) {
  for (const auto& group : region.groups) {
    if (group.id == id || group.name == id) return group;
  }
  throw not_found("sg", id);
}

void expect_key(const Region& region, const std::string& name) {
  if (std::ranges::count(region.keys, name, &KeyPair::name) > 0) return;
  throw not_found("key", name);
}

}  // namespace local_cloud::ec2
