#include "tests/local_cloud/codepipeline_pipelines.h"

#include <charconv>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_flow.h"
#include "tests/local_cloud/codepipeline_structure.h"
#include "tests/local_cloud/codepipeline_types.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;
using base::cat;

constexpr std::string_view mask = "****";
constexpr std::size_t most_pipelines = 1000;

using Visit = std::function<void(const std::string& stage, json::object& action)>;

void each_action(json::object& pipeline, const Visit& visit) {
  for (auto& stage : pipeline.at("stages").as_array()) {
    for (auto& action : stage.at("actions").as_array()) {
      visit(base::text(stage.as_object(), "name"), action.as_object());
    }
  }
}

// As the service stores it: defaults written out.
json::object completed(json::object pipeline, std::size_t version) {
  pipeline["version"] = version;
  each_action(pipeline, [](const std::string&, json::object& action) {
    action["runOrder"] = run_order(action);
    action.emplace("configuration", json::object{});
    action.emplace("inputArtifacts", json::array{});
    action.emplace("outputArtifacts", json::array{});
  });
  return pipeline;
}

json::object masked_declaration(const World& world, json::object pipeline) {
  each_action(pipeline, [&](const std::string&, json::object& action) {
    auto& configuration = action.at("configuration").as_object();
    configuration =
        masked(world, type_id(action.at("actionTypeId").as_object()), std::move(configuration));
  });
  return pipeline;
}

const json::object* action_of(const json::object& pipeline, const std::string& stage_name,
                              const std::string& action_name) {
  for (const auto* stage : base::objects(pipeline, "stages")) {
    if (base::text(*stage, "name") != stage_name) continue;
    for (const auto* action : base::objects(*stage, "actions")) {
      if (base::text(*action, "name") == action_name) return action;
    }
  }
  return nullptr;
}

// "****" in an update means: as it was.
void keep_secrets(const World& world, json::object& pipeline, const json::object& before) {
  each_action(pipeline, [&](const std::string& stage, json::object& action) {
    const auto* type = find_type(world, type_id(action.at("actionTypeId").as_object()));
    const auto* old = action_of(before, stage, base::text(action, "name"));
    auto* configuration = action.if_contains("configuration");
    if (!type || !old || !configuration) return;
    for (const auto& property : type->properties) {
      auto* value = configuration->as_object().if_contains(property.name);
      const auto& values = base::member(*old, "configuration");
      if (property.secret && value && value->as_string() == mask &&
          values.contains(property.name)) {
        *value = values.at(property.name);
      }
    }
  });
}

json::array& tags_of(World& world, const std::string& arn) {
  for (auto& [name, pipeline] : world.pipelines) {
    if (pipeline->arn == arn) return pipeline->tags;
  }
  for (auto& [id, type] : world.types) {
    const auto name = cat("actiontype:Custom/", id.category, "/", id.provider, "/", id.version);
    if (!type.deleted && arn == world.arn(name)) return type.tags;
  }
  refuse("ResourceNotFoundException", cat("The resource ", arn, " does not exist"));
}

void drop_tag(json::array& tags, std::string_view key) {
  for (auto at = tags.begin(); at != tags.end();) {
    at = base::text(at->as_object(), "key") == key ? tags.erase(at) : at + 1;
  }
}

}  // namespace

json::object masked(const World& world, const TypeId& id, json::object configuration) {
  const auto* type = find_any_type(world, id);
  if (!type) return configuration;
  for (const auto& property : type->properties) {
    if (property.secret && configuration.contains(property.name)) {
      configuration[property.name] = mask;
    }
  }
  return configuration;
}

Page page_of(const json::object& params, std::size_t count, std::size_t largest) {
  Page page;
  const auto token = base::text(params, "nextToken");
  if (!token.empty()) {
    const auto read = std::from_chars(token.data(), token.data() + token.size(), page.begin);
    if (read.ec != std::errc() || read.ptr != token.data() + token.size() || page.begin >= count) {
      refuse("InvalidNextTokenException", "The next token is invalid");
    }
  }
  const auto asked = base::number(params, "maxResults");
  const auto size = std::min(largest, static_cast<std::size_t>(asked.value_or(1000)));
  page.end = std::min(count, page.begin + size);
  if (page.end < count) page.next = std::to_string(page.end);
  return page;
}

const std::shared_ptr<Pipeline>& pipeline_named(World& world, const std::string& name) {
  const auto found = world.pipelines.find(name);
  if (found == world.pipelines.end()) {
    refuse("PipelineNotFoundException",
           cat("Account '", world.account, "' does not have a pipeline with name '", name, "'"));
  }
  return found->second;
}

json::object create_pipeline(World& world, const Call& call) {
  const auto& declared = base::member(call.params, "pipeline");
  const auto name = base::text(declared, "name");
  if (world.pipelines.contains(name)) {
    refuse("PipelineNameInUseException", cat("A pipeline with the name '", name,
                                             "' already exists in account '", world.account, "'"));
  }
  check_structure(world, declared);
  if (world.pipelines.size() >= most_pipelines) {
    refuse("LimitExceededException", "The number of pipelines has exceeded the account's limit");
  }
  auto pipeline = std::make_shared<Pipeline>();
  pipeline->name = name;
  pipeline->arn = world.arn(name);
  pipeline->versions.push_back(std::make_shared<const json::object>(completed(declared, 1)));
  pipeline->created = pipeline->updated = call.now;
  pipeline->tags = base::list(call.params, "tags");
  world.pipelines.emplace(name, pipeline);
  start_execution(world, pipeline, {.type = "CreatePipeline"}, call.now);
  json::object answer{{"pipeline", masked_declaration(world, pipeline->declaration())}};
  if (!pipeline->tags.empty()) answer["tags"] = pipeline->tags;
  return answer;
}

json::object get_pipeline(World& world, const Call& call) {
  const auto& pipeline = *pipeline_named(world, base::text(call.params, "name"));
  const auto latest = static_cast<std::int64_t>(pipeline.versions.size());
  const auto version = base::number(call.params, "version").value_or(latest);
  if (version > latest) {
    refuse("PipelineVersionNotFoundException",
           cat("Pipeline '", pipeline.name, "' does not have a version ", version));
  }
  const auto& declaration = *pipeline.versions[static_cast<std::size_t>(version) - 1];
  return {{"pipeline", masked_declaration(world, declaration)},
          {"metadata",
           {{"pipelineArn", pipeline.arn},
            {"created", seconds(pipeline.created)},
            {"updated", seconds(pipeline.updated)}}}};
}

json::object update_pipeline(World& world, const Call& call) {
  auto declared = base::member(call.params, "pipeline");
  auto& pipeline = *pipeline_named(world, base::text(declared, "name"));
  keep_secrets(world, declared, pipeline.declaration());
  check_structure(world, declared);
  pipeline.versions.push_back(std::make_shared<const json::object>(
      completed(std::move(declared), pipeline.versions.size() + 1)));
  pipeline.updated = call.now;
  return {{"pipeline", masked_declaration(world, pipeline.declaration())}};
}

json::object delete_pipeline(World& world, const Call& call) {
  const auto found = world.pipelines.find(base::text(call.params, "name"));
  if (found == world.pipelines.end()) return {};
  const auto pipeline = found->second;
  world.pipelines.erase(found);
  abandon_all(world, *pipeline, call.now);
  return {};
}

json::object list_pipelines(World& world, const Call& call) {
  const auto page = page_of(call.params, world.pipelines.size(), 1000);
  json::array summaries;
  std::size_t at = 0;
  for (const auto& [name, pipeline] : world.pipelines) {
    if (at >= page.begin && at < page.end) {
      summaries.push_back(json::object{{"name", name},
                                       {"version", pipeline->versions.size()},
                                       {"created", seconds(pipeline->created)},
                                       {"updated", seconds(pipeline->updated)}});
    }
    ++at;
  }
  json::object answer{{"pipelines", std::move(summaries)}};
  if (!page.next.empty()) answer["nextToken"] = page.next;
  return answer;
}

json::object list_tags(World& world, const Call& call) {
  return {{"tags", tags_of(world, base::text(call.params, "resourceArn"))}};
}

json::object tag_resource(World& world, const Call& call) {
  auto& tags = tags_of(world, base::text(call.params, "resourceArn"));
  for (const auto& tag : base::list(call.params, "tags")) {
    drop_tag(tags, base::text(tag.as_object(), "key"));
    tags.push_back(tag);
  }
  return {};
}

json::object untag_resource(World& world, const Call& call) {
  auto& tags = tags_of(world, base::text(call.params, "resourceArn"));
  for (const auto& key : base::list(call.params, "tagKeys")) drop_tag(tags, key.as_string());
  return {};
}

}  // namespace local_cloud::codepipeline
