// Tags of parameters; no other kind of SSM's resources is there.
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ssm_operations.h"

namespace local_cloud::ssm {

using agent::base::text;

namespace {

constexpr std::size_t most_tags = 50;

Parameter& tagged(Store& store, const json::object& params) {
  if (text(params, "ResourceType") == "Parameter") {
    const auto known = store.parameters.find(text(params, "ResourceId"));
    if (known != store.parameters.end() && !known->second.versions.empty()) return known->second;
  }
  throw ApiError(400, "InvalidResourceId",
                 "The resource ID is not valid. Verify that you entered the correct ID and try "
                 "again.");
}

json::object add(World&, Store& store, const Call& call) {
  add_tags(tagged(store, call.params), call.params);
  return {};
}

json::object remove(World&, Store& store, const Call& call) {
  auto& parameter = tagged(store, call.params);
  for (const auto& key : agent::base::list(call.params, "TagKeys")) {
    parameter.tags.erase(std::string(key.as_string()));
  }
  return {};
}

json::object list_tags(World&, Store& store, const Call& call) {
  json::array tags;
  for (const auto& [key, value] : tagged(store, call.params).tags) {
    tags.push_back({{"Key", key}, {"Value", value}});
  }
  return {{"TagList", std::move(tags)}};
}

}  // namespace

Operations tag_operations() {
  using namespace shape;
  const Member type{
      .name = "ResourceType",
      .shape = one_of({"Document", "ManagedInstance", "MaintenanceWindow", "Parameter",
                       "PatchBaseline", "OpsItem", "OpsMetadata", "Automation", "Association"}),
      .required = true};
  const Member id{.name = "ResourceId", .shape = any_text(), .required = true};
  const Member tags{.name = "Tags", .shape = tags_shape(), .required = true};
  const Member keys{.name = "TagKeys", .shape = list(shape::text(1, 128)), .required = true};
  return {{"AddTagsToResource", {structure({type, id, tags}), add}},
          {"RemoveTagsFromResource", {structure({type, id, keys}), remove}},
          {"ListTagsForResource", {structure({type, id}), list_tags}}};
}

void add_tags(Parameter& parameter, const json::object& params) {
  auto tags = parameter.tags;
  for (const auto* tag : agent::base::objects(params, "Tags")) {
    const auto key = text(*tag, "Key");
    if (key.starts_with("aws:")) {
      throw validation_error("Tag keys starting with 'aws:' are reserved for internal use");
    }
    tags[key] = text(*tag, "Value");
  }
  if (tags.size() > most_tags) {
    throw ApiError(400, "TooManyTagsError", "A parameter can have a maximum of 50 tags.");
  }
  parameter.tags = std::move(tags);
}

}  // namespace local_cloud::ssm
