// AWS Systems Manager's parameters: reading them. Source: AWS Systems Manager API Reference.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/run/operation.h"

namespace actions::ssm {

// Names of the parameters with that tag.
agent::run::Task<std::vector<std::string>> parameters_with_tag(agent::run::Step& step,
                                                               std::string_view key,
                                                               const std::string& value);

// `names` as they may be asked for: name, name:version, name:label or ARN; each once. What does not
// exist has no value. Secrets stay encrypted.
agent::run::Task<std::vector<std::string>> values_of(agent::run::Step& step,
                                                     const std::vector<std::string>& names);

}  // namespace actions::ssm
