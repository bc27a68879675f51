#include "tests/local_cloud/codepipeline_start.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_flow.h"
#include "tests/local_cloud/codepipeline_queue.h"
#include "tests/local_cloud/codepipeline_types.h"
#include "tests/local_cloud/codepipeline_variables.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;
using base::cat;

constexpr std::chrono::minutes approval_time{7 * 24 * 60};
constexpr std::size_t longest_value = 1'000;
constexpr std::size_t largest_configuration = 100 * 1024;

// As seen in accounts: SIT12-RnL-Build_pipe/SourceDock/ugScfFR
Artifact output_artifact(World& world, const Execution& execution, const std::string& name,
                         Time now) {
  const auto& store = artifact_store(world, *execution.declaration);
  return {.name = name,
          .revision = "",
          .bucket = base::text(store, "location"),
          .key = cat(execution.pipeline->name.substr(0, 20), "/", name.substr(0, 10), "/",
                     world.new_text(now, 7))};
}

void lay_out_artifacts(World& world, ActionRun& run, Time now) {
  for (const auto* input : base::objects(run.declaration, "inputArtifacts")) {
    run.inputs.push_back(run.execution->artifacts.at(base::text(*input, "name")));
  }
  for (const auto* output : base::objects(run.declaration, "outputArtifacts")) {
    run.outputs.push_back(output_artifact(world, *run.execution, base::text(*output, "name"), now));
  }
}

// What is wrong, or "".
std::string resolve_configuration(ActionRun& run) {
  std::size_t size = 0;
  for (const auto& [key, value] : base::member(run.declaration, "configuration")) {
    const auto text = resolved(*run.execution, value.as_string());
    if (!text) return text.error();
    if (text->empty() || text->size() > longest_value) {
      return cat("The value of ", std::string_view(key), " has ", text->size(),
                 " characters after its variables were resolved; 1 to ", longest_value,
                 " are allowed");
    }
    size += key.size() + text->size();
    run.configuration[std::string(key)] = *text;
  }
  return size > largest_configuration ? "The resolved configuration is larger than 100 KB" : "";
}

void set_going(World& world, ActionRun& run, Time now) {
  if (run.type.owner == "Custom") {
    offer_first_job(world, run, now);
  } else if (run.type.category == "Approval") {
    run.approval_token = world.new_id(now);
    const auto minutes = base::number(run.declaration, "timeoutInMinutes");
    world.events.emplace(now + (minutes ? std::chrono::minutes(*minutes) : approval_time),
                         Event{Event::Kind::action_times_out, run.id});
  } else {
    world.events.emplace(now + world.settings.builtin_action_time,
                         Event{Event::Kind::action_ends, run.id});
  }
}

void fail_at_once(ActionRun& run, const std::string& message) {
  run.status = "Failed";
  run.error_code = "ConfigurationError";
  run.error_message = message;
}

}  // namespace

const json::object& artifact_store(const World& world, const json::object& pipeline) {
  if (pipeline.contains("artifactStore")) return base::member(pipeline, "artifactStore");
  return base::member(base::member(pipeline, "artifactStores"), world.region);
}

void start_action(World& world, Execution& execution, const json::object& declaration, Time now) {
  auto made = std::make_unique<ActionRun>();
  auto& run = *made;
  run.id = world.new_id(now);
  run.execution = &execution;
  run.stage = stage_name(execution);
  run.declaration = declaration;
  run.type = type_id(base::member(declaration, "actionTypeId"));
  run.started = run.updated = now;
  execution.runs.push_back(std::move(made));
  execution.pipeline->latest_runs[{run.stage, run.name()}] = &run;
  lay_out_artifacts(world, run, now);
  if (const auto wrong = resolve_configuration(run); !wrong.empty()) {
    return fail_at_once(run, wrong);
  }
  if (!find_type(world, run.type)) {
    return fail_at_once(run, cat("ActionType (", shown(run.type), ") is not available"));
  }
  world.open_runs.emplace(run.id, &run);
  set_going(world, run, now);
}

}  // namespace local_cloud::codepipeline
