#include "actions/ops/autoscaling.h"

#include "actions/ops/pages.h"
#include "agent/base/json.h"

namespace actions::autoscaling {

using agent::base::member;
using agent::base::objects;
using agent::base::text;

namespace {

constexpr int most_records = 100;  // on a page

// As an answer shows it, without what was empty in it: requests cannot say that.
json::value cleaned(const json::value& value) {
  if (const auto* list = value.if_array()) {
    json::array result;
    for (const auto& entry : *list) result.push_back(cleaned(entry));
    return result;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  json::object result;
  for (const auto& [key, inner] : *object) {
    const auto* words = inner.if_string();
    if (words == nullptr || !words->empty()) result[key] = cleaned(inner);
  }
  return result;
}

// A request names a template once; an answer says its id and its name.
void changed(json::object& parent, std::string_view key, const Change& change) {
  auto* found = parent.if_contains(key);
  if (found == nullptr || !found->is_object()) return;
  auto& specification = found->get_object();
  if (!text(specification, "LaunchTemplateId").empty()) specification.erase("LaunchTemplateName");
  change(specification);
}

}  // namespace

Call autoscaling_call(std::string operation, json::object params) {
  return {.service = "autoscaling", .operation = std::move(operation), .params = std::move(params)};
}

Task<std::optional<json::object>> find_group(Step& step, const std::string& group) {
  const auto reply = co_await step.call(
      autoscaling_call("DescribeAutoScalingGroups", {{"AutoScalingGroupNames", {group}}}));
  const auto groups = objects(reply.body, "AutoScalingGroups");
  if (groups.empty()) co_return std::nullopt;
  co_return *groups.front();
}

Task<std::vector<json::object>> all_groups(Step& step) {
  return all_pages(step,
                   autoscaling_call("DescribeAutoScalingGroups", {{"MaxRecords", most_records}}),
                   "AutoScalingGroups");
}

Task<std::vector<json::object>> launch_configurations(Step& step) {
  return all_pages(step,
                   autoscaling_call("DescribeLaunchConfigurations", {{"MaxRecords", most_records}}),
                   "LaunchConfigurations");
}

const json::object* instance_of(const json::object& group, std::string_view instance) {
  for (const auto* one : objects(group, "Instances")) {
    if (text(*one, "InstanceId") == instance) return one;
  }
  return nullptr;
}

Task<std::vector<std::string>> instances_of(Step& step, const std::string& group,
                                            const std::string& launch_template,
                                            const std::string& version) {
  std::vector<std::string> ids;
  const auto found = co_await find_group(step, group);
  if (!found) co_return ids;
  for (const auto* one : objects(*found, "Instances")) {
    const auto& runs = member(*one, "LaunchTemplate");
    if (text(runs, "LaunchTemplateId") != launch_template) continue;
    if (text(runs, "Version") == version) ids.push_back(text(*one, "InstanceId"));
  }
  co_return ids;
}

std::string tag_of(const json::object& group, std::string_view key) {
  for (const auto* tag : objects(group, "Tags")) {
    if (text(*tag, "Key") == key) return text(*tag, "Value");
  }
  return {};
}

Call set_tag(const std::string& group, std::string_view key, std::string_view value) {
  const json::object tag{{"ResourceId", group},
                         {"ResourceType", "auto-scaling-group"},
                         {"Key", key},
                         {"Value", value},
                         {"PropagateAtLaunch", false}};
  return autoscaling_call("CreateOrUpdateTags", {{"Tags", json::array{tag}}});
}

Call delete_tag(const std::string& group, std::string_view key) {
  const json::object tag{
      {"ResourceId", group}, {"ResourceType", "auto-scaling-group"}, {"Key", key}};
  return autoscaling_call("DeleteTags", {{"Tags", json::array{tag}}});
}

std::vector<json::object> specifications(const json::object& group) {
  std::vector<json::object> result;
  const auto add = [&](const json::object& specification) {
    if (!text(specification, "LaunchTemplateId").empty()) result.push_back(specification);
  };
  add(member(group, "LaunchTemplate"));
  add(member(member(member(group, "MixedInstancesPolicy"), "LaunchTemplate"),
             "LaunchTemplateSpecification"));
  for (const auto& one : overrides(group)) add(member(one, "LaunchTemplateSpecification"));
  return result;
}

std::vector<json::object> overrides(const json::object& group) {
  std::vector<json::object> result;
  const auto& policy = member(member(group, "MixedInstancesPolicy"), "LaunchTemplate");
  for (const auto* one : objects(policy, "Overrides")) result.push_back(*one);
  return result;
}

json::object changed_source(const json::object& group, const Change& specification,
                            const Change& override_) {
  json::object source;
  for (const auto* key : {"LaunchTemplate", "MixedInstancesPolicy"}) {
    if (!member(group, key).empty()) source[key] = cleaned(member(group, key));
  }
  changed(source, "LaunchTemplate", specification);
  auto* policy = source.if_contains("MixedInstancesPolicy");
  if (policy == nullptr) return source;
  auto& launch = policy->as_object()["LaunchTemplate"];
  if (!launch.is_object()) return source;
  changed(launch.get_object(), "LaunchTemplateSpecification", specification);
  auto* list = launch.get_object().if_contains("Overrides");
  if (list == nullptr || !list->is_array()) return source;
  for (auto& one : list->get_array()) {
    if (!one.is_object()) continue;
    changed(one.get_object(), "LaunchTemplateSpecification", specification);
    if (override_) override_(one.get_object());
  }
  return source;
}

}  // namespace actions::autoscaling
