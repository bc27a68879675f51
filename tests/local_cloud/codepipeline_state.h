// The reading side: where a pipeline stands, and what its executions and actions were.
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

json::object get_pipeline_state(World& world, const Call& call);
json::object get_pipeline_execution(World& world, const Call& call);
json::object list_pipeline_executions(World& world, const Call& call);
json::object list_action_executions(World& world, const Call& call);

// The type's link to what the action did, or ""; {ExternalExecutionId} and {Config:Name} filled in.
std::string link(const World& world, const ActionRun& run, std::string_view url_template);

}  // namespace local_cloud::codepipeline
