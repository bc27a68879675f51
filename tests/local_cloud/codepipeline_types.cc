// Rules: user guide, "Create and add a custom action"; quotas: user guide, "Quotas".
#include "tests/local_cloud/codepipeline_types.h"

#include <set>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_builtin.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;
using base::cat;

constexpr std::size_t quota = 50;
constexpr std::size_t most_tags = 50;

TypeId custom_id(const json::object& params) {
  auto id = type_id(params);
  id.owner = "Custom";
  return id;
}

void check_properties(const json::array& properties) {
  std::set<std::string> names;
  int queryable = 0;
  for (const auto& value : properties) {
    const auto& property = value.as_object();
    const auto name = base::text(property, "name");
    if (!names.insert(name).second) {
      invalid(cat("Configuration property '", name, "' is declared more than once"));
    }
    if (!base::flag(property, "queryable")) continue;
    if (++queryable > 1) invalid("Only one configuration property can be queryable");
    if (!base::flag(property, "required") || base::flag(property, "secret")) {
      invalid(cat("Queryable configuration property '", name,
                  "' must be required and must not be secret"));
    }
  }
}

void check_counts(const json::object& params, std::string_view member) {
  const auto& details = base::member(params, member);
  if (*base::number(details, "minimumCount") > *base::number(details, "maximumCount")) {
    invalid(cat("The minimumCount of ", member, " must not be greater than its maximumCount"));
  }
}

void check_template(const std::string& name, std::string_view text, const ActionType& type) {
  constexpr std::string_view opening = "{Config:";
  for (auto at = text.find(opening); at != text.npos; at = text.find(opening, at + 1)) {
    const auto end = text.find('}', at);
    const auto property = text.substr(at + opening.size(), end - at - opening.size());
    const auto found = std::ranges::find(type.properties, property, &Property::name);
    if (end == text.npos || found == type.properties.end() || !found->required || found->secret) {
      invalid(cat(name, " refers to '", property,
                  "', which is not a required and non-secret configuration property"));
    }
  }
}

void check_tags(const json::array& tags) {
  std::set<std::string> keys;
  for (const auto& tag : tags) {
    const auto key = base::text(tag.as_object(), "key");
    if (key.starts_with("aws:") || !keys.insert(key).second) {
      refuse("InvalidTagsException", cat("The tag key '", key, "' is reserved or used twice"));
    }
  }
  if (tags.size() > most_tags) {
    refuse("TooManyTagsException", "The tags limit for a resource has been exceeded");
  }
}

json::object definition_of(const json::object& params) {
  json::object definition{{"id", as_json(custom_id(params))},
                          {"inputArtifactDetails", params.at("inputArtifactDetails")},
                          {"outputArtifactDetails", params.at("outputArtifactDetails")}};
  if (const auto* settings = base::find(params, "settings")) definition["settings"] = *settings;
  json::array properties = base::list(params, "configurationProperties");
  for (auto& value : properties) {
    auto& property = value.as_object();
    if (!property.contains("queryable")) property["queryable"] = false;
  }
  definition["actionConfigurationProperties"] = std::move(properties);
  return definition;
}

void check(const ActionType& type, const json::object& params) {
  check_properties(base::list(params, "configurationProperties"));
  check_counts(params, "inputArtifactDetails");
  check_counts(params, "outputArtifactDetails");
  check_tags(base::list(params, "tags"));
  for (const auto& [name, text] : base::member(params, "settings")) {
    check_template(std::string(name), text.as_string(), type);
  }
}

}  // namespace

std::string shown(const TypeId& id) {
  return cat("Category: '", id.category, "', Owner: '", id.owner, "', Provider: '", id.provider,
             "', Version: '", id.version, "'");
}

ActionType action_type(json::object definition) {
  ActionType type;
  type.id = type_id(base::member(definition, "id"));
  for (const auto* property : base::objects(definition, "actionConfigurationProperties")) {
    type.properties.push_back({.name = base::text(*property, "name"),
                               .required = base::flag(*property, "required"),
                               .secret = base::flag(*property, "secret"),
                               .queryable = base::flag(*property, "queryable")});
  }
  type.definition = std::move(definition);
  return type;
}

const ActionType* find_any_type(const World& world, const TypeId& id) {
  if (id.owner != "Custom") return find_builtin(id);
  const auto found = world.types.find(id);
  return found == world.types.end() ? nullptr : &found->second;
}

const ActionType* find_type(const World& world, const TypeId& id) {
  const auto* type = find_any_type(world, id);
  return type && !type->deleted ? type : nullptr;
}

// What is documented: a type that exists cannot be created again, and a deleted version can only be
// restored as it was. That the error of the former is this one is not.
json::object create_custom_action_type(World& world, const Call& call) {
  auto type = action_type(definition_of(call.params));
  check(type, call.params);
  const auto before = world.types.find(type.id);
  if (before != world.types.end()) {
    if (!before->second.deleted) {
      refuse("ActionTypeAlreadyExistsException",
             cat("ActionType (", shown(type.id), ") already exists in this account"));
    }
    if (before->second.definition != type.definition) {
      invalid(cat("ActionType (", shown(type.id),
                  ") was deleted and can only be restored with the definition it had"));
    }
  }
  const auto live =
      std::ranges::count_if(world.types, [](const auto& entry) { return !entry.second.deleted; });
  if (static_cast<std::size_t>(live) >= quota) {
    refuse("LimitExceededException",
           cat("Maximum number of custom action types (", quota, ") has been reached"));
  }
  type.tags = base::list(call.params, "tags");
  json::object answer{{"actionType", type.definition}};
  if (!type.tags.empty()) answer["tags"] = type.tags;
  world.types.insert_or_assign(type.id, std::move(type));
  return answer;
}

json::object delete_custom_action_type(World& world, const Call& call) {
  const auto found = world.types.find(custom_id(call.params));
  if (found != world.types.end()) found->second.deleted = true;
  return {};
}

json::object list_action_types(World& world, const Call& call) {
  if (call.params.contains("nextToken")) {
    refuse("InvalidNextTokenException", "The next token is invalid");
  }
  const auto wanted = base::text(call.params, "actionOwnerFilter");
  const auto region = base::text(call.params, "regionFilter");
  json::array types;
  const auto add = [&](const ActionType& type) {
    if (type.deleted || (!wanted.empty() && type.id.owner != wanted)) return;
    if (!region.empty() && region != world.region && type.id.owner == "Custom") return;
    types.push_back(type.definition);
  };
  for (const auto& type : builtin_types()) add(type);
  for (const auto& [id, type] : world.types) add(type);
  return {{"actionTypes", std::move(types)}};
}

}  // namespace local_cloud::codepipeline
