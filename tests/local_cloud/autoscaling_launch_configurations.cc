// Launch configurations, the older way. One can be modelled on an instance; its block device
// mappings are then not taken over (API_CreateLaunchConfiguration, InstanceId).
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::text;

namespace {

json::object from_instance(const Place& place, const std::string& id) {
  const auto* instance = ec2::find_by_id(place.ec2.instances, id);
  if (!instance) throw validation_error(cat("The instance ID '", id, "' does not exist"));
  json::array groups;
  for (const auto& group : instance->groups) groups.emplace_back(group);
  json::object result{{"ImageId", instance->image},
                      {"InstanceType", instance->type},
                      {"SecurityGroups", std::move(groups)}};
  const auto take = [&](std::string_view from, std::string_view to) {
    if (auto value = text(instance->data, from); !value.empty()) result[to] = value;
  };
  take("keyName", "KeyName");
  take("userData", "UserData");
  take("ebsOptimized", "EbsOptimized");
  const auto& profile = agent::base::member(instance->data, "iamInstanceProfile");
  const auto named = text(profile, "arn").empty() ? text(profile, "name") : text(profile, "arn");
  if (!named.empty()) result["IamInstanceProfile"] = named;
  return result;
}

json::object usual() {
  return {{"KeyName", ""},
          {"SecurityGroups", json::array()},
          {"ClassicLinkVPCSecurityGroups", json::array()},
          {"UserData", ""},
          {"KernelId", ""},
          {"RamdiskId", ""},
          {"BlockDeviceMappings", json::array()},
          {"InstanceMonitoring", json::object{{"Enabled", true}}},
          {"EbsOptimized", false}};
}

json::object create(Place& place, const Call& call) {
  const auto name = text(call.params, "LaunchConfigurationName");
  if (find_launch_configuration(place.region, name)) {
    throw ApiError(400, "AlreadyExists",
                   cat("Launch Configuration by this name already exists - A launch configuration "
                       "already exists with the name ",
                       name));
  }
  auto made = usual();
  if (const auto id = text(call.params, "InstanceId"); !id.empty()) {
    for (const auto& [key, value] : from_instance(place, id)) made[key] = value;
  }
  for (const auto& [key, value] : call.params) {
    if (key != "InstanceId") made[key] = value;
  }
  if (text(made, "ImageId").empty() || text(made, "InstanceType").empty()) {
    throw validation_error(
        "Valid requests must contain either the InstanceID parameter or both the ImageId and "
        "InstanceType parameters.");
  }
  made["LaunchConfigurationARN"] =
      cat("arn:aws:autoscaling:", call.region, ':', call.account,
          ":launchConfiguration:", place.new_id(), ":launchConfigurationName/", name);
  made["CreatedTime"] = iso8601(call.now);
  place.region.launch_configurations.push_back(std::move(made));
  return {};
}

json::object describe(Place& place, const Call& call) {
  const auto names = query::list_of(call.params, "LaunchConfigurationNames");
  json::array all;
  for (const auto& known : place.region.launch_configurations) {
    const auto name = text(known, "LaunchConfigurationName");
    if (names.empty() || std::ranges::count(names, name) > 0) all.push_back(known);
  }
  return paged_answer("LaunchConfigurations", std::move(all), call.params);
}

json::object remove(Place& place, const Call& call) {
  const auto name = text(call.params, "LaunchConfigurationName");
  const auto* known = find_launch_configuration(place.region, name);
  if (!known) {
    throw validation_error(
        cat("Launch configuration name not found - Launch configuration ", name, " not found"));
  }
  for (const auto& group : place.region.groups) {
    if (text(group.source, "LaunchConfigurationName") != name) continue;
    throw ApiError(400, "ResourceInUse",
                   cat("Cannot delete launch configuration ", name,
                       " because it is attached to AutoScalingGroup ", group.name));
  }
  std::erase_if(place.region.launch_configurations, [&](const json::object& configuration) {
    return text(configuration, "LaunchConfigurationName") == name;
  });
  return {};
}

using namespace fields;
constexpr auto configuration_name = string("LaunchConfigurationName");
constexpr Field ebs[] = {string("SnapshotId"), whole("VolumeSize"),
                         string("VolumeType"), boolean("DeleteOnTermination"),
                         whole("Iops"),        boolean("Encrypted"),
                         whole("Throughput")};
constexpr Field device_mapping[] = {string("VirtualName"), required(string("DeviceName")),
                                    structure("Ebs", ebs), boolean("NoDevice")};
constexpr Field monitoring[] = {boolean("Enabled")};
constexpr Field metadata[] = {string("HttpTokens"), whole("HttpPutResponseHopLimit"),
                              string("HttpEndpoint")};
constexpr Field create_fields[] = {required(configuration_name),
                                   string("ImageId"),
                                   string("KeyName"),
                                   strings("SecurityGroups"),
                                   string("ClassicLinkVPCId"),
                                   strings("ClassicLinkVPCSecurityGroups"),
                                   string("UserData"),
                                   string("InstanceId"),
                                   string("InstanceType"),
                                   string("KernelId"),
                                   string("RamdiskId"),
                                   structures("BlockDeviceMappings", device_mapping),
                                   structure("InstanceMonitoring", monitoring),
                                   string("SpotPrice"),
                                   string("IamInstanceProfile"),
                                   boolean("EbsOptimized"),
                                   boolean("AssociatePublicIpAddress"),
                                   string("PlacementTenancy"),
                                   structure("MetadataOptions", metadata)};
constexpr Field describe_fields[] = {strings("LaunchConfigurationNames"), fields::most,
                                     fields::next};
constexpr Field delete_fields[] = {required(configuration_name)};
constexpr Operation operations[] = {{"CreateLaunchConfiguration", create_fields, create},
                                    {"DescribeLaunchConfigurations", describe_fields, describe},
                                    {"DeleteLaunchConfiguration", delete_fields, remove}};

}  // namespace

std::span<const Operation> launch_configuration_operations() {
  return operations;
}

}  // namespace local_cloud::autoscaling
