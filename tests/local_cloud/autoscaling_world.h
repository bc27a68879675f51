// Auto Scaling's state as plain data: groups, their instances, activities, launch configurations,
// of one account in one region. autoscaling_scaling.h moves it on.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/local_cloud/autoscaling_refresh.h"
#include "tests/local_cloud/ec2_world.h"
#include "tests/local_cloud/service.h"

namespace local_cloud::autoscaling {

enum class Lifecycle { pending, in_service, terminating, entering_standby, standby };
std::string_view name(Lifecycle lifecycle);

struct Member {
  std::string instance;
  std::string type;
  std::string zone;
  Lifecycle lifecycle = Lifecycle::pending;
  std::optional<Time> until;  // of what passes: pending, entering_standby, terminating
  bool healthy = true;
  bool is_protected = false;
  std::int64_t weight = 1;
  std::optional<std::int64_t> shown_weight;
  json::object launch_template;  // with the version's number; empty when there is none
  std::string launch_configuration;
  Time launched;
  Time in_service;       // since then
  bool is_sick = false;  // never gets into service: its health check fails
  bool in_pool = false;  // the warm one; "in service" is then ready for it
  std::string refresh;   // the one that launched it; "" for none

  bool counts() const {  // towards the desired capacity
    if (in_pool) return false;
    return lifecycle == Lifecycle::pending || lifecycle == Lifecycle::in_service;
  }
};

struct Activity {
  std::string id;
  std::string group;
  std::string group_arn;
  std::string description;
  std::string cause;
  std::string details;
  std::string failure;  // "" when it is successful
  Time started;
  Time ends;
};

struct GroupTag {
  std::string value;
  bool at_launch = false;
};

struct Group {
  std::string name;
  std::string arn;
  Time created;
  // The service that alone may change it ("ecs.amazonaws.com"); "" for none.
  std::string service;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::int64_t desired = 0;
  // One of LaunchTemplate, MixedInstancesPolicy and LaunchConfigurationName.
  json::object source;
  // Further members, as answers show them: HealthCheckType, DefaultCooldown, ...
  json::object options;
  std::vector<std::string> zones;
  std::vector<std::string> subnets;
  std::map<std::string, GroupTag> tags;
  std::map<std::string, std::string> suspended;  // process -> reason
  std::deque<Member> members;
  json::object warm_pool;         // WarmPoolConfiguration, complete; empty when there is none
  std::deque<Refresh> refreshes;  // oldest first
  bool deleting = false;

  Time looked;    // what was due until then has happened
  Time scaled;    // the last activity that changed the capacity: cooldown
  Time retry_at;  // no launch is tried before
  int failures = 0;

  std::int64_t capacity() const;  // of the members that count
  bool is_suspended(const std::string& process) const { return suspended.contains(process); }
  // The refresh that has not ended; nullptr when there is none.
  Refresh* active_refresh();
  const Refresh* active_refresh() const;
  // What the number of instances follows: while a refresh launches first, more than is desired.
  std::int64_t target() const;
};

struct Region {
  std::deque<Group> groups;
  std::deque<json::object> launch_configurations;  // as answers show them
  std::deque<Activity> activities;                 // oldest first, those of deleted groups too
  long ids = 0;
};

// Where an operation happens: Auto Scaling's part and EC2's.
struct Place {
  Region& region;
  ec2::Region& ec2;
  std::string new_id();  // a UUID
};

ApiError validation_error(const std::string& message);

Group* find_group(Region& region, std::string_view name);
// Throws ValidationError when there is none, or it is being deleted.
Group& group_of(Region& region, const std::string& name);
// The same, to be changed: throws AccessDenied when a service operates it.
Group& own_group_of(Region& region, const std::string& name);
void expect_own(const Group& group);
json::object* find_launch_configuration(Region& region, std::string_view name);

Member* find_member(Group& group, std::string_view instance);

struct Membership {
  Group* group = nullptr;
  Member* member = nullptr;
};
// Of any group, to be changed. Throws ValidationError.
Membership membership_of(Region& region, const std::string& instance);

// {name: the part that MaxRecords and NextToken ask for, "NextToken": ...}
json::object paged_answer(std::string_view name, json::array all, const json::object& params,
                          std::int64_t usual = 50);

}  // namespace local_cloud::autoscaling
