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

// A decision, so it is taken once in an execution: the instance that is named, or of the group's
// instances that are InService and Healthy those that run the version the group follows, then the
// newest, then by id. One that this execution has taken out of service before is chosen again.
//
// What would go wrong later is refused here, before anything is made: a group that is being deleted
// or that another service operates, processes that are suspended, an override that names an image.
struct ChooseSource {
  static constexpr std::string_view name = "ChooseSource";
  std::string group;
  std::string launch_template;  // name or lt-…; "" = the group's own
  std::string instance = {};    // "" = to be chosen
  bool standby = false;         // it will be taken out of service
  bool refresh = false;         // the group will be rolled

  agent::run::Task<Source> perform(agent::run::Step& step) const;
};

// The version of that template that is inherited from: `version` itself, or what it was made from
// when an earlier try of this execution has made it. Nothing when there is none.
agent::run::Task<std::optional<boost::json::object>> version_to_inherit(
    agent::run::Step& step, const std::string& launch_template, const std::string& version);

// What the version starts: an image id, also where the template names an SSM parameter.
agent::run::Task<std::string> image_of(agent::run::Step& step, const boost::json::object& version);

}  // namespace actions
