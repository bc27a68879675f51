// Whether a pipeline's declaration holds together (user guide, "Pipeline structure reference").
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

// Throws the ApiError that CreatePipeline and UpdatePipeline would answer with.
void check_structure(const World& world, const json::object& pipeline);

std::int64_t run_order(const json::object& action);  // 1 if it has none

}  // namespace local_cloud::codepipeline
