#include "tests/local_cloud/autoscaling_world.h"

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_pages.h"

namespace local_cloud::autoscaling {

using agent::base::cat;

std::string_view name(Lifecycle lifecycle) {
  switch (lifecycle) {
    case Lifecycle::pending:
      return "Pending";
    case Lifecycle::in_service:
      return "InService";
    case Lifecycle::terminating:
      return "Terminating";
    case Lifecycle::entering_standby:
      return "EnteringStandby";
    case Lifecycle::standby:
      return "Standby";
  }
  return "";
}

std::int64_t Group::capacity() const {
  std::int64_t sum = 0;
  for (const auto& member : members) sum += member.counts() ? member.weight : 0;
  return sum;
}

Refresh* Group::active_refresh() {
  return refreshes.empty() || !is_active(refreshes.back().status) ? nullptr : &refreshes.back();
}

const Refresh* Group::active_refresh() const {
  return refreshes.empty() || !is_active(refreshes.back().status) ? nullptr : &refreshes.back();
}

std::int64_t Group::target() const {
  const auto* refresh = active_refresh();
  return desired + (refresh ? refresh->surge : 0);
}

std::string Place::new_id() {
  const auto digest =
      agent::base::sha256_hex(cat("autoscaling/", ec2.account, '/', ec2.name, '/', ++region.ids));
  return cat(digest.substr(0, 8), '-', digest.substr(8, 4), "-4", digest.substr(12, 3), "-a",
             digest.substr(15, 3), '-', digest.substr(18, 12));
}

ApiError validation_error(const std::string& message) {
  return {400, "ValidationError", message};
}

Group* find_group(Region& region, std::string_view name) {
  const auto known = std::ranges::find(region.groups, name, &Group::name);
  return known == region.groups.end() ? nullptr : &*known;
}

Group& group_of(Region& region, const std::string& name) {
  auto* group = find_group(region, name);
  if (!group) {
    throw validation_error(
        cat("AutoScalingGroup name not found - AutoScalingGroup ", name, " not found"));
  }
  if (group->deleting) {
    throw validation_error(cat("AutoScalingGroup ", name, " is pending delete"));
  }
  return *group;
}

// "All mutating API calls from non-operator callers are rejected" (CreateAutoScalingGroup,
// Operator); no caller of the local cloud is a service.
void expect_own(const Group& group) {
  if (group.service.empty()) return;
  throw ApiError(
      403, "AccessDenied",
      cat("AutoScalingGroup ", group.name, " can only be changed by its operator ", group.service));
}

Group& own_group_of(Region& region, const std::string& name) {
  auto& group = group_of(region, name);
  expect_own(group);
  return group;
}

json::object* find_launch_configuration(Region& region, std::string_view name) {
  for (auto& known : region.launch_configurations) {
    if (agent::base::text(known, "LaunchConfigurationName") == name) return &known;
  }
  return nullptr;
}

Member* find_member(Group& group, std::string_view instance) {
  const auto known = std::ranges::find(group.members, instance, &Member::instance);
  return known == group.members.end() ? nullptr : &*known;
}

Membership membership_of(Region& region, const std::string& instance) {
  for (auto& group : region.groups) {
    if (auto* member = find_member(group, instance)) {
      expect_own(group);
      return {&group, member};
    }
  }
  throw validation_error(
      cat("Instance Id not found - No managed instance found for instance ID: ", instance));
}

json::object paged_answer(std::string_view name, json::array all, const json::object& params,
                          std::int64_t usual) {
  constexpr std::int64_t most = 100;
  const auto asked = agent::base::number(params, "MaxRecords").value_or(usual);
  if (asked < 1 || asked > most) {
    throw validation_error(cat("1 validation error detected: Value '", asked,
                               "' at 'maxRecords' failed to satisfy constraint: Member must have "
                               "value between 1 and ",
                               most));
  }
  const auto start = std::min(ec2::page_start(agent::base::text(params, "NextToken")), all.size());
  const auto end = std::min(all.size(), start + static_cast<std::size_t>(asked));
  json::object answer;
  auto& part = answer[name].emplace_array();
  for (std::size_t i = start; i < end; ++i) part.push_back(std::move(all[i]));
  if (end < all.size()) answer["NextToken"] = ec2::page_token(end);
  return answer;
}

}  // namespace local_cloud::autoscaling
