#include "actions/parts/group.h"

#include "actions/ops/autoscaling.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using agent::run::Step;
using agent::run::Task;
namespace json = boost::json;

Failure wrong_group(const Step& step, const std::string& group, std::string_view why) {
  return {FailureType::ConfigurationError, cat("The setting AutoScalingGroupName is \"", group,
                                               "\" in ", step.key().region, ": ", why)};
}

Task<json::object> group_to_work_on(Step& step, const std::string& group) {
  auto found = co_await autoscaling::find_group(step, group);
  if (!found) {
    throw wrong_group(step, group,
                      "there is no such Auto Scaling group. Check the name, and the setting Region "
                      "if the group is in another region than the pipeline.");
  }
  if (!text(*found, "Status").empty()) {
    throw wrong_group(step, group, cat("it is being deleted (", text(*found, "Status"), ")."));
  }
  co_return std::move(*found);
}

Followed followed(const Step& step, const std::string& name, const json::object& group) {
  const auto all = autoscaling::specifications(group);
  if (all.empty()) {
    throw wrong_group(step, name,
                      cat("it starts its instances from the launch configuration ",
                          text(group, "LaunchConfigurationName"),
                          ", which cannot get a new version. Copy that to a launch template and "
                          "have the group follow it: Amazon EC2 Auto Scaling User Guide, \"Migrate "
                          "your Auto Scaling groups to launch templates\"."));
  }
  Followed result{text(all.front(), "LaunchTemplateId"), text(all.front(), "Version")};
  if (result.version.empty()) result.version = "$Default";  // what Auto Scaling does
  return result;
}

void refuse_operated(const Step& step, const std::string& name, const json::object& group) {
  if (agent::base::find(group, "Operator") == nullptr) return;
  const auto principal = text(member(group, "Operator"), "Principal");
  throw wrong_group(step, name,
                    cat("it is operated by ", principal.empty() ? "another service" : principal,
                        ", and only that may change it. Use Imaging=no-reboot or reboot with "
                        "Rollout=none, and roll the new version out there."));
}

void refuse_suspended(const Step& step, const std::string& name, const json::object& group,
                      std::initializer_list<std::string_view> processes) {
  for (const auto* one : objects(group, "SuspendedProcesses")) {
    const auto process = text(*one, "ProcessName");
    if (std::ranges::count(processes, process) == 0) continue;
    throw wrong_group(
        step, name,
        cat("its process ", process, " is suspended (", text(*one, "SuspensionReason"),
            "), so its instances would not be replaced. Resume it: aws autoscaling "
            "resume-processes --auto-scaling-group-name ",
            name, " --scaling-processes ", process));
  }
}

}  // namespace actions
