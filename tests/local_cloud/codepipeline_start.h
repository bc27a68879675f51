// The start of an action: its configuration resolved, its artifacts laid out, and whatever does it
// set going.
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

// The run is ended at once, as failed, when it cannot be started. Does not move the execution on.
void start_action(World& world, Execution& execution, const json::object& declaration, Time now);

// The artifact store of the pipeline, in the World's region.
const json::object& artifact_store(const World& world, const json::object& pipeline);

}  // namespace local_cloud::codepipeline
