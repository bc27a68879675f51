// Which instance of an Auto Scaling group is imaged, and which launch template version the new one
// is made from.
#pragma once

#include <boost/describe.hpp>
#include <string>

#include "agent/run/operation.h"

namespace actions {

struct Source {
  std::string instance;
  std::string launch_template;  // lt-…
  std::string version;          // its number
  std::string image;            // what that version starts
  std::string follows;          // how the group names its version: $Latest, $Default or a number
};
BOOST_DESCRIBE_STRUCT(Source, (), (instance, launch_template, version, image, follows))

// A decision, so it is taken once in an execution: of the group's instances that are InService and
// Healthy, those that run the version the group follows, then the newest, then by id.
struct ChooseSource {
  static constexpr std::string_view name = "ChooseSource";
  std::string group;
  std::string launch_template;  // name or lt-…; "" = the group's own

  agent::run::Task<Source> perform(agent::run::Step& step) const;
};

}  // namespace actions
