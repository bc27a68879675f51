#include "actions/parts/standby.h"

#include "actions/ops/autoscaling.h"
#include "actions/ops/ec2_describe.h"
#include "actions/parts/group.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::number;
using agent::base::objects;
using agent::base::text;
using agent::run::Call;
using agent::run::ErrorClass;
using agent::run::Look;
using agent::run::Run;
using agent::run::Step;
using agent::run::Task;
using autoscaling::autoscaling_call;
namespace json = boost::json;

namespace {

constexpr std::string_view tag_standby = "codepipeline-agent:standby";

std::int64_t size(const json::object& group, std::string_view key) {
  return number(group, key).value_or(0);
}

// "" when the instance is in the group no more, or that is gone.
std::string lifecycle(const std::optional<json::object>& group, const std::string& instance) {
  const auto* found = group ? autoscaling::instance_of(*group, instance) : nullptr;
  return found == nullptr ? std::string() : text(*found, "LifecycleState");
}

bool is_out(const std::string& state) {
  return state == "Standby" || state == "EnteringStandby";
}

Task<std::optional<json::object>> describe_instance(Step& step, const std::string& instance) {
  const auto reply = co_await step.call(
      ec2::ec2_call("DescribeInstances", {{"Filter", {ec2::filter("instance-id", instance)}}}));
  for (const auto* reservation : objects(reply.body, "reservationSet")) {
    for (const auto* one : objects(*reservation, "instancesSet")) co_return *one;
  }
  co_return std::nullopt;
}

// What the tag says of a plan that an earlier try has carried out: the capacity to come back to.
std::string written(const StandbyPlan& plan) {
  return plan.replaced ? cat(plan.desired) : std::string("shrunk");
}

StandbyPlan plan_of(const std::string& tag) {
  const json::object value{{"desired", tag}};
  const auto desired = number(value, "desired");
  return {.replaced = desired.has_value(), .desired = desired.value_or(0)};
}

// A repeat of a call that had taken effect is refused; then the instance is where it should be.
Task<> move_instance(Step& step, Call call, const std::string& group, const std::string& instance,
                     bool out) {
  const auto reply = co_await step.attempt(std::move(call));
  if (reply) co_return;
  if (reply.error().kind == ErrorClass::invalid) {
    const auto found = co_await autoscaling::find_group(step, group);
    if (is_out(lifecycle(found, instance)) == out) co_return;
  }
  throw agent::aws::failure(reply.error());
}

struct EnterStandby {
  static constexpr std::string_view name = "EnterStandby";
  std::string group;
  std::string instance;
  StandbyPlan plan;

  bool irreversible() const { return true; }
  Task<> perform(Step& step) const {
    const auto found = co_await group_to_work_on(step, group);
    const auto state = lifecycle(found, instance);
    if (is_out(state)) co_return;
    if (state == "Pending") {
      throw Failure(FailureType::SystemUnavailable, cat(instance, " is still coming into service"));
    }
    auto tags = step.key().execution.tags();
    tags.emplace_back(tag_standby, written(plan));
    json::array list;
    for (const auto& [key, value] : tags) list.push_back({{"Key", key}, {"Value", value}});
    co_await step.call(
        ec2::ec2_call("CreateTags", {{"ResourceId", {instance}}, {"Tag", std::move(list)}}));
    auto call =
        autoscaling_call("EnterStandby", {{"AutoScalingGroupName", group},
                                          {"InstanceIds", {instance}},
                                          {"ShouldDecrementDesiredCapacity", !plan.replaced}});
    co_await move_instance(step, std::move(call), group, instance, true);
  }
};

struct InStandby {
  static constexpr std::string_view name = "InStandby";
  std::string group;
  std::string instance;

  Task<Look> look(Step& step) const {
    const auto found = co_await group_to_work_on(step, group);
    const auto state = lifecycle(found, instance);
    if (state == "Standby") co_return Look{.ready = true};
    if (state != "EnteringStandby" && state != "InService") {
      throw Failure(FailureType::JobFailed,
                    cat("The instance ", instance, " is ", state.empty() ? "gone" : state,
                        " instead of in standby; somebody else may have ended it"));
    }
    co_return Look{.summary = cat(instance, " is leaving service (", state, ")")};
  }
};

struct ExitStandby {
  static constexpr std::string_view name = "ExitStandby";
  std::string group;
  std::string instance;

  Task<> perform(Step& step) const {
    const auto found = co_await autoscaling::find_group(step, group);
    const auto state = lifecycle(found, instance);
    if (state == "EnteringStandby") {
      throw Failure(FailureType::SystemUnavailable,
                    cat(instance, " is still on its way to standby"));
    }
    if (state != "Standby") co_return;
    // Coming back raises the capacity by one; a group that has grown to its maximum meanwhile has
    // one too many.
    if (size(*found, "DesiredCapacity") + 1 > size(*found, "MaxSize")) {
      co_await step.call(autoscaling_call(
          "SetDesiredCapacity", {{"AutoScalingGroupName", group},
                                 {"DesiredCapacity", size(*found, "DesiredCapacity") - 1}}));
    }
    auto call = autoscaling_call("ExitStandby",
                                 {{"AutoScalingGroupName", group}, {"InstanceIds", {instance}}});
    co_await move_instance(step, std::move(call), group, instance, false);
  }
};

struct BackInService {
  static constexpr std::string_view name = "BackInService";
  std::string group;
  std::string instance;

  Task<Look> look(Step& step) const {
    const auto found = co_await autoscaling::find_group(step, group);
    const auto state = lifecycle(found, instance);
    // Whatever has become of it then is the group's business.
    if (state != "Pending" && !is_out(state)) co_return Look{.ready = true};
    co_return Look{.summary = cat(instance, " is coming back into service (", state, ")")};
  }
};

// The group to its size again where a replacement was started, and the tags off the instance.
struct EndStandby {
  static constexpr std::string_view name = "EndStandby";
  std::string group;
  std::string instance;
  StandbyPlan plan;

  Task<> perform(Step& step) const {
    const auto found = co_await autoscaling::find_group(step, group);
    if (found && plan.replaced && size(*found, "DesiredCapacity") == plan.desired + 1) {
      co_await step.call(
          autoscaling_call("SetDesiredCapacity",
                           {{"AutoScalingGroupName", group}, {"DesiredCapacity", plan.desired}}));
    }
    const auto tagged = co_await describe_instance(step, instance);
    if (!tagged || !ec2::has_own_tags(step.key(), *tagged)) co_return;
    json::array keys{{{"Key", tag_standby}}};
    for (const auto& [key, value] : step.key().execution.tags()) keys.push_back({{"Key", key}});
    co_await step.call(
        ec2::ec2_call("DeleteTags", {{"ResourceId", {instance}}, {"Tag", std::move(keys)}}));
  }
};

}  // namespace

Task<StandbyPlan> PlanStandby::perform(Step& step) const {
  const auto found = co_await group_to_work_on(step, group);
  const auto shown = co_await describe_instance(step, instance);
  const auto tag = shown ? ec2::tag_of(*shown, tag_standby) : std::string();
  const auto is_ours = shown && ec2::has_own_tags(step.key(), *shown);
  if (is_ours && !tag.empty()) co_return plan_of(tag);
  if (imaged) co_return StandbyPlan{};
  const auto desired = size(found, "DesiredCapacity");
  if (desired > size(found, "MinSize")) co_return StandbyPlan{.desired = desired};
  if (desired + 1 > size(found, "MaxSize")) {
    throw wrong_group(
        step, group,
        cat("Imaging=standby takes an instance out of service, and the group can "
            "neither shrink below its minimum of ",
            size(found, "MinSize"), " nor grow above its maximum of ", size(found, "MaxSize"),
            ". Raise MaxSize by one, or use Imaging=no-reboot."));
  }
  co_return StandbyPlan{.replaced = true, .desired = desired};
}

Task<> enter_standby(Run& run, const std::string& group, const std::string& instance,
                     const StandbyPlan& plan) {
  co_await run(EnterStandby{.group = group, .instance = instance, .plan = plan});
  co_await run.until(InStandby{.group = group, .instance = instance});
}

Task<Look> RunningAgain::look(Step& step) const {
  const auto made = co_await ec2::describe_image(step, image);
  // The instance is shut down before its first snapshot is taken.
  if (!made || ec2::snapshots_of(*made).empty()) {
    co_return Look{.summary = cat(instance, " is being shut down to be imaged")};
  }
  const auto reply =
      co_await step.call(ec2::ec2_call("DescribeInstanceStatus", {{"InstanceId", {instance}}}));
  for (const auto* status : objects(reply.body, "instanceStatusSet")) {
    const auto& system = member(*status, "systemStatus");
    const auto& own = member(*status, "instanceStatus");
    if (text(system, "status") == "ok" && text(own, "status") == "ok") {
      co_return Look{.ready = true};
    }
    co_return Look{
        .summary = cat(instance, " is starting again (status checks: ", text(own, "status"), ")")};
  }
  co_return Look{.summary = cat(instance, " is not running yet")};
}

std::string LeaveStandby::resource() const {
  return cat(instance, " out of service in the group ", group);
}

Task<> LeaveStandby::carry_out(Run& run) const {
  co_await run(ExitStandby{.group = group, .instance = instance});
  co_await run.until(BackInService{.group = group, .instance = instance});
  co_await run(EndStandby{.group = group, .instance = instance, .plan = plan});
}

}  // namespace actions
