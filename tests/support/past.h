// What earlier executions of CreateImage have left behind, without running them: images of the
// group's instance, each with its snapshot and with a version of a launch template that starts it.
#pragma once

#include <string>
#include <vector>

#include "tests/support/scene.h"

namespace support {

struct Leftover {
  std::string image;
  std::string snapshot;
  std::string version;  // of the template "web"
};

// Who has made it, as its tags and the version's description tell.
struct Maker {
  std::string execution;
  std::string pipeline = "shop";
  std::string action = "Image";
  std::string group = "web";
};

// What such an execution writes into the description of a version.
std::string description_of(const Maker& maker);

class Past {
 public:
  explicit Past(Scene& scene) : scene_(scene) {}

  // One for each maker, the oldest first, a second apart.
  std::vector<Leftover> leave(const std::vector<Maker>& makers);
  // By executions old-1, old-2, ... of the scene's own action.
  std::vector<Leftover> leave(std::size_t count);
  // The image alone, not available yet.
  std::string begin_image(const Maker& maker);

 private:
  std::string instance();  // of the group

  Scene& scene_;
};

}  // namespace support
