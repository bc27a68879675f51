// Kills an agent at every request of an execution, in three ways, and looks whether the execution
// still ends with exactly one of everything. A recipe joins by giving a scene and what is right.
#pragma once

#include <functional>
#include <string>

#include "tests/support/scene.h"

namespace support {

struct Sweep {
  AgentPace pace;
  std::function<void(Scene&)> set_up = [](Scene& scene) { scene.set_up(); };
  // What must be true at the end: adds a gtest failure when it is not.
  std::function<void(Scene&)> check;
  // First an agent with an empty state directory goes on, and the killed one comes back later:
  // after ten minutes, but after ten seconds when an acknowledgement was cut off, since
  // CodePipeline tells whose that job is for a while only.
  bool another_host = false;
};

struct SweepReport {
  std::size_t kill_points = 0;
  std::size_t largest_token = 0;
};

SweepReport kill_everywhere(const Sweep& sweep);

}  // namespace support
