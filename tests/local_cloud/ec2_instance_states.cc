// An operation on several instances happens to all or none of them: all are checked first.
#include "tests/local_cloud/ec2_instance_states.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_instances.h"
#include "tests/local_cloud/ec2_parameters.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

constexpr auto by_user = "Client.UserInitiatedShutdown";
constexpr auto by_user_message = "Client.UserInitiatedShutdown: User initiated shutdown";

std::vector<Instance*> asked(Region& region, const Call& call) {
  const auto ids = query::list_of(call.params, "InstanceId");
  expect_known("i", ids, [&](const std::string& id) {
    const auto* instance = find_by_id(region.instances, id);
    return instance && is_shown(*instance, call.now);
  });
  std::vector<Instance*> instances;
  for (const auto& id : ids) instances.push_back(find_by_id(region.instances, id));
  return instances;
}

ApiError incorrect_state(const Instance& instance, std::string_view done) {
  return {
      400, "IncorrectInstanceState",
      cat("The instance '", instance.id, "' is not in a state from which it can be ", done, '.')};
}

void pass(Instance& instance, InstanceState passing, InstanceState settled, Time now,
          Time settles) {
  instance.passing = passing;
  instance.settled = settled;
  instance.changed = now;
  instance.settles = settles;
}

bool is_up(InstanceState state) {
  return state == InstanceState::pending || state == InstanceState::running;
}
bool is_down(InstanceState state) {
  return state == InstanceState::stopping || state == InstanceState::stopped;
}
bool is_gone(InstanceState state) {
  return state == InstanceState::shutting_down || state == InstanceState::terminated;
}

// Does `change` to each and answers with the states before and after.
template <class Change>
json::object change_all(Region& region, const Call& call, Change change) {
  json::array shown;
  for (auto* instance : asked(region, call)) {
    const auto before = instance->state(call.now);
    change(*instance, before);
    shown.push_back({{"instanceId", instance->id},
                     {"currentState", as_json(instance->state(call.now))},
                     {"previousState", as_json(before)}});
  }
  return {{"instancesSet", std::move(shown)}};
}

}  // namespace

json::object start_instances(Region& region, const Call& call) {
  for (const auto* instance : asked(region, call)) {
    const auto state = instance->state(call.now);
    if (is_gone(state) || state == InstanceState::stopping) {
      throw incorrect_state(*instance, "started");
    }
  }
  return change_all(region, call, [&](Instance& instance, InstanceState before) {
    if (before == InstanceState::stopped) start(region, instance, call.now);
  });
}

json::object stop_instances(Region& region, const Call& call) {
  for (const auto* instance : asked(region, call)) {
    const auto state = instance->state(call.now);
    if (is_gone(state) || state == InstanceState::pending) {
      throw incorrect_state(*instance, "stopped");
    }
  }
  return change_all(region, call, [&](Instance& instance, InstanceState before) {
    if (!is_down(before)) stop(region, instance, call.now, by_user, by_user_message);
  });
}

json::object reboot_instances(Region& region, const Call& call) {
  const auto instances = asked(region, call);
  for (const auto* instance : instances) {
    if (!is_up(instance->state(call.now))) throw incorrect_state(*instance, "rebooted");
  }
  for (auto* instance : instances) {
    instance->rebooting_since = std::max(call.now, instance->settles);
    instance->reachable = instance->rebooting_since + region.settings().instance_reboot_time;
  }
  return {};
}

json::object terminate_instances(Region& region, const Call& call) {
  for (const auto* instance : asked(region, call)) {
    if (!agent::base::flag(instance->data, "disableApiTermination")) continue;
    throw ApiError(400, "OperationNotPermitted",
                   cat("The instance '", instance->id, "' may not be terminated. Modify its ",
                       "'disableApiTermination' instance attribute and try again."));
  }
  return change_all(region, call, [&](Instance& instance, InstanceState) {
    terminate(region, instance, call.now, by_user, by_user_message);
  });
}

void start(Region& region, Instance& instance, Time now) {
  const auto& settings = region.settings();
  pass(instance, InstanceState::pending, InstanceState::running, now,
       now + settings.instance_start_time);
  instance.launched = now;
  instance.reachable = instance.settles + settings.instance_reboot_time;
  instance.reason_code.clear();
  instance.reason.clear();
}

void stop(Region& region, Instance& instance, Time now, const std::string& reason_code,
          const std::string& reason) {
  pass(instance, InstanceState::stopping, InstanceState::stopped, now,
       now + region.settings().instance_stop_time);
  instance.reason_code = reason_code;
  instance.reason = reason;
}

void terminate(Region& region, Instance& instance, Time now, const std::string& reason_code,
               const std::string& reason) {
  if (is_gone(instance.state(now))) return;
  // What is stopped has nothing to shut down.
  const auto time = instance.state(now) == InstanceState::stopped
                        ? Settings::Duration{0}
                        : region.settings().instance_stop_time;
  pass(instance, InstanceState::shutting_down, InstanceState::terminated, now, now + time);
  instance.reason_code = reason_code;
  instance.reason = reason;
}

}  // namespace local_cloud::ec2
