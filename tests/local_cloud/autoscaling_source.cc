#include "tests/local_cloud/autoscaling_source.h"

#include <cctype>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_launch_templates.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::member;
using agent::base::text;

namespace {

// {"Ebs": {"SnapshotId": ...}} as {"ebs": {"snapshotId": ...}}.
json::value in_small(const json::value& value) {
  if (const auto* list = value.if_array()) {
    json::array result;
    for (const auto& entry : *list) result.push_back(in_small(entry));
    return result;
  }
  const auto* object = value.if_object();
  if (!object) return value;
  json::object result;
  for (const auto& [key, inner] : *object) {
    auto small = std::string(key);
    small[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(small[0])));
    result[small] = in_small(inner);
  }
  return result;
}

json::array device_mappings_of(const json::object& launch_configuration) {
  auto mappings = in_small(agent::base::list(launch_configuration, "BlockDeviceMappings"));
  for (auto& mapping : mappings.as_array()) {
    auto& members = mapping.as_object();
    if (!members.contains("noDevice")) continue;
    if (agent::base::flag(members, "noDevice")) {
      members["noDevice"] = "";
    } else {
      members.erase("noDevice");
    }
  }
  return mappings.as_array();
}

Recipe from_template(Place& place, const json::object& specification) {
  const auto& of = ec2::template_of(
      place.ec2,
      text(specification, "LaunchTemplateId").empty()
          ? json::object{{"LaunchTemplateName", text(specification, "LaunchTemplateName")}}
          : json::object{{"LaunchTemplateId", text(specification, "LaunchTemplateId")}});
  const auto& version = ec2::version_of(of, text(specification, "Version"));
  auto from = ec2::from_template(of, version);
  Recipe recipe;
  recipe.launch.data = std::move(from.data);
  recipe.launch.tags = std::move(from.tags);
  recipe.launch_template = {{"LaunchTemplateId", of.id},
                            {"LaunchTemplateName", of.name},
                            {"Version", cat(version.number)}};
  return recipe;
}

Recipe from_override(Place& place, const json::object& policy_template,
                     const json::object& override) {
  const auto& own = member(override, "LaunchTemplateSpecification");
  auto recipe = from_template(
      place, own.empty() ? member(policy_template, "LaunchTemplateSpecification") : own);
  auto& data = recipe.launch.data;
  if (const auto type = text(override, "InstanceType"); !type.empty()) data["instanceType"] = type;
  if (const auto image = text(override, "ImageId"); !image.empty()) data["imageId"] = image;
  recipe.weight = agent::base::number(override, "WeightedCapacity");
  return recipe;
}

// One for each override.
std::vector<Recipe> from_policy(Place& place, const json::object& policy) {
  const auto& from = member(policy, "LaunchTemplate");
  std::vector<Recipe> recipes;
  for (const auto* override : agent::base::objects(from, "Overrides")) {
    recipes.push_back(from_override(place, from, *override));
  }
  if (recipes.empty()) recipes.push_back(from_override(place, from, {}));
  return recipes;
}

Recipe from_launch_configuration(Place& place, const std::string& name) {
  const auto* known = find_launch_configuration(place.region, name);
  if (!known) {
    throw validation_error(
        cat("Launch configuration name not found - Launch configuration ", name, " not found"));
  }
  Recipe recipe;
  recipe.launch.data = launch_data_of(*known);
  recipe.launch_configuration = name;
  return recipe;
}

// Named completely and with a version, as the service shows it.
json::object completed(Place& place, const json::object& specification) {
  if (specification.empty()) return {};
  auto id = text(specification, "LaunchTemplateId");
  const auto template_name = text(specification, "LaunchTemplateName");
  if (!id.empty() && !template_name.empty()) {
    throw validation_error(
        "Valid requests must contain either launchTemplateId or LaunchTemplateName");
  }
  const auto* of = ec2::named(place.ec2, id, template_name);
  if (!of) {
    throw validation_error(cat(
        "You must use a valid fully-formed launch template. The specified launch template, with ",
        id.empty() ? cat("template name ", template_name) : cat("template ID ", id),
        ", does not exist."));
  }
  const auto version = text(specification, "Version");
  return {{"LaunchTemplateId", of->id},
          {"LaunchTemplateName", of->name},
          {"Version", version.empty() ? "$Default" : version}};
}

void complete_policy(Place& place, json::object& policy) {
  auto* from = policy.if_contains("LaunchTemplate");
  if (!from || !from->is_object()) {
    throw validation_error("MixedInstancesPolicy must have a LaunchTemplate");
  }
  auto& specification = from->as_object()["LaunchTemplateSpecification"];
  specification = completed(place, member(from->as_object(), "LaunchTemplateSpecification"));
  if (auto* overrides = from->as_object().if_contains("Overrides");
      overrides && overrides->is_array()) {
    for (auto& entry : overrides->as_array()) {
      const auto own = member(entry.as_object(), "LaunchTemplateSpecification");
      if (!own.empty()) entry.as_object()["LaunchTemplateSpecification"] = completed(place, own);
    }
  }
  json::object distribution{{"OnDemandAllocationStrategy", "prioritized"},
                            {"OnDemandBaseCapacity", "0"},
                            {"OnDemandPercentageAboveBaseCapacity", "100"},
                            {"SpotAllocationStrategy", "lowest-price"},
                            {"SpotInstancePools", "2"}};
  for (const auto& [key, value] : member(policy, "InstancesDistribution"))
    distribution[key] = value;
  policy["InstancesDistribution"] = std::move(distribution);
}

json::object merged_policy(const json::object& current, const json::object& given) {
  json::object policy = member(current, "MixedInstancesPolicy");
  for (const auto& [part, members] : given) {
    if (!members.is_object()) continue;
    auto& place = policy[part];
    if (!place.is_object()) place.emplace_object();
    for (const auto& [key, value] : members.get_object()) place.as_object()[key] = value;
  }
  return policy;
}

std::vector<Recipe> recipes_of(Place& place, const json::object& source) {
  if (source.contains("LaunchTemplate")) {
    return {from_template(place, member(source, "LaunchTemplate"))};
  }
  if (source.contains("MixedInstancesPolicy")) {
    return from_policy(place, member(source, "MixedInstancesPolicy"));
  }
  return {from_launch_configuration(place, text(source, "LaunchConfigurationName"))};
}

// Devices that do not fit their snapshots are only noticed by launches, which then fail.
void expect_launchable(Place& place, const json::object& source, Time now) {
  try {
    for (const auto& recipe : recipes_of(place, source)) {
      ec2::check(place.ec2, recipe.launch, now);
    }
  } catch (const ApiError& error) {
    if (error.code == "ValidationError") throw;
    if (error.code == "InvalidBlockDeviceMapping") return;
    const auto* start = source.contains("LaunchConfigurationName")
                            ? ""
                            : "You must use a valid fully-formed launch template. ";
    throw validation_error(cat(start, error.what()));
  }
}

// Of a launch template or a policy with its overrides.
std::vector<const json::object*> specifications_of(const json::object& source) {
  if (source.contains("LaunchTemplate")) return {&member(source, "LaunchTemplate")};
  const auto& from = member(member(source, "MixedInstancesPolicy"), "LaunchTemplate");
  std::vector<const json::object*> all{&member(from, "LaunchTemplateSpecification")};
  for (const auto* override : agent::base::objects(from, "Overrides")) {
    all.push_back(&member(*override, "LaunchTemplateSpecification"));
  }
  return all;
}

}  // namespace

// The first override is taken: prices are all the same here.
Recipe recipe_of(Place& place, const json::object& source) {
  return std::move(recipes_of(place, source).front());
}

bool is_made_from(Place& place, const json::object& source, const Member& made) {
  const auto* instance = ec2::find_by_id(place.ec2.instances, made.instance);
  return std::ranges::any_of(recipes_of(place, source), [&](const Recipe& recipe) {
    const auto type = text(recipe.launch.data, "instanceType");
    const auto image = text(recipe.launch.data, "imageId");
    return recipe.launch_template == made.launch_template &&
           recipe.launch_configuration == made.launch_configuration &&
           (type.empty() || type == made.type) &&
           (!image.starts_with("ami-") || (instance && image == instance->image));
  });
}

std::string irreversible(Place& place, const json::object& source) {
  if (source.contains("LaunchConfigurationName")) return "launch configuration";
  for (const auto* specification : specifications_of(source)) {
    const auto version = text(*specification, "Version");
    if (version == "$Latest" || version == "$Default") return cat("version ", version);
  }
  for (const auto& recipe : recipes_of(place, source)) {
    if (!text(recipe.launch.data, "imageId").starts_with("resolve:ssm:")) continue;
    return "Systems Manager parameter";
  }
  return "";
}

json::object chosen_source(Place& place, const json::object& params, const json::object& current,
                           Time now) {
  const auto given = [&](std::string_view name) { return params.contains(name) ? 1 : 0; };
  const auto count =
      given("LaunchTemplate") + given("MixedInstancesPolicy") + given("LaunchConfigurationName");
  if (count == 0 && !current.empty()) return current;
  if (count != 1) {
    throw validation_error(
        "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
        "MixedInstancesPolicy parameter.");
  }
  json::object source;
  if (given("LaunchTemplate")) {
    source["LaunchTemplate"] = completed(place, member(params, "LaunchTemplate"));
  } else if (given("MixedInstancesPolicy")) {
    auto policy = merged_policy(current, member(params, "MixedInstancesPolicy"));
    complete_policy(place, policy);
    source["MixedInstancesPolicy"] = std::move(policy);
  } else {
    source["LaunchConfigurationName"] = text(params, "LaunchConfigurationName");
  }
  expect_launchable(place, source, now);
  return source;
}

json::object launch_data_of(const json::object& launch_configuration) {
  json::object data;
  const auto take = [&](std::string_view from, std::string_view to) {
    const auto value = text(launch_configuration, from);
    if (!value.empty()) data[to] = value;
  };
  take("ImageId", "imageId");
  take("InstanceType", "instanceType");
  take("KeyName", "keyName");
  take("UserData", "userData");
  take("KernelId", "kernelId");
  take("RamdiskId", "ramDiskId");
  take("EbsOptimized", "ebsOptimized");
  data["securityGroupIdSet"] = agent::base::list(launch_configuration, "SecurityGroups");
  data["blockDeviceMappingSet"] = device_mappings_of(launch_configuration);
  data["monitoring"] = in_small(member(launch_configuration, "InstanceMonitoring"));
  data["metadataOptions"] = in_small(member(launch_configuration, "MetadataOptions"));
  if (const auto profile = text(launch_configuration, "IamInstanceProfile"); !profile.empty()) {
    data["iamInstanceProfile"] =
        json::object{{profile.starts_with("arn:") ? "arn" : "name", profile}};
  }
  return data;
}

}  // namespace local_cloud::autoscaling
