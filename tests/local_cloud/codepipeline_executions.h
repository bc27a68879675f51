// Starting, stopping, retrying and approving (API reference, the operations of the same names).
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

json::object start_pipeline_execution(World& world, const Call& call);
json::object stop_pipeline_execution(World& world, const Call& call);
json::object retry_stage_execution(World& world, const Call& call);
json::object put_approval_result(World& world, const Call& call);
json::object enable_stage_transition(World& world, const Call& call);
json::object disable_stage_transition(World& world, const Call& call);

// Throws PipelineExecutionNotFoundException.
Execution& execution_of(World& world, const Pipeline& pipeline, const std::string& id);

}  // namespace local_cloud::codepipeline
