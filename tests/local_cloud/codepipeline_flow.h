// How executions move: through stages in order, one at a time in each (SUPERSEDED mode), actions of
// a stage by run order and side by side. Everything that happens by itself is an event with its
// time; advance() makes what is due happen, in order, each at its own time.
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

void advance(World& world, Time now);

struct Trigger {
  std::string type;
  std::string detail;
  Variables variables;  // the pipeline's own, given at the start
};
Execution& start_execution(World& world, const std::shared_ptr<Pipeline>& pipeline, Trigger trigger,
                           Time now);

// What the operations do to executions.
void let_through(World& world, Pipeline& pipeline, const std::string& stage, Time now);
void stop(World& world, Execution& execution, bool abandon, Time now);
void retry_failed(World& world, Execution& execution, Time now);
void abandon_all(World& world, Pipeline& pipeline, Time now);

// The end of an action: outputs and errors are set before.
void end_run(World& world, ActionRun& run, std::string_view status, Time now);

// Of the execution in its present stage; nothing if it was not started.
ActionRun* latest_run(const Execution& execution, const std::string& stage,
                      const std::string& action);
const json::object& stage_of(const Execution& execution, std::size_t index);
std::string stage_name(const Execution& execution);

}  // namespace local_cloud::codepipeline
