// StartInstanceRefresh, DescribeInstanceRefreshes, CancelInstanceRefresh, RollbackInstanceRefresh.
// Codes are those of botocore's model and the API reference; texts are the service's where they
// are known ("... blocks the execution ...", AutoRollback without a desired configuration).
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_group_fields.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/autoscaling_refresh_preferences.h"
#include "tests/local_cloud/autoscaling_refresh_steps.h"
#include "tests/local_cloud/autoscaling_source.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::flag;
using agent::base::member;
using agent::base::text;

namespace {

constexpr auto kept_for = std::chrono::weeks(6);

// Why neither AutoRollback nor RollbackInstanceRefresh is possible; "" when they are. What the
// group had before counts, as well as what it is to have.
std::string irreversible(Place& place, const Group& group, const json::object& desired) {
  if (desired.empty()) return "no desired configuration";
  auto reason = irreversible(place, group.source);
  return reason.empty() ? irreversible(place, desired) : reason;
}

json::object desired_of(Place& place, const Group& group, const Call& call) {
  const auto& given = member(call.params, "DesiredConfiguration");
  return given.empty() ? json::object() : chosen_source(place, given, group.source, call.now);
}

void check_rollback(Place& place, const Group& group, const Refresh& refresh) {
  if (!flag(refresh.preferences, "AutoRollback")) return;
  if (refresh.desired.empty()) {
    throw validation_error(
        "The request isn't valid. The AutoRollback parameter cannot be set to true when the "
        "DesiredConfiguration parameter is empty. Set AutoRollback to false or specify a desired "
        "configuration and try again.");
  }
  if (const auto reason = irreversible(place, group, refresh.desired); !reason.empty()) {
    throw validation_error(
        cat("The request isn't valid. The AutoRollback parameter cannot be set to true when the "
            "Auto Scaling group or the desired configuration uses a ",
            reason, ". Set AutoRollback to false and try again."));
  }
}

json::object start(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  if (group.active_refresh()) {
    throw ApiError(400, "InstanceRefreshInProgress",
                   "An Instance Refresh is already in progress and blocks the execution of this "
                   "Instance Refresh.");
  }
  if (const auto strategy = text(call.params, "Strategy");
      !strategy.empty() && strategy != "Rolling") {
    throw validation_error(cat("1 validation error detected: Value '", strategy,
                               "' at 'strategy' failed to satisfy constraint: Member must ",
                               "satisfy enum value set: [Rolling]"));
  }
  Refresh made{.desired = desired_of(place, group, call),
               .preferences = complete_preferences(group, member(call.params, "Preferences"))};
  check_rollback(place, group, made);
  made.id = place.new_id();
  made.asked = call.now;
  group.refreshes.push_back(std::move(made));
  return {{"InstanceRefreshId", group.refreshes.back().id}};
}

Refresh& active_refresh_of(Group& group) {
  if (auto* refresh = group.active_refresh()) return *refresh;
  throw ApiError(
      400, "ActiveInstanceRefreshNotFound",
      cat("No in progress or pending Instance Refresh found for Auto Scaling group ", group.name));
}

json::object cancel(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  auto& refresh = active_refresh_of(group);
  refresh.status = RefreshStatus::cancelling;
  refresh.surge = 0;
  refresh.pause.reset();
  refresh.waits_for_transitions = !call.params.contains("WaitForTransitioningInstances") ||
                                  flag(call.params, "WaitForTransitioningInstances");
  return {{"InstanceRefreshId", refresh.id}};
}

json::object roll_back(Place& place, const Call& call) {
  auto& group = own_group_of(place.region, text(call.params, "AutoScalingGroupName"));
  auto& refresh = active_refresh_of(group);
  if (const auto reason = irreversible(place, group, refresh.desired); !reason.empty()) {
    throw ApiError(400, "IrreversibleInstanceRefresh",
                   cat("The instance refresh cannot be rolled back: ", reason, '.'));
  }
  // One that is rolled back already goes on doing so.
  if (refresh.status != RefreshStatus::rollback_in_progress) {
    if (!refresh.started) refresh.started = call.now;
    begin_rollback(group, refresh, "Rollback due to user request.", call.now);
    group.failures = 0;
  }
  return {{"InstanceRefreshId", refresh.id}};
}

std::int64_t percent(std::int64_t updated, std::int64_t total, const Refresh& refresh) {
  if (total > 0) return updated * 100 / total;
  return refresh.status == RefreshStatus::successful || refresh.status == RefreshStatus::baking
             ? 100
             : 0;
}

std::int64_t percent(std::int64_t updated, const Refresh& refresh) {
  return percent(updated, refresh.total(), refresh);
}

// Of a group with a warm pool only.
json::object progress_details(std::int64_t updated, const Refresh& refresh) {
  const auto progress = [&](std::int64_t done, std::int64_t total) {
    return json::object{{"PercentageComplete", percent(done, total, refresh)},
                        {"InstancesToUpdate", total - done}};
  };
  const auto live = refresh.total() - refresh.in_pool;
  const auto live_done = std::min(updated, live);
  return {{"LivePoolProgress", progress(live_done, live)},
          {"WarmPoolProgress", progress(updated - live_done, refresh.in_pool)}};
}

json::object show(const Rollback& rollback, const Refresh& refresh) {
  json::object shown{{"RollbackReason", rollback.reason},
                     {"RollbackStartTime", iso8601(rollback.started)},
                     {"PercentageCompleteOnRollback", percent(rollback.updated, refresh)},
                     {"InstancesToUpdateOnRollback", refresh.total() - rollback.updated}};
  if (refresh.in_pool > 0) {
    shown["ProgressDetailsOnRollback"] = progress_details(rollback.updated, refresh);
  }
  return shown;
}

json::object show(const Group& group, const Refresh& refresh) {
  json::object shown{{"InstanceRefreshId", refresh.id},
                     {"AutoScalingGroupName", group.name},
                     {"Status", name(refresh.status)},
                     {"PercentageComplete", percent(refresh.updated, refresh)},
                     {"InstancesToUpdate", refresh.total() - refresh.updated},
                     {"Preferences", refresh.preferences},
                     {"Strategy", "Rolling"}};
  if (!refresh.reason.empty()) shown["StatusReason"] = refresh.reason;
  if (refresh.started) shown["StartTime"] = iso8601(*refresh.started);
  if (refresh.ended) shown["EndTime"] = iso8601(*refresh.ended);
  if (!refresh.desired.empty()) shown["DesiredConfiguration"] = refresh.desired;
  if (refresh.in_pool > 0) shown["ProgressDetails"] = progress_details(refresh.updated, refresh);
  if (refresh.rollback) shown["RollbackDetails"] = show(*refresh.rollback, refresh);
  return shown;
}

// Newest first, those of the last six weeks.
json::object describe(Place& place, const Call& call) {
  const auto& group = group_of(place.region, text(call.params, "AutoScalingGroupName"));
  const auto ids = query::list_of(call.params, "InstanceRefreshIds");
  json::array all;
  for (auto refresh = group.refreshes.rbegin(); refresh != group.refreshes.rend(); ++refresh) {
    if (call.now > refresh->asked + kept_for) continue;
    if (!ids.empty() && std::ranges::count(ids, refresh->id) == 0) continue;
    all.push_back(show(group, *refresh));
  }
  return paged_answer("InstanceRefreshes", std::move(all), call.params);
}

using namespace fields;
constexpr Field desired_fields[] = {structure("LaunchTemplate", group_fields::launch_template),
                                    structure("MixedInstancesPolicy", group_fields::policy)};
const Field start_fields[] = {required(group_name), string("Strategy"),
                              structure("DesiredConfiguration", desired_fields),
                              structure("Preferences", preference_fields())};
constexpr Field describe_fields[] = {required(group_name), strings("InstanceRefreshIds"),
                                     fields::most, fields::next};
constexpr Field cancel_fields[] = {required(group_name), boolean("WaitForTransitioningInstances")};
constexpr Field rollback_fields[] = {required(group_name)};
const Operation operations[] = {{"StartInstanceRefresh", start_fields, start},
                                {"DescribeInstanceRefreshes", describe_fields, describe},
                                {"CancelInstanceRefresh", cancel_fields, cancel},
                                {"RollbackInstanceRefresh", rollback_fields, roll_back}};

}  // namespace

std::span<const Operation> refresh_operations() {
  return operations;
}

}  // namespace local_cloud::autoscaling
