#include "tests/local_cloud/ec2_tags.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_filters.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_pages.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

constexpr std::size_t most_tags = 50;
constexpr std::size_t longest_key = 128;
constexpr std::size_t longest_value = 256;

bool is_visible(const Region& region, std::string_view id, Time now) {
  const auto lagging = [&](const auto& resources) {
    const auto* resource = find_by_id(resources, id);
    return resource && now >= resource->visible;
  };
  const auto there = [&](const auto& resources) { return find_by_id(resources, id) != nullptr; };
  const auto* image = find_by_id(region.images, id);
  if (image && image->deregistered) return false;
  return lagging(region.images) || lagging(region.instances) || lagging(region.snapshots) ||
         there(region.volumes) || there(region.templates) || there(region.subnets) ||
         there(region.groups) || there(region.keys) || region.vpc == id;
}

std::vector<std::string> tagged_resources(const Region& region, const Call& call) {
  auto ids = query::list_of(call.params, "ResourceId");
  for (const auto& id : ids) {
    const auto* kind = kind_of(id);
    if (!kind) throw ApiError(400, "InvalidID", cat("The ID '", id, "' is not valid"));
    if (!is_visible(region, id, call.now)) throw not_found(kind->prefix, id);
  }
  return ids;
}

Tags requested(const json::object& params) {
  Tags tags;
  for (const auto* tag : agent::base::objects(params, "Tag")) {
    tags[agent::base::text(*tag, "Key")] = agent::base::text(*tag, "Value");
  }
  return tags;
}

json::object create_tags(Region& region, const Call& call) {
  const auto tags = requested(call.params);
  check_tags(tags);
  const auto ids = tagged_resources(region, call);
  for (const auto& id : ids) {
    // What AWS itself has put there is neither checked nor counted.
    auto all = region.tags[id];
    std::erase_if(all, [](const auto& entry) { return entry.first.starts_with("aws:"); });
    for (const auto& [key, value] : tags) all[key] = value;
    check_tags(all);
  }
  for (const auto& id : ids) tag(region, id, tags);
  return {};
}

// A tag named with a value goes only if it has that value; without any tag named all of them go.
json::object delete_tags(Region& region, const Call& call) {
  for (const auto& id : tagged_resources(region, call)) {
    auto& tags = region.tags[id];
    if (!call.params.contains("Tag")) {
      std::erase_if(tags, [](const auto& entry) { return !entry.first.starts_with("aws:"); });
    }
    for (const auto* given : agent::base::objects(call.params, "Tag")) {
      const auto known = tags.find(agent::base::text(*given, "Key"));
      if (known == tags.end()) continue;
      const auto* value = agent::base::find(*given, "Value");
      if (!value || known->second == agent::base::text(*given, "Value")) tags.erase(known);
    }
  }
  return {};
}

constexpr FilterPath tag_filters[] = {{"key", "key"},
                                      {"value", "value"},
                                      {"resource-id", "resourceId"},
                                      {"resource-type", "resourceType"}};

json::object describe_tags(Region& region, const Call& call) {
  const Filters filters(call.params, tag_filters);
  json::array all;
  for (const auto& [id, tags] : region.tags) {
    const auto* kind = kind_of(id);
    if (!kind || !is_visible(region, id, call.now)) continue;
    for (const auto& [key, value] : tags) {
      json::object shown{
          {"key", key}, {"resourceId", id}, {"resourceType", kind->type}, {"value", value}};
      if (filters.match(shown)) all.push_back(std::move(shown));
    }
  }
  return paged_answer("tagSet", std::move(all), Page(region.settings(), call.params, {}));
}

using namespace fields;
constexpr Field create_fields[] = {dry_run, required(strings("ResourceId")),
                                   required(structures("Tag", fields::tag))};
constexpr Field delete_fields[] = {dry_run, required(strings("ResourceId")),
                                   structures("Tag", fields::tag)};
constexpr Field describe_fields[] = {dry_run, filters, most, next};
constexpr Operation operations[] = {{"CreateTags", create_fields, create_tags},
                                    {"DeleteTags", delete_fields, delete_tags},
                                    {"DescribeTags", describe_fields, describe_tags}};

}  // namespace

std::span<const Operation> tag_operations() {
  return operations;
}

void show_tags(const Region& region, std::string_view id, json::object& shown) {
  const auto known = region.tags.find(id);
  if (known == region.tags.end() || known->second.empty()) return;
  auto& list = shown["tagSet"].emplace_array();
  for (const auto& [key, value] : known->second) list.push_back({{"key", key}, {"value", value}});
}

Tags tags_for(const Call& call, std::string_view type, std::span<const std::string_view> allowed) {
  Tags tags;
  for (const auto* given : agent::base::objects(call.params, "TagSpecification")) {
    const auto named = agent::base::text(*given, "ResourceType");
    if (std::ranges::find(allowed, named) == allowed.end()) {
      throw invalid_value(
          cat("'", named, "' is not a valid taggable resource type for this operation."));
    }
    if (named != type) continue;
    for (const auto& [key, value] : requested(*given)) tags[key] = value;
  }
  check_tags(tags);
  return tags;
}

Tags tags_of(const json::object& shown) {
  Tags tags;
  for (const auto* tag : agent::base::objects(shown, "tagSet")) {
    tags[agent::base::text(*tag, "key")] = agent::base::text(*tag, "value");
  }
  return tags;
}

void check_tags(const Tags& tags) {
  if (tags.size() > most_tags) {
    throw ApiError(400, "TagLimitExceeded",
                   "The maximum number of Tags for a resource has been reached.");
  }
  for (const auto& [key, value] : tags) {
    if (key.empty()) throw invalid_value("Tag key cannot be empty.");
    if (key.size() > longest_key)
      throw invalid_value("Tag key exceeds the maximum length of 128 characters");
    if (value.size() > longest_value) {
      throw invalid_value("Tag value exceeds the maximum length of 256 characters");
    }
    if (key.starts_with("aws:")) {
      throw invalid_value("Tag keys starting with 'aws:' are reserved for internal use");
    }
  }
}

void tag(Region& region, const std::string& id, const Tags& tags) {
  for (const auto& [key, value] : tags) region.tags[id][key] = value;
}

}  // namespace local_cloud::ec2
