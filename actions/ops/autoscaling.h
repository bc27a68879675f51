// Amazon EC2 Auto Scaling's groups: reading them, and their instances' way to standby and back.
// Source: Amazon EC2 Auto Scaling API Reference; User Guide, "Temporarily remove instances".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/run/operation.h"

namespace actions::autoscaling {

using agent::run::Call;
using agent::run::Key;
using agent::run::Look;
using agent::run::Step;
using agent::run::Task;
namespace json = boost::json;

Call autoscaling_call(std::string operation, json::object params);

// Nothing when there is no such group (any more).
Task<std::optional<json::object>> find_group(Step& step, const std::string& group);

// All of the region.
Task<std::vector<json::object>> all_groups(Step& step);
Task<std::vector<json::object>> launch_configurations(Step& step);

// One of the group's instances, as the group shows it; nullptr when it is not among them.
const json::object* instance_of(const json::object& group, std::string_view instance);

// Ids of the group's instances that run that version; empty when the group is gone.
Task<std::vector<std::string>> instances_of(Step& step, const std::string& group,
                                            const std::string& launch_template,
                                            const std::string& version);

// "" when the group has no such tag.
std::string tag_of(const json::object& group, std::string_view key);
Call set_tag(const std::string& group, std::string_view key, std::string_view value);
Call delete_tag(const std::string& group, std::string_view key);

// Where a group says which version of which launch template its instances are launched from: in
// its own specification, or in those of its mixed instances policy and of that one's overrides.
// The first is the one that overrides without an own one use. Empty for a launch configuration.
std::vector<json::object> specifications(const json::object& group);

// Its overrides: instance types that are launched otherwise than the template says.
std::vector<json::object> overrides(const json::object& group);

// {"LaunchTemplate": ...} or {"MixedInstancesPolicy": ...} as requests take it, with every part
// restated; `change` makes of each specification (and of each override) what it is to be.
using Change = std::function<void(json::object&)>;
json::object changed_source(const json::object& group, const Change& specification,
                            const Change& override_ = {});

}  // namespace actions::autoscaling
