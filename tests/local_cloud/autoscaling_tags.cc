#include "tests/local_cloud/autoscaling_tags.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/ec2_tags.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::text;

namespace {

constexpr auto resource_type = "auto-scaling-group";

GroupTag read(const json::object& given) {
  const auto key = text(given, "Key");
  const auto type = text(given, "ResourceType");
  if (!type.empty() && type != resource_type) {
    throw validation_error(cat("Unsupported resource type ", type));
  }
  GroupTag tag{text(given, "Value"), agent::base::flag(given, "PropagateAtLaunch")};
  try {
    ec2::check_tags({{key, tag.value}});
  } catch (const ApiError& error) {
    throw validation_error(error.what());
  }
  return tag;
}

Group& group_named(Place& place, const json::object& given) {
  return own_group_of(place.region, text(given, "ResourceId"));
}

// All are looked at before any takes effect.
json::object create_or_update(Place& place, const Call& call) {
  const auto all = agent::base::objects(call.params, "Tags");
  for (const auto* given : all) {
    group_named(place, *given);
    read(*given);
  }
  for (const auto* given : all) {
    group_named(place, *given).tags[text(*given, "Key")] = read(*given);
  }
  return {};
}

json::object remove(Place& place, const Call& call) {
  const auto all = agent::base::objects(call.params, "Tags");
  for (const auto* given : all) group_named(place, *given);
  for (const auto* given : all) group_named(place, *given).tags.erase(text(*given, "Key"));
  return {};
}

bool matches(const json::object& tag, const json::object& filter) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"auto-scaling-group", "ResourceId"},
      {"key", "Key"},
      {"value", "Value"},
      {"propagate-at-launch", "PropagateAtLaunch"}};
  const auto asked = text(filter, "Name");
  for (const auto& [name, member] : names) {
    if (asked != name) continue;
    return std::ranges::count(query::list_of(filter, "Values"), text(tag, member)) > 0;
  }
  throw validation_error(cat("Filter ", asked, " is not valid."));
}

json::object describe(Place& place, const Call& call) {
  const auto filters = agent::base::objects(call.params, "Filters");
  json::array all;
  for (const auto& group : place.region.groups) {
    for (auto& tag : show_tags(group)) {
      const auto passes = [&](const json::object* filter) {
        return matches(tag.as_object(), *filter);
      };
      if (std::ranges::all_of(filters, passes)) all.push_back(std::move(tag));
    }
  }
  return paged_answer("Tags", std::move(all), call.params);
}

using namespace fields;
constexpr Field tags_fields[] = {required(structures("Tags", fields::tag))};
constexpr Field describe_fields[] = {fields::filters, fields::most, fields::next};
constexpr Operation operations[] = {{"CreateOrUpdateTags", tags_fields, create_or_update},
                                    {"DeleteTags", tags_fields, remove},
                                    {"DescribeTags", describe_fields, describe}};

}  // namespace

std::span<const Operation> tag_operations() {
  return operations;
}

std::map<std::string, GroupTag> tags_given(const json::object& params, const std::string& group) {
  std::map<std::string, GroupTag> tags;
  for (const auto* given : agent::base::objects(params, "Tags")) {
    const auto resource = text(*given, "ResourceId");
    if (!resource.empty() && resource != group) {
      throw validation_error(cat("Tag resource ", resource, " is not the group ", group));
    }
    tags[text(*given, "Key")] = read(*given);
  }
  return tags;
}

json::array show_tags(const Group& group) {
  json::array shown;
  for (const auto& [key, entry] : group.tags) {
    shown.push_back({{"ResourceId", group.name},
                     {"ResourceType", resource_type},
                     {"Key", key},
                     {"Value", entry.value},
                     {"PropagateAtLaunch", entry.at_launch}});
  }
  return shown;
}

}  // namespace local_cloud::autoscaling
