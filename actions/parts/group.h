// What is read of an Auto Scaling group before anything is done to it, and what is refused then.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "agent/base/failure.h"
#include "agent/run/operation.h"

namespace actions {

// ConfigurationError that names the setting AutoScalingGroupName.
agent::base::Failure wrong_group(const agent::run::Step& step, const std::string& group,
                                 std::string_view why);

// Throws wrong_group when there is no such group, or when it is being deleted.
agent::run::Task<boost::json::object> group_to_work_on(agent::run::Step& step,
                                                       const std::string& group);

// Which launch template version the group follows.
struct Followed {
  std::string launch_template;  // lt-…
  std::string version;          // $Latest, $Default or a number
};
// Throws wrong_group for a group with a launch configuration.
Followed followed(const agent::run::Step& step, const std::string& name,
                  const boost::json::object& group);

// Throws wrong_group when the group is another service's, whose business all changes are.
void refuse_operated(const agent::run::Step& step, const std::string& name,
                     const boost::json::object& group);

// Throws wrong_group when one of these scaling processes is suspended.
void refuse_suspended(const agent::run::Step& step, const std::string& name,
                      const boost::json::object& group,
                      std::initializer_list<std::string_view> processes);

}  // namespace actions
