// A new version of a launch template, as sub-recipes: checked against the image before it is made
// and against its source afterwards, and removed on failure.
#pragma once

#include <string>
#include <vector>

#include "actions/parts/copies.h"
#include "agent/run/run.h"

namespace actions {

struct VersionOrder {
  std::string launch_template;  // lt-…
  std::string from;             // the number of the version to inherit from
  std::string image;
  std::string group = {};  // whose instances may run it; "" = none
};

// Returns its number.
agent::run::Task<std::string> make_version(agent::run::Run& run, VersionOrder order);

struct PublishedVersion {
  std::string region;
  std::string launch_template;  // lt-…
  std::string version;
};

// One version for each destination that names a template, from that template's latest version.
agent::run::Task<std::vector<PublishedVersion>> make_versions(
    agent::run::Run& run, const std::vector<Destination>& destinations,
    const std::vector<std::string>& copies);

agent::run::Task<> set_defaults(agent::run::Run& run, const std::vector<PublishedVersion>& all);

}  // namespace actions
