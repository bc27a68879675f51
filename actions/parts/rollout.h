// A group rolled to a new version of its launch template, as sub-recipes: with rollback, and as it
// was before when it fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actions/ops/instance_refresh.h"
#include "actions/parts/pin.h"
#include "actions/parts/source.h"
#include "agent/run/run.h"
#include "agent/run/settings.h"

namespace actions {

struct Rollout {
  autoscaling::RefreshPreferences preferences;
};

// The setting Rollout and what goes with it.
std::vector<agent::run::Setting> rollout_settings();
// Nothing for Rollout=none. Throws ConfigurationError.
std::optional<Rollout> rollout(const agent::run::Settings& settings);

// Holds the group at the version that it runs, before there is a newer one.
agent::run::Task<std::vector<Pin>> pin_group(agent::run::Run& run, const std::string& group,
                                             const Source& source);

// Until all instances run the version. Returns the instance refresh's id.
agent::run::Task<std::string> roll_out(agent::run::Run& run, const Rollout& how,
                                       const std::string& group, const Source& source,
                                       const std::string& version, const std::string& image);

}  // namespace actions
