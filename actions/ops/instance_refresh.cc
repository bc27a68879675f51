#include "actions/ops/instance_refresh.h"

#include "actions/ops/ec2_describe.h"
#include "actions/ops/pages.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/base/time_text.h"
#include "agent/run/run.h"

namespace actions::autoscaling {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::number;
using agent::base::text;
using agent::run::ErrorClass;
using agent::run::Run;

namespace {

constexpr std::string_view list = "InstanceRefreshes";

bool is_active(const std::string& status) {
  return status == "Pending" || status == "InProgress" || status == "Baking" ||
         status == "Cancelling" || status == "RollbackInProgress";
}

bool has_failed(const std::string& status) {
  return status == "Failed" || status == "Cancelled" || status == "RollbackFailed" ||
         status == "RollbackSuccessful";
}

// Newest first.
Task<std::vector<json::object>> refreshes(Step& step, const std::string& group) {
  return all_pages(
      step, autoscaling_call("DescribeInstanceRefreshes", {{"AutoScalingGroupName", group}}), list);
}

// Whether the refresh is to that version of that template.
bool is_to(const json::object& refresh, const std::string& launch_template,
           const std::string& version) {
  const auto all = specifications(member(refresh, "DesiredConfiguration"));
  return !all.empty() && text(all.front(), "LaunchTemplateId") == launch_template &&
         text(all.front(), "Version") == version;
}

// A group of one would be without an instance while that is replaced.
bool is_single(const json::object& group) {
  return number(group, "DesiredCapacity").value_or(0) <= 1;
}

json::object preferences_of(const RefreshPreferences& wanted, bool single, bool roll_back) {
  json::object result{{"SkipMatching", wanted.skip_matching},
                      {"AutoRollback", roll_back},
                      {"ScaleInProtectedInstances", "Ignore"},
                      {"StandbyInstances", "Ignore"}};
  const auto say = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) result[key] = value;
  };
  const auto unsaid =
      wanted.min_healthy_percentage.empty() && wanted.max_healthy_percentage.empty();
  say("MinHealthyPercentage", single && unsaid ? "100" : wanted.min_healthy_percentage);
  say("MaxHealthyPercentage", single && unsaid ? "200" : wanted.max_healthy_percentage);
  say("InstanceWarmup", wanted.instance_warmup);
  say("CheckpointDelay", wanted.checkpoint_delay);
  say("BakeTime", wanted.bake_time);
  if (!wanted.checkpoint_percentages.empty()) {
    result["CheckpointPercentages"] = json::value_from(wanted.checkpoint_percentages);
  }
  if (!wanted.alarms.empty()) {
    result["AlarmSpecification"] = {{"Alarms", json::value_from(wanted.alarms)}};
  }
  return result;
}

json::object desired(const json::object& group, const std::string& launch_template,
                     const std::string& version, const std::string& image = {},
                     const std::string& previous_image = {}) {
  const auto set_version = [&](json::object& specification) {
    if (text(specification, "LaunchTemplateId") == launch_template) {
      specification["Version"] = version;
    }
  };
  const auto set_image = [&](json::object& one) {
    if (!image.empty() && text(one, "ImageId") == previous_image) one["ImageId"] = image;
  };
  return changed_source(group, set_version, set_image);
}

Task<json::object> existing_group(Step& step, const std::string& group) {
  auto found = co_await find_group(step, group);
  if (!found) {
    throw Failure(FailureType::JobFailed, cat("The group ", group, " does not exist any more"));
  }
  co_return std::move(*found);
}

// Nothing when another refresh is under way. It is sent once: a repeat would start a second one
// where the first has ended meanwhile, so what became of it is looked for instead.
Task<std::optional<std::string>> start(Step& step, const std::string& group, json::object wanted,
                                       json::object preferences) {
  auto call = autoscaling_call("StartInstanceRefresh", {{"AutoScalingGroupName", group},
                                                        {"Strategy", "Rolling"},
                                                        {"DesiredConfiguration", std::move(wanted)},
                                                        {"Preferences", std::move(preferences)}});
  call.once = true;
  const auto reply = co_await step.attempt(std::move(call));
  if (!reply && reply.error().code == "InstanceRefreshInProgress") co_return std::nullopt;
  if (!reply) throw agent::aws::failure(reply.error());
  auto id = text(reply->body, "InstanceRefreshId");
  if (id.empty()) {
    throw Failure(FailureType::SystemUnavailable,
                  "Auto Scaling answered without InstanceRefreshId");
  }
  co_return id;
}

Failure busy(const std::string& group, const json::object& other) {
  return {FailureType::SystemUnavailable,
          cat("Waiting for another instance refresh of ", group, ", ",
              text(other, "InstanceRefreshId"), " (", text(other, "Status"), ")")};
}

// Auto Scaling cannot roll back to a template version that takes its image from a parameter.
Task<bool> can_roll_back(Step& step, const json::object& group) {
  for (const auto& specification : specifications(group)) {
    const auto version = co_await ec2::describe_version(
        step, text(specification, "LaunchTemplateId"), text(specification, "Version"));
    if (!version) continue;
    const auto image = text(member(*version, "launchTemplateData"), "imageId");
    if (image.starts_with("resolve:ssm:")) co_return false;
  }
  co_return true;
}

// The group's newest activity that failed since then, in Auto Scaling's words; "" for none.
Task<std::string> failed_activity(Step& step, const std::string& group, const std::string& since) {
  const auto reply = co_await step.attempt(
      autoscaling_call("DescribeScalingActivities", {{"AutoScalingGroupName", group}}));
  if (!reply) co_return std::string();  // a kindness, not a reason to fail otherwise
  for (const auto* activity : agent::base::objects(reply->body, "Activities")) {
    if (text(*activity, "StatusCode") != "Failed") continue;
    if (text(*activity, "StartTime") < since) continue;
    co_return text(*activity, "StatusMessage");
  }
  co_return std::string();
}

Task<Failure> failure_of(Step& step, const std::string& group, const json::object& refresh) {
  auto message = cat("The instance refresh ", text(refresh, "InstanceRefreshId"), " of the group ",
                     group, " ended as ", text(refresh, "Status"));
  const auto add = [&](std::string_view what, const std::string& reason) {
    if (!reason.empty()) message += cat(what, reason);
  };
  add(": ", text(refresh, "StatusReason"));
  add(" Rolled back because: ", text(member(refresh, "RollbackDetails"), "RollbackReason"));
  const auto activity = co_await failed_activity(step, group, text(refresh, "StartTime"));
  add(" The group's last failed activity: ", activity);
  co_return Failure(FailureType::JobFailed, message);
}

std::string progress_of(const std::string& group, const json::object& refresh) {
  const auto percent = text(refresh, "PercentageComplete");
  const auto reason = text(refresh, "StatusReason");
  return cat("Instance refresh of ", group, ": ", text(refresh, "Status"),
             percent.empty() ? "" : cat(", ", percent, " %"),
             reason.empty() ? "" : cat(", ", reason));
}

Look not_yet(const std::string& group, const json::object& refresh) {
  const auto percent = number(refresh, "PercentageComplete");
  return {.summary = progress_of(group, refresh),
          .percent =
              percent ? std::optional(static_cast<int>(std::clamp<std::int64_t>(*percent, 0, 100)))
                      : std::nullopt};
}

// The newest to that version; nullptr for none.
const json::object* newest_to(const std::vector<json::object>& all,
                              const std::string& launch_template, const std::string& version) {
  const auto found = std::ranges::find_if(
      all, [&](const json::object& one) { return is_to(one, launch_template, version); });
  return found == all.end() ? nullptr : &*found;
}

// Ends a refresh to the version that is under way.
struct EndInstanceRefresh {
  static constexpr std::string_view name = "EndInstanceRefresh";
  RollBack what;

  Task<> perform(Step& step) const {
    const auto group = co_await find_group(step, what.group);
    if (!group) co_return;
    const auto all = co_await refreshes(step, what.group);
    const auto* ours = newest_to(all, what.launch_template, what.version);
    if (ours == nullptr) co_return;
    const auto status = text(*ours, "Status");
    if (status != "Pending" && status != "InProgress" && status != "Baking") co_return;
    const json::object params{{"AutoScalingGroupName", what.group}};
    const auto rolled = co_await step.attempt(autoscaling_call("RollbackInstanceRefresh", params));
    if (rolled) co_return;
    const auto kind = rolled.error().kind;
    if (kind != ErrorClass::invalid && kind != ErrorClass::conflict && kind != ErrorClass::gone) {
      throw agent::aws::failure(rolled.error());
    }
    // It cannot be rolled back, or not any more.
    const auto ended = co_await step.attempt(autoscaling_call("CancelInstanceRefresh", params));
    if (!ended && ended.error().kind != ErrorClass::gone) {
      throw agent::aws::failure(ended.error());
    }
  }
};

struct InstanceRefreshEnded {
  static constexpr std::string_view name = "InstanceRefreshEnded";
  RollBack what;

  Task<Look> look(Step& step) const {
    const auto group = co_await find_group(step, what.group);
    if (!group) co_return Look{.ready = true};
    const auto all = co_await refreshes(step, what.group);
    const auto* ours = newest_to(all, what.launch_template, what.version);
    if (ours == nullptr || !is_active(text(*ours, "Status"))) co_return Look{.ready = true};
    co_return Look{.summary = progress_of(what.group, *ours)};
  }
};

// To the former version, when instances are left that run the one that failed. Returns the
// refresh's id; "" when there is nothing to do.
struct StartRefreshBack {
  static constexpr std::string_view name = "StartRefreshBack";
  static constexpr std::chrono::hours patience{24};
  RollBack what;

  Task<std::string> perform(Step& step) const {
    const auto group = co_await find_group(step, what.group);
    if (!group) co_return std::string();
    const auto all = co_await refreshes(step, what.group);
    const auto* ours = newest_to(all, what.launch_template, what.version);
    if (ours == nullptr || text(*ours, "Status") == "RollbackSuccessful") co_return std::string();
    // One that was started after ours.
    for (const auto& one : all) {
      if (&one == ours) break;
      if (!is_to(one, what.launch_template, what.previous)) continue;
      const auto status = text(one, "Status");
      if (is_active(status) || status == "Successful") {
        co_return text(one, "InstanceRefreshId");
      }
    }
    const auto left = co_await instances_of(step, what.group, what.launch_template, what.version);
    if (left.empty()) co_return std::string();
    const RefreshPreferences preferences{.skip_matching = true};
    auto started =
        co_await start(step, what.group, desired(*group, what.launch_template, what.previous),
                       preferences_of(preferences, is_single(*group), false));
    if (!started) throw busy(what.group, all.front());
    co_return std::move(*started);
  }
};

struct RefreshBackSuccessful : InstanceRefreshSuccessful {
  static constexpr std::string_view name = "RefreshBackSuccessful";
};

}  // namespace

// Auto Scaling's error for a group that is gone is the one for anything else that is wrong.
Task<std::vector<json::object>> active_refreshes(Step& step, const std::string& group) {
  std::vector<json::object> all;
  std::optional<Failure> failure;
  try {
    all = co_await refreshes(step, group);
  } catch (const Failure& caught) {
    failure = caught;
  }
  if (failure) {
    const auto still_there = co_await find_group(step, group);
    if (still_there) throw *failure;
  }
  std::erase_if(all, [](const json::object& one) { return !is_active(text(one, "Status")); });
  co_return all;
}

Task<std::string> StartInstanceRefresh::perform(Step& step) const {
  const auto described = co_await existing_group(step, group);
  const auto all = co_await refreshes(step, group);
  const auto began = agent::base::rfc3339(step.key().started);
  for (const auto& one : all) {
    const auto status = text(one, "Status");
    const auto ours = is_to(one, launch_template, version);
    // One of ours that failed is that of this attempt, or it is tried again.
    if (ours && (!has_failed(status) || text(one, "StartTime") >= began)) {
      co_return text(one, "InstanceRefreshId");
    }
    if (!ours && is_active(status)) throw busy(group, one);
  }
  const auto rolls_back = co_await can_roll_back(step, described);
  auto started = co_await start(step, group,
                                desired(described, launch_template, version, image, previous_image),
                                preferences_of(preferences, is_single(described), rolls_back));
  if (!started) {
    throw Failure(FailureType::SystemUnavailable,
                  cat("Waiting for another instance refresh of ", group));
  }
  co_return std::move(*started);
}

Task<Look> InstanceRefreshSuccessful::look(Step& step) const {
  auto call = autoscaling_call("DescribeInstanceRefreshes", {{"AutoScalingGroupName", group},
                                                             {"InstanceRefreshIds", {refresh}}});
  const auto found = co_await all_pages(step, std::move(call), list);
  if (found.empty()) co_return Look{.summary = cat("Auto Scaling does not show ", refresh, " yet")};
  const auto status = text(found.front(), "Status");
  if (status == "Successful") co_return Look{.ready = true};
  if (has_failed(status)) {
    const auto failure = co_await failure_of(step, group, found.front());
    throw failure;
  }
  co_return not_yet(group, found.front());
}

std::string RollBack::resource() const {
  return cat("the instances of ", group, " that run version ", version, " of launch template ",
             launch_template);
}

Task<> RollBack::carry_out(Run& run) const {
  co_await run(EndInstanceRefresh{.what = *this});
  co_await run.until(InstanceRefreshEnded{.what = *this});
  const auto back = co_await run(StartRefreshBack{.what = *this});
  if (!back.empty()) {
    co_await run.until(RefreshBackSuccessful{{.group = group, .refresh = back}});
  }
}

}  // namespace actions::autoscaling
