#include "tests/local_cloud/codepipeline_executions.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_flow.h"
#include "tests/local_cloud/codepipeline_pipelines.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;
using base::cat;

// Whom AWS would name; the calling key's owner.
std::string caller(const World& world, const Call& call) {
  const auto* key = world.accounts.find(call.access_key);
  return key ? key->arn : cat("arn:aws:iam::", call.account, ":root");
}

Pipeline& pipeline_of(World& world, const Call& call) {
  return *pipeline_named(world, base::text(call.params, "pipelineName"));
}

const json::object& declared_stage(const Pipeline& pipeline, const std::string& name) {
  for (const auto* stage : base::objects(pipeline.declaration(), "stages")) {
    if (base::text(*stage, "name") == name) return *stage;
  }
  refuse("StageNotFoundException",
         cat("Pipeline '", pipeline.name, "' does not contain a stage with name '", name, "'"));
}

Variables given_variables(const Pipeline& pipeline, const json::object& params) {
  Variables values;
  const auto declared = base::objects(pipeline.declaration(), "variables");
  for (const auto* variable : base::objects(params, "variables")) {
    const auto name = base::text(*variable, "name");
    if (std::ranges::none_of(declared,
                             [&](const auto* one) { return base::text(*one, "name") == name; })) {
      invalid(cat("Pipeline '", pipeline.name, "' declares no variable '", name, "'"));
    }
    values[name] = base::text(*variable, "value");
  }
  return values;
}

Transition& transition(World& world, const Call& call) {
  auto& pipeline = pipeline_of(world, call);
  const auto name = base::text(call.params, "stageName");
  declared_stage(pipeline, name);
  auto& stage = pipeline.stages[name];
  auto& chosen =
      base::text(call.params, "transitionType") == "Inbound" ? stage.inbound : stage.outbound;
  chosen.changed = call.now;
  chosen.changed_by = caller(world, call);
  chosen.reason = base::text(call.params, "reason");
  return chosen;
}

}  // namespace

Execution& execution_of(World& world, const Pipeline& pipeline, const std::string& id) {
  const auto found = world.executions.find(id);
  if (found == world.executions.end() || found->second->pipeline.get() != &pipeline) {
    refuse("PipelineExecutionNotFoundException",
           cat("The pipeline execution with id '", id, "' does not exist for pipeline '",
               pipeline.name, "'"));
  }
  return *found->second;
}

json::object start_pipeline_execution(World& world, const Call& call) {
  const auto& pipeline = pipeline_named(world, base::text(call.params, "name"));
  const auto token = base::text(call.params, "clientRequestToken");
  if (const auto before = pipeline->started_by_token.find(token);
      before != pipeline->started_by_token.end()) {
    return {{"pipelineExecutionId", before->second}};
  }
  const auto& execution = start_execution(world, pipeline,
                                          {.type = "StartPipelineExecution",
                                           .detail = caller(world, call),
                                           .variables = given_variables(*pipeline, call.params)},
                                          call.now);
  if (!token.empty()) pipeline->started_by_token[token] = execution.id;
  return {{"pipelineExecutionId", execution.id}};
}

json::object stop_pipeline_execution(World& world, const Call& call) {
  auto& pipeline = pipeline_of(world, call);
  auto& execution = execution_of(world, pipeline, base::text(call.params, "pipelineExecutionId"));
  const bool abandon = base::flag(call.params, "abandon");
  if (execution.status == "Stopping" && !abandon) {
    refuse("DuplicatedStopRequestException",
           cat("The pipeline execution with id '", execution.id, "' is already stopping"));
  }
  if (execution.status != "InProgress" && execution.status != "Stopping") {
    refuse("PipelineExecutionNotStoppableException",
           cat("The pipeline execution with id '", execution.id, "' has the status '",
               execution.status, "' and cannot be stopped"));
  }
  execution.stop_reason = base::text(call.params, "reason");
  stop(world, execution, abandon, call.now);
  return {{"pipelineExecutionId", execution.id}};
}

json::object retry_stage_execution(World& world, const Call& call) {
  auto& pipeline = pipeline_of(world, call);
  const auto stage = base::text(call.params, "stageName");
  declared_stage(pipeline, stage);
  auto& execution = execution_of(world, pipeline, base::text(call.params, "pipelineExecutionId"));
  const auto& status = execution.stage_status[stage];
  const bool ended_here = stage_name(execution) == stage && !execution.inside &&
                          (status == "Failed" || status == "Stopped");
  if (ended_here && pipeline.stages[stage].latest != &execution) {
    refuse("NotLatestPipelineExecutionException",
           cat("A later execution than '", execution.id, "' has entered stage '", stage, "'"));
  }
  const bool unchanged = execution.version == static_cast<int>(pipeline.versions.size());
  if (!ended_here || !unchanged || execution.status == "Superseded") {
    refuse("StageNotRetryableException",
           "Unable to retry. The pipeline structure or stage state might have changed while "
           "actions awaited retry, or the stage contains no failed actions.");
  }
  retry_failed(world, execution, call.now);
  return {{"pipelineExecutionId", execution.id}};
}

json::object put_approval_result(World& world, const Call& call) {
  auto& pipeline = pipeline_of(world, call);
  const auto stage = base::text(call.params, "stageName");
  const auto action = base::text(call.params, "actionName");
  const auto declared = base::objects(declared_stage(pipeline, stage), "actions");
  if (std::ranges::none_of(declared,
                           [&](const auto* one) { return base::text(*one, "name") == action; })) {
    refuse("ActionNotFoundException",
           cat("Stage '", stage, "' does not contain an action with name '", action, "'"));
  }
  const auto found = pipeline.latest_runs.find({stage, action});
  if (found == pipeline.latest_runs.end() || found->second->type.category != "Approval") {
    refuse("InvalidApprovalTokenException", "The approval token is not valid");
  }
  auto& run = *found->second;
  if (run.status != "InProgress") {
    refuse("ApprovalAlreadyCompletedException",
           cat("The approval '", action, "' was already given or refused, or has expired"));
  }
  if (run.approval_token != base::text(call.params, "token")) {
    refuse("InvalidApprovalTokenException", "The approval token is not valid");
  }
  const auto& result = base::member(call.params, "result");
  run.summary = base::text(result, "summary");
  run.updated_by = caller(world, call);
  end_run(world, run, base::text(result, "status") == "Approved" ? "Succeeded" : "Failed",
          call.now);
  return {{"approvedAt", seconds(call.now)}};
}

json::object enable_stage_transition(World& world, const Call& call) {
  transition(world, call).enabled = true;
  auto& pipeline = pipeline_of(world, call);
  for (const auto* stage : base::objects(pipeline.declaration(), "stages")) {
    let_through(world, pipeline, base::text(*stage, "name"), call.now);
  }
  return {};
}

json::object disable_stage_transition(World& world, const Call& call) {
  transition(world, call).enabled = false;
  return {};
}

}  // namespace local_cloud::codepipeline
