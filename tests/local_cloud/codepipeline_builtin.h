// AWS's own action types that pipelines of the local cloud may use, and what their actions yield.
// They do nothing real: they succeed after Settings::builtin_action_time.
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

const std::vector<ActionType>& builtin_types();
const ActionType* find_builtin(const TypeId& id);

// Gives a finished action of AWS's what such an action leaves behind: a source its revision and
// output variables, a deployment its external id.
void yield_results(World& world, ActionRun& run, Time now);

}  // namespace local_cloud::codepipeline
