// EC2's state as plain data: one Region per account and region. What a resource looks like at a
// moment is worked out from the times kept here; nothing is ever moved on by a timer. A Region is a
// value: a dry run is carried out on a copy.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud::ec2 {

struct World;

struct Image {
  std::string id;
  std::string name;
  std::string description;
  std::string owner;  // account
  std::string owner_alias;
  bool is_public = false;
  std::string architecture = "x86_64";
  std::string root_device;
  json::array mappings;  // block devices, as answers show them
  bool ena = true;
  std::string boot_mode;
  std::string imds_support;
  std::string tpm_support;
  std::string source;  // owner/name of what it was made from, for imageLocation
  std::string source_instance;
  std::string source_image;  // of a copy, with
  std::string source_region;
  Time created;
  Time visible;                           // before: NotFound, and missing from lists
  Time snapshots_begin;                   // before: its mappings do not name them yet
  Time settles;                           // pending until then
  std::string flaw;                       // failed for this reason; "" when it becomes available
  std::set<std::string> launch_accounts;  // that may launch it besides its owner
  std::optional<Time> deprecated;         // from then on others' lists leave it out
  std::string protection;                 // from deregistration; "" = none
  std::optional<Time> protected_until;    // the cool-down after it was switched off
  bool disabled = false;
  bool deregistered = false;

  std::string_view state(Time now) const;
};

struct Snapshot {
  std::string id;
  std::string volume;
  std::string description;
  std::string owner;
  std::string owner_alias;
  std::int64_t size = 0;  // GiB
  bool encrypted = false;
  std::string kms_key;   // its ARN
  bool is_copy = false;  // of a snapshot in another region, or this one
  Time started;
  Time visible;
  Time settles;
  std::string flaw;

  std::string_view state(Time now) const;
  int percent(Time now) const;
};

enum class InstanceState {
  pending = 0,
  running = 16,
  shutting_down = 32,
  terminated = 48,
  stopping = 64,
  stopped = 80
};
std::string_view name(InstanceState state);
json::object as_json(InstanceState state);

struct Attachment {
  std::string device;
  std::string volume;
  bool delete_on_termination = true;
};

struct Instance {
  std::string id;
  std::string reservation;
  std::string image;
  std::string type;
  std::string subnet;
  std::string zone;
  std::string architecture;
  std::string root_device;
  std::string client_token;
  std::string private_ip;
  int launch_index = 0;
  std::vector<std::string> groups;
  std::vector<Attachment> volumes;
  json::object data;  // what it was launched with, as a launch template's data
  Time launched;
  Time visible;

  InstanceState passing = InstanceState::pending;  // until `settles`
  InstanceState settled = InstanceState::running;
  Time changed;  // when it went into `passing`
  Time settles;
  Time rebooting_since;
  Time reachable;  // status checks pass from then on
  std::string reason_code;
  std::string reason;

  InstanceState state(Time now) const { return now < settles ? passing : settled; }
  bool is_rebooting(Time now) const;
};

struct Volume {
  std::string id;
  std::string type;
  std::string snapshot;
  std::string zone;
  std::string instance;
  std::string device;
  std::string kms_key;    // its ARN
  std::int64_t size = 0;  // GiB
  std::optional<std::int64_t> iops;
  std::optional<std::int64_t> throughput;
  bool encrypted = false;
  bool delete_on_termination = true;
  Time created;
};

struct TemplateVersion {
  std::int64_t number = 1;
  std::string description;
  std::string created_by;
  Time created;
  json::object data;  // as answers show it
};

struct LaunchTemplate {
  std::string id;
  std::string name;
  std::string created_by;
  Time created;
  std::int64_t default_version = 1;
  std::int64_t next_version = 2;
  std::map<std::int64_t, TemplateVersion> versions;

  std::int64_t latest() const { return versions.rbegin()->first; }
};

struct Subnet {
  std::string id;
  std::string zone;
  std::string zone_id;
  std::string block;
  int third_octet = 0;
};

struct SecurityGroup {
  std::string id;
  std::string name;
  std::string description;
};

struct KeyPair {
  std::string id;
  std::string name;
  std::string fingerprint;
  std::string type;
  std::string material;
  Time created;
};

using Tags = std::map<std::string, std::string, std::less<>>;

struct Region {
  World* world = nullptr;
  std::string account;
  std::string name;

  std::deque<Image> images;
  std::deque<Snapshot> snapshots;
  std::deque<Instance> instances;
  std::deque<Volume> volumes;
  std::deque<LaunchTemplate> templates;
  std::string vpc;
  std::vector<Subnet> subnets;
  std::vector<SecurityGroup> groups;
  std::vector<KeyPair> keys;
  std::map<std::string, Tags, std::less<>> tags;  // by resource id

  // What a client token stood for, and the answer that it gets again.
  struct Remembered {
    std::string request;
    json::object answer;
  };
  std::map<std::string, Remembered> tokens;
  std::map<std::string, long, std::less<>> counters;

  const Settings& settings() const;
  // "ami-0" and 16 hex digits: the same in every run that does the same.
  std::string new_id(std::string_view prefix);
};

// What resolve:ssm: reads of SSM's Parameter Store.
struct Parameter {
  std::string value;
  std::string data_type;
};

struct World {
  explicit World(const Settings& pace) : settings(pace) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Region& region(const std::string& account, const std::string& name);

  const Settings& settings;
  std::deque<std::string> image_failures;  // of the next images to be created
  // The region's own parameter by "name", "name:version" or "name:label"; nothing if there is none.
  std::function<std::optional<Parameter>(const Region&, const std::string& selector, Time)>
      read_parameter;
  std::map<std::pair<std::string, std::string>, Region> regions;
};

template <class Resources>
auto find_by_id(Resources& resources, std::string_view id) -> decltype(&resources.front()) {
  for (auto& resource : resources) {
    if (resource.id == id) return &resource;
  }
  return nullptr;
}

// The answer that the call's ClientToken was given; nullptr when it is new, or there is none.
const json::object* remembered(const Region& region, const Call& call);
void remember(Region& region, const Call& call, const json::object& answer);

// Answers again what the same ClientToken was answered, or remembers the answer of `carry_out`.
// Throws IdempotentParameterMismatch when the token stood for another request.
template <class Function>
json::object once(Region& region, const Call& call, Function carry_out) {
  if (const auto* answer = remembered(region, call)) return *answer;
  auto answer = carry_out();
  remember(region, call, answer);
  return answer;
}

}  // namespace local_cloud::ec2
