// An execution is at a door (Stage::waiting), inside a stage (Stage::running), or ended. move_on()
// is called whenever something changed inside a stage; it starts what can start and leaves when
// nothing is left.
#include "tests/local_cloud/codepipeline_flow.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_builtin.h"
#include "tests/local_cloud/codepipeline_queue.h"
#include "tests/local_cloud/codepipeline_start.h"
#include "tests/local_cloud/codepipeline_structure.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;
using base::cat;

std::size_t stage_count(const Execution& execution) {
  return base::list(*execution.declaration, "stages").size();
}

Stage& stage_slot(Execution& execution) {
  return execution.pipeline->stages[stage_name(execution)];
}

bool is_over(const Execution& execution) {
  return execution.status != "InProgress" && execution.status != "Stopping";
}

void set_status(Execution& execution, std::string_view status, Time now) {
  execution.status = status;
  execution.updated = now;
}

std::vector<ActionRun*> runs_in_stage(const Execution& execution) {
  std::vector<ActionRun*> runs;
  const auto stage = stage_name(execution);
  for (const auto* action : base::objects(stage_of(execution, execution.stage), "actions")) {
    if (auto* run = latest_run(execution, stage, base::text(*action, "name"))) runs.push_back(run);
  }
  return runs;
}

bool any_run(const Execution& execution, std::string_view status) {
  return std::ranges::any_of(runs_in_stage(execution),
                             [&](const ActionRun* run) { return run->status == status; });
}

// Starts the not yet started actions of the lowest run order; false if there are none.
bool start_next_group(World& world, Execution& execution, Time now) {
  const auto stage = stage_name(execution);
  std::vector<const json::object*> group;
  for (const auto* action : base::objects(stage_of(execution, execution.stage), "actions")) {
    if (latest_run(execution, stage, base::text(*action, "name"))) continue;
    if (!group.empty() && run_order(*action) < run_order(*group.front())) group.clear();
    if (group.empty() || run_order(*action) == run_order(*group.front())) group.push_back(action);
  }
  for (const auto* action : group) start_action(world, execution, *action, now);
  return !group.empty();
}

void arrive(World& world, Execution& execution, std::size_t index, Time now);

void leave(World& world, Execution& execution, std::string_view stage_status, Time now) {
  const auto pipeline = execution.pipeline;
  const auto stage = stage_name(execution);
  execution.inside = false;
  execution.stage_status[stage] = stage_status;
  execution.updated = now;
  pipeline->stages[stage].running = nullptr;
  if (execution.status == "Stopping") {
    set_status(execution, "Stopped", now);
  } else if (stage_status != "Succeeded") {
    set_status(execution, stage_status, now);
  } else if (execution.stage + 1 == stage_count(execution)) {
    set_status(execution, "Succeeded", now);
  } else {
    arrive(world, execution, execution.stage + 1, now);
  }
  let_through(world, *pipeline, stage, now);
}

void move_on(World& world, Execution& execution, Time now) {
  while (execution.inside && !any_run(execution, "InProgress")) {
    if (execution.status == "Stopping" || any_run(execution, "Abandoned")) {
      leave(world, execution, "Stopped", now);
    } else if (any_run(execution, "Failed")) {
      leave(world, execution, "Failed", now);
    } else if (!start_next_group(world, execution, now)) {
      leave(world, execution, "Succeeded", now);
    }
  }
}

void go_inside(Execution& execution, Time now) {
  auto& slot = stage_slot(execution);
  slot.running = slot.latest = &execution;
  execution.inside = true;
  execution.stage_status[stage_name(execution)] = "InProgress";
  set_status(execution, "InProgress", now);
}

// Only the newest waits at a door.
void arrive(World& world, Execution& execution, std::size_t index, Time now) {
  execution.stage = index;
  auto& slot = stage_slot(execution);
  if (slot.waiting) set_status(*slot.waiting, "Superseded", now);
  slot.waiting = &execution;
  let_through(world, *execution.pipeline, stage_name(execution), now);
}

bool door_is_open(Execution& execution) {
  if (!stage_slot(execution).inbound.enabled) return false;
  if (execution.stage == 0) return true;
  const auto before = base::text(stage_of(execution, execution.stage - 1), "name");
  return execution.pipeline->stages[before].outbound.enabled;
}

void time_out(World& world, ActionRun& run, Time now) {
  if (run.job) close_job(world, *run.job, "TimedOut", now);
  run.error_code = "ActionTimedOut";
  run.error_message = cat("The action ", run.name(), " did not finish in time");
  end_run(world, run, "Failed", now);
}

void happen(World& world, const Event& event, Time now) {
  if (event.kind == Event::Kind::job_is_purged) {
    world.jobs.erase(event.id);
    return;
  }
  if (event.kind == Event::Kind::job_times_out) {
    const auto job = world.jobs.find(event.id);
    if (job != world.jobs.end() && job->second->run->job == job->second.get()) {
      time_out(world, *job->second->run, now);
    }
    return;
  }
  const auto run = world.open_runs.find(event.id);
  if (run == world.open_runs.end()) return;
  if (event.kind == Event::Kind::action_times_out) {
    time_out(world, *run->second, now);
  } else {
    yield_results(world, *run->second, now);
    end_run(world, *run->second, "Succeeded", now);
  }
}

}  // namespace

const json::object& stage_of(const Execution& execution, std::size_t index) {
  return base::list(*execution.declaration, "stages")[index].as_object();
}

std::string stage_name(const Execution& execution) {
  return base::text(stage_of(execution, execution.stage), "name");
}

ActionRun* latest_run(const Execution& execution, const std::string& stage,
                      const std::string& action) {
  for (auto run = execution.runs.rbegin(); run != execution.runs.rend(); ++run) {
    if ((*run)->stage == stage && (*run)->name() == action) return run->get();
  }
  return nullptr;
}

void advance(World& world, Time now) {
  while (!world.events.empty() && world.events.begin()->first <= now) {
    const auto due = world.events.extract(world.events.begin());
    happen(world, due.mapped(), due.key());
  }
}

Execution& start_execution(World& world, const std::shared_ptr<Pipeline>& pipeline, Trigger trigger,
                           Time now) {
  auto made = std::make_unique<Execution>();
  auto& execution = *made;
  execution.id = world.new_id(now);
  execution.pipeline = pipeline;
  execution.declaration = pipeline->versions.back();
  execution.version = static_cast<int>(pipeline->versions.size());
  execution.started = execution.updated = now;
  execution.trigger_type = std::move(trigger.type);
  execution.trigger_detail = std::move(trigger.detail);
  auto& variables = execution.variables["variables"] = std::move(trigger.variables);
  for (const auto* variable : base::objects(*execution.declaration, "variables")) {
    if (!variable->contains("defaultValue")) continue;
    variables.try_emplace(base::text(*variable, "name"), base::text(*variable, "defaultValue"));
  }
  world.executions.emplace(execution.id, std::move(made));
  pipeline->executions.push_back(&execution);
  arrive(world, execution, 0, now);
  return execution;
}

void let_through(World& world, Pipeline& pipeline, const std::string& stage, Time now) {
  auto& slot = pipeline.stages[stage];
  if (slot.running || !slot.waiting || !door_is_open(*slot.waiting)) return;
  auto& execution = *std::exchange(slot.waiting, nullptr);
  go_inside(execution, now);
  move_on(world, execution, now);
}

void end_run(World& world, ActionRun& run, std::string_view status, Time now) {
  auto& execution = *run.execution;
  run.status = status;
  run.updated = now;
  run.job = nullptr;
  run.approval_token.clear();
  world.open_runs.erase(run.id);
  if (status == "Succeeded") {
    for (const auto& output : run.outputs) execution.artifacts[output.name] = output;
    const auto space = base::text(run.declaration, "namespace");
    if (!space.empty()) execution.variables[space] = run.variables;
  }
  execution.updated = now;
  if (status != "Abandoned") move_on(world, execution, now);
}

void stop(World& world, Execution& execution, bool abandon, Time now) {
  set_status(execution, "Stopping", now);
  if (!execution.inside) {
    auto& slot = stage_slot(execution);
    if (slot.waiting == &execution) slot.waiting = nullptr;
    set_status(execution, "Stopped", now);
    return;
  }
  execution.stage_status[stage_name(execution)] = "Stopping";
  if (!abandon) return;
  for (auto* run : runs_in_stage(execution)) {
    if (run->status != "InProgress") continue;
    if (run->job) abandon_job(world, *run->job, now);
    end_run(world, *run, "Abandoned", now);
  }
  move_on(world, execution, now);
}

void retry_failed(World& world, Execution& execution, Time now) {
  go_inside(execution, now);
  for (const auto* run : runs_in_stage(execution)) {
    if (run->status == "Failed" || run->status == "Abandoned") {
      start_action(world, execution, json::object(run->declaration), now);
    }
  }
  move_on(world, execution, now);
}

void abandon_all(World& world, Pipeline& pipeline, Time now) {
  for (auto& [name, stage] : pipeline.stages) stage.inbound.enabled = false;
  for (auto* execution : pipeline.executions) {
    if (!is_over(*execution)) stop(world, *execution, true, now);
  }
}

}  // namespace local_cloud::codepipeline
