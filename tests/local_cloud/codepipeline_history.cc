// Executions and action executions of the past, newest first.
#include <ranges>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_executions.h"
#include "tests/local_cloud/codepipeline_pipelines.h"
#include "tests/local_cloud/codepipeline_state.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;

constexpr std::size_t page_size = 100;

void put(json::object& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

json::object as_json(const Variables& variables) {
  json::object object;
  for (const auto& [name, value] : variables) object[name] = value;
  return object;
}

std::vector<const ActionRun*> sources(const Execution& execution) {
  std::vector<const ActionRun*> runs;
  for (const auto& run : execution.runs) {
    if (run->type.category == "Source" && run->revision) runs.push_back(run.get());
  }
  return runs;
}

json::array artifact_revisions(const Execution& execution) {
  json::array revisions;
  for (const auto* run : sources(execution)) {
    for (const auto& output : run->outputs) {
      json::object one{{"name", output.name},
                       {"revisionId", run->revision->id},
                       {"revisionChangeIdentifier", run->revision->change_id},
                       {"created", seconds(run->revision->created)}};
      put(one, "revisionSummary", run->revision->summary);
      revisions.push_back(std::move(one));
    }
  }
  return revisions;
}

json::object summary(const Execution& execution) {
  json::array revisions;
  for (const auto* run : sources(execution)) {
    json::object one{{"actionName", run->name()}, {"revisionId", run->revision->id}};
    put(one, "revisionSummary", run->revision->summary);
    revisions.push_back(std::move(one));
  }
  json::object trigger{{"triggerType", execution.trigger_type}};
  put(trigger, "triggerDetail", execution.trigger_detail);
  json::object written{
      {"pipelineExecutionId", execution.id},     {"status", execution.status},
      {"startTime", seconds(execution.started)}, {"lastUpdateTime", seconds(execution.updated)},
      {"sourceRevisions", std::move(revisions)}, {"trigger", std::move(trigger)}};
  if (!execution.stop_reason.empty()) {
    written["stopTrigger"] = {{"reason", execution.stop_reason}};
  }
  return written;
}

json::array artifact_details(const std::vector<Artifact>& artifacts) {
  json::array all;
  for (const auto& artifact : artifacts) {
    all.push_back({{"name", artifact.name},
                   {"s3location", {{"bucket", artifact.bucket}, {"key", artifact.key}}}});
  }
  return all;
}

json::object action_input(const World& world, const ActionRun& run) {
  json::object input{
      {"actionTypeId", codepipeline::as_json(run.type)},
      {"configuration", masked(world, run.type, base::member(run.declaration, "configuration"))},
      {"resolvedConfiguration", masked(world, run.type, as_json(run.configuration))},
      {"region", world.region},
      {"inputArtifacts", artifact_details(run.inputs)}};
  put(input, "roleArn", base::text(run.declaration, "roleArn"));
  put(input, "namespace", base::text(run.declaration, "namespace"));
  return input;
}

json::object action_output(const World& world, const ActionRun& run) {
  json::object result;
  put(result, "externalExecutionId", run.external_id);
  put(result, "externalExecutionSummary", run.summary);
  put(result, "externalExecutionUrl", link(world, run, "executionUrlTemplate"));
  if (!run.error_code.empty()) {
    result["errorDetails"] = {{"code", run.error_code}, {"message", run.error_message}};
  }
  return {{"outputArtifacts", artifact_details(run.outputs)},
          {"executionResult", std::move(result)},
          {"outputVariables", as_json(run.variables)}};
}

json::object detail(const World& world, const ActionRun& run) {
  const auto& execution = *run.execution;
  return {{"pipelineExecutionId", execution.id},
          {"actionExecutionId", run.id},
          {"pipelineVersion", execution.version},
          {"stageName", run.stage},
          {"actionName", run.name()},
          {"startTime", seconds(run.started)},
          {"lastUpdateTime", seconds(run.updated)},
          {"status", run.status},
          {"input", action_input(world, run)},
          {"output", action_output(world, run)}};
}

std::vector<const ActionRun*> runs_of(World& world, const Pipeline& pipeline,
                                      const std::string& wanted) {
  if (!wanted.empty()) execution_of(world, pipeline, wanted);
  std::multimap<Time, const ActionRun*> by_start;
  for (const auto* execution : pipeline.executions) {
    if (!wanted.empty() && execution->id != wanted) continue;
    for (const auto& run : execution->runs) by_start.emplace(run->started, run.get());
  }
  std::vector<const ActionRun*> runs;
  for (const auto& [start, run] : by_start | std::views::reverse) runs.push_back(run);
  return runs;
}

}  // namespace

json::object get_pipeline_execution(World& world, const Call& call) {
  const auto& pipeline = *pipeline_named(world, base::text(call.params, "pipelineName"));
  const auto& execution =
      execution_of(world, pipeline, base::text(call.params, "pipelineExecutionId"));
  return {{"pipelineExecution",
           {{"pipelineName", pipeline.name},
            {"pipelineVersion", execution.version},
            {"pipelineExecutionId", execution.id},
            {"status", execution.status},
            {"artifactRevisions", artifact_revisions(execution)}}}};
}

json::object list_pipeline_executions(World& world, const Call& call) {
  const auto& all = pipeline_named(world, base::text(call.params, "pipelineName"))->executions;
  const auto page = page_of(call.params, all.size(), page_size);
  json::array summaries;
  for (auto at = page.begin; at < page.end; ++at) {
    summaries.push_back(summary(*all[all.size() - 1 - at]));
  }
  json::object answer{{"pipelineExecutionSummaries", std::move(summaries)}};
  put(answer, "nextToken", page.next);
  return answer;
}

json::object list_action_executions(World& world, const Call& call) {
  const auto& pipeline = *pipeline_named(world, base::text(call.params, "pipelineName"));
  const auto wanted = base::text(base::member(call.params, "filter"), "pipelineExecutionId");
  const auto runs = runs_of(world, pipeline, wanted);
  const auto page = page_of(call.params, runs.size(), page_size);
  json::array details;
  for (auto at = page.begin; at < page.end; ++at) details.push_back(detail(world, *runs[at]));
  json::object answer{{"actionExecutionDetails", std::move(details)}};
  put(answer, "nextToken", page.next);
  return answer;
}

}  // namespace local_cloud::codepipeline
