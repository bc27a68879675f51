#include "tests/local_cloud/codepipeline_state.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_pipelines.h"
#include "tests/local_cloud/codepipeline_types.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;

void put(json::object& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

json::object transition(const Transition& transition) {
  json::object state{{"enabled", transition.enabled}};
  if (transition.changed_by.empty()) return state;
  state["lastChangedBy"] = transition.changed_by;
  state["lastChangedAt"] = seconds(transition.changed);
  if (!transition.enabled) put(state, "disabledReason", transition.reason);
  return state;
}

json::object stage_execution(const Execution& execution, const std::string& status) {
  return {{"pipelineExecutionId", execution.id}, {"status", status}};
}

json::object latest_execution(const World& world, const ActionRun& run) {
  json::object latest{{"actionExecutionId", run.id},
                      {"status", run.status},
                      {"lastStatusChange", seconds(run.updated)}};
  put(latest, "summary", run.summary);
  put(latest, "token", run.approval_token);
  put(latest, "lastUpdatedBy", run.updated_by);
  put(latest, "externalExecutionId", run.external_id);
  put(latest, "externalExecutionUrl", link(world, run, "executionUrlTemplate"));
  if (run.percent) latest["percentComplete"] = *run.percent;
  if (!run.error_code.empty()) {
    latest["errorDetails"] = {{"code", run.error_code}, {"message", run.error_message}};
  }
  return latest;
}

json::object action_state(const World& world, const Pipeline& pipeline, const std::string& stage,
                          const std::string& action) {
  json::object state{{"actionName", action}};
  const auto found = pipeline.latest_runs.find({stage, action});
  if (found == pipeline.latest_runs.end()) return state;
  const auto& run = *found->second;
  state["latestExecution"] = latest_execution(world, run);
  if (run.revision) {
    state["currentRevision"] = {{"revisionId", run.revision->id},
                                {"revisionChangeId", run.revision->change_id},
                                {"created", seconds(run.revision->created)}};
  }
  put(state, "entityUrl", link(world, run, "entityUrlTemplate"));
  put(state, "revisionUrl", link(world, run, "revisionUrlTemplate"));
  return state;
}

json::object stage_state(const World& world, const Pipeline& pipeline,
                         const json::object& declared) {
  const auto name = base::text(declared, "name");
  json::object state{{"stageName", name}};
  const auto found = pipeline.stages.find(name);
  static const Stage untouched;
  const auto& stage = found == pipeline.stages.end() ? untouched : found->second;
  if (stage.waiting) state["inboundExecution"] = stage_execution(*stage.waiting, "InProgress");
  state["inboundTransitionState"] = transition(stage.inbound);
  json::array actions;
  for (const auto* action : base::objects(declared, "actions")) {
    actions.push_back(action_state(world, pipeline, name, base::text(*action, "name")));
  }
  state["actionStates"] = std::move(actions);
  if (stage.latest) {
    state["latestExecution"] = stage_execution(*stage.latest, stage.latest->stage_status.at(name));
  }
  return state;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::string link(const World& world, const ActionRun& run, std::string_view url_template) {
  const auto* type = find_any_type(world, run.type);
  auto url = type ? type->url_template(url_template) : "";
  if (url.contains("{ExternalExecutionId}") && run.external_id.empty()) return "";
  replace_all(url, "{ExternalExecutionId}", run.external_id);
  for (const auto& [key, value] : run.configuration) {
    replace_all(url, base::cat("{Config:", key, "}"), value);
  }
  return url;
}

json::object get_pipeline_state(World& world, const Call& call) {
  const auto& pipeline = *pipeline_named(world, base::text(call.params, "name"));
  json::array stages;
  for (const auto* stage : base::objects(pipeline.declaration(), "stages")) {
    stages.push_back(stage_state(world, pipeline, *stage));
  }
  return {{"pipelineName", pipeline.name},
          {"pipelineVersion", pipeline.versions.size()},
          {"stageStates", std::move(stages)},
          {"created", seconds(pipeline.created)},
          {"updated", seconds(pipeline.updated)}};
}

}  // namespace local_cloud::codepipeline
