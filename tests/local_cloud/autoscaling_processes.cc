// Suspending and resuming what a group does by itself.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::text;

namespace {

constexpr std::string_view processes[] = {
    "Launch",      "Terminate",       "AddToLoadBalancer", "AlarmNotification", "AZRebalance",
    "HealthCheck", "InstanceRefresh", "ReplaceUnhealthy",  "ScheduledActions"};

// All of them when none is named.
std::vector<std::string> asked(const Call& call) {
  auto names = query::list_of(call.params, "ScalingProcesses");
  for (const auto& name : names) {
    if (std::ranges::count(processes, name) > 0) continue;
    throw validation_error(cat("'", name, "' is not a valid Scaling Process Type."));
  }
  if (names.empty()) names.assign(std::begin(processes), std::end(processes));
  return names;
}

json::object suspend(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  for (const auto& process : asked(call)) {
    group.suspended.try_emplace(process,
                                cat("User suspended at ", iso8601(call.now).substr(0, 19), 'Z'));
  }
  return {};
}

json::object resume(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  for (const auto& process : asked(call)) group.suspended.erase(process);
  return {};
}

using namespace fields;
constexpr Field processes_fields[] = {required(group_name), strings("ScalingProcesses")};
constexpr Operation operations[] = {{"SuspendProcesses", processes_fields, suspend},
                                    {"ResumeProcesses", processes_fields, resume}};

}  // namespace

std::span<const Operation> process_operations() {
  return operations;
}

}  // namespace local_cloud::autoscaling
