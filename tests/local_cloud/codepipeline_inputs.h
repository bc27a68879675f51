// The inputs of CodePipeline's operations, from the API reference (2015-07-09): members, which of
// them are required, lengths, patterns, enumerations.
#pragma once

#include <map>
#include <string>

#include "tests/local_cloud/codepipeline_shape.h"

namespace local_cloud::codepipeline {

using Inputs = std::map<std::string, ShapePtr, std::less<>>;

Inputs job_inputs();  // what a job worker calls
Inputs action_type_inputs();
Inputs pipeline_inputs();   // definitions and tags
Inputs execution_inputs();  // starting, watching and steering

}  // namespace local_cloud::codepipeline
