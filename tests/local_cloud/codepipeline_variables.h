// Variables in action configurations: "#{namespace.name}" (user guide, "Variables").
#pragma once

#include <expected>

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

struct Reference {
  std::string space;
  std::string name;
};

// Those in a configuration value, in order.
std::vector<Reference> references(std::string_view value);

// With every reference replaced; else what is wrong.
std::expected<std::string, std::string> resolved(const Execution& execution,
                                                 std::string_view value);

}  // namespace local_cloud::codepipeline
