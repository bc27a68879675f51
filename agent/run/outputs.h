// What an action tells the pipeline when it has succeeded: CodePipeline's output variables.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace agent::run {

using Outputs = std::vector<std::pair<std::string, std::string>>;

}  // namespace agent::run
