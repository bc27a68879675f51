// What an action has made for a group before is removed, but for the newest images of it.
//
// Nothing is removed that carries not this action's tags, or that anything else names.
#pragma once

#include <string>
#include <vector>

#include "agent/run/run.h"

namespace actions {

struct Retention {
  std::string group;
  std::int64_t keep = 0;  // images, at least 2
};

// In the run's region. Returns the ids of the images that were removed.
agent::run::Task<std::vector<std::string>> retire_images(agent::run::Run& run, Retention what);

}  // namespace actions
