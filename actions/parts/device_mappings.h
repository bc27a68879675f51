// What a launch template says about volumes is used instead of what the image says. So it is held
// against the new image before a version is made of both.
//
// Source: Amazon EC2 User Guide, "Block device mappings"; API Reference,
// CreateLaunchTemplateVersion (SourceVersion).
#pragma once

#include <string>

#include "agent/run/operation.h"

namespace actions {

// The block device mappings that the new version has to restate, as JSON for the request; "" when
// the inherited ones are right:
//   smaller than the image's snapshot    gets the snapshot's size
//   a snapshot for one of the image's devices    would start old data: the image's own is used
//   a snapshot for another device    would be dropped by EC2 when inherited: it is kept
// A root device that the image does not have is a ConfigurationError.
struct PlanDeviceMappings {
  static constexpr std::string_view name = "PlanDeviceMappings";
  std::string launch_template;  // lt-…
  std::string version;
  std::string image;

  agent::run::Task<std::string> perform(agent::run::Step& step) const;
};

}  // namespace actions
