// What an action has made for a group before is removed, but for the newest images of it.
//
// Nothing is removed that carries not this action's tags, or that anything else names: such an
// image stays, and is looked at again by the next execution.
#pragma once

#include <string>
#include <vector>

#include "agent/run/run.h"

namespace actions {

struct Retention {
  std::string group;
  std::int64_t keep = 0;  // images, at least 2
};

// In the run's region: the versions of launch templates that this action made from an image, then
// the image, then its snapshots. Returns the ids of the images that are gone, the oldest first.
agent::run::Task<std::vector<std::string>> retire_images(agent::run::Run& run, Retention what);

// As an output variable, which has to stay short: "ami-…,ami-…", as many of the ids as 1,000
// characters hold. The image itself is what tells for certain whether it is there.
std::string retired_variable(const std::vector<std::string>& images);

}  // namespace actions
