// The parameters as plain data. What a parameter is at a moment follows from the times kept here.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tests/local_cloud/ec2_world.h"
#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud::ssm {

struct Version {
  std::int64_t number = 1;
  std::string value;
  std::string description;
  std::string allowed_pattern;
  std::string tier = "Standard";
  std::string changed_by;
  std::set<std::string> labels;
  Time changed;
  Time checked;  // it counts from then on, if it passes
};

struct Parameter {
  std::string name;
  std::string type;
  std::string data_type = "text";
  std::map<std::string, std::string> tags;
  std::deque<Version> versions;  // those that count; the newest last; none until the first passes
  std::deque<Version> unchecked;

  const Version& newest() const { return versions.back(); }
};

struct Store {
  std::string account;
  std::string region;
  std::map<std::string, Parameter, std::less<>> parameters;

  std::string arn(const Parameter& parameter) const;
};

struct World {
  World(const Settings& pace, ec2::World& machines) : settings(pace), ec2(machines) {}

  // With everything done that was due by then.
  Store& store(const std::string& account, const std::string& region, Time now);

  const Settings& settings;
  ec2::World& ec2;
  std::map<std::pair<std::string, std::string>, Store> stores;
};

inline constexpr std::string_view image_type = "aws:ec2:image";

// A parameter, and which version of it, as "name", "name:3", "name:label" or the same with its ARN
// says it. Throws ParameterNotFound and ParameterVersionNotFound.
struct Selected {
  const Parameter* parameter = nullptr;
  const Version* version = nullptr;
  std::string selector;  // ":3"; "" when there was none
};
Selected select(const Store& store, const std::string& named);

// The one of that name. Throws ParameterNotFound.
Parameter& parameter_of(Store& store, const std::string& name);

ApiError parameter_not_found(const std::string& name);

}  // namespace local_cloud::ssm
