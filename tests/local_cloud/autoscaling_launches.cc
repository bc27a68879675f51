#include "tests/local_cloud/autoscaling_launches.h"

#include <algorithm>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/autoscaling_activities.h"
#include "tests/local_cloud/autoscaling_refresh_steps.h"
#include "tests/local_cloud/autoscaling_scaling.h"
#include "tests/local_cloud/autoscaling_source.h"

namespace local_cloud::autoscaling {

using agent::base::cat;

namespace {

constexpr int most_doublings = 8;  // of the pause between launches that fail
constexpr std::chrono::seconds shortest_health_check{1};

// Subnet or zone with the fewest members.
struct Spot {
  std::string zone;
  std::string subnet;
};
Spot choose_spot(const ec2::Region& ec2, const Group& group) {
  std::vector<Spot> spots;
  for (const auto& id : group.subnets)
    spots.push_back({ec2::find_by_id(ec2.subnets, id)->zone, id});
  if (spots.empty()) {
    for (const auto& zone : group.zones) spots.push_back({zone, ""});
  }
  return *std::ranges::min_element(spots, {}, [&](const Spot& spot) {
    return std::ranges::count_if(group.members, [&](const Member& member) {
      return member.zone == spot.zone && member.counts();
    });
  });
}

void prepare(const ec2::Region& ec2, const Group& group, Recipe& recipe) {
  auto& launch = recipe.launch;
  const auto spot = choose_spot(ec2, group);
  launch.subnet = spot.subnet;
  if (spot.subnet.empty()) {
    auto placement = agent::base::member(launch.data, "placement");
    placement["availabilityZone"] = spot.zone;
    launch.data["placement"] = std::move(placement);
  }
  for (const auto& [key, tag] : group.tags) {
    if (tag.at_launch) launch.tags[key] = tag.value;
  }
  launch.tags["aws:autoscaling:groupName"] = group.name;
}

std::string launch_cause(const Group& group, bool into_pool, Time now) {
  if (into_pool) return cat(at(now), "an instance was started to fill the warm pool.");
  return cat(at(now), "an instance was started in response to a difference between desired and ",
             "actual capacity, increasing the capacity from ", group.capacity(), " to ",
             group.target(), '.');
}

bool is_sick(const ec2::Region& ec2, const ec2::Instance& instance) {
  const auto& pattern = ec2.settings().unhealthy_images;
  const auto* image = ec2::find_by_id(ec2.images, instance.image);
  return !pattern.empty() &&
         (matches(pattern, instance.image) || (image && matches(pattern, image->name)));
}

// When it gets into service, or its health check fails: not before the grace period is over, and
// never at once, so that its successors do not fail without end in the same moment.
Time service_time(const Group& group, const ec2::Instance& instance, bool sick) {
  const auto grace = std::chrono::seconds(
      agent::base::number(group.options, "HealthCheckGracePeriod").value_or(0));
  const auto failure = instance.launched + std::max(grace, shortest_health_check);
  return sick ? std::max(instance.settles, failure) : instance.settles;
}

void add_member(Place& place, Group& group, const Recipe& recipe, const std::string& id,
                bool into_pool, Time now) {
  const auto& instance = *ec2::find_by_id(place.ec2.instances, id);
  Activity activity{.description = cat("Launching a new EC2 instance",
                                       into_pool ? " into warm pool: " : ": ", id),
                    .cause = launch_cause(group, into_pool, now),
                    .details = details_of(place.ec2, id)};
  activity.started = now;
  activity.ends = instance.settles;
  record(place, group, std::move(activity));
  const auto sick = is_sick(place.ec2, instance);
  const auto* refresh = group.active_refresh();
  const auto is_part = refresh && (refresh->status == RefreshStatus::in_progress ||
                                   refresh->status == RefreshStatus::baking);
  group.members.push_back(
      {.instance = id,
       .type = instance.type,
       .zone = instance.zone,
       .until = service_time(group, instance, sick),
       .is_protected = agent::base::flag(group.options, "NewInstancesProtectedFromScaleIn"),
       .weight = std::max<std::int64_t>(1, recipe.weight.value_or(1)),
       .shown_weight = recipe.weight,
       .launch_template = recipe.launch_template,
       .launch_configuration = recipe.launch_configuration,
       .launched = now,
       .is_sick = sick,
       .in_pool = into_pool,
       .refresh = is_part ? refresh->id : ""});
  if (!into_pool) group.scaled = now;
  group.failures = 0;
}

void record_failure(Place& place, Group& group, const ApiError& error, bool into_pool, Time now) {
  Activity activity{.description = "Launching a new EC2 instance",
                    .cause = launch_cause(group, into_pool, now),
                    .failure = cat(error.what(), ". Launching EC2 instance failed.")};
  activity.started = activity.ends = now;
  record(place, group, std::move(activity));
  const auto pause = std::max(Settings::Duration{1}, place.ec2.settings().launch_retry_time);
  group.retry_at = now + pause * (1 << std::min(group.failures, most_doublings));
  ++group.failures;
}

}  // namespace

bool may_launch(const Group& group, Time now) {
  return !group.is_suspended("Launch") && (group.failures == 0 || now >= group.retry_at);
}

bool launch_one(Place& place, Group& group, bool into_pool, Time now) {
  try {
    auto recipe = recipe_of(place, launch_source(group));
    prepare(place.ec2, group, recipe);
    const auto ids = ec2::launch(place.ec2, recipe.launch, now);
    add_member(place, group, recipe, ids.front(), into_pool, now);
    return true;
  } catch (const ApiError& error) {
    record_failure(place, group, error, into_pool, now);
    return false;
  }
}

}  // namespace local_cloud::autoscaling
