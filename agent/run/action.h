// An action that this agent can do, as data: what CodePipeline is told about it, what its settings
// are, and how to make its recipe. The catalog (actions/catalog.h) is a plain list of these.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>
#include <vector>

#include "agent/run/drive.h"
#include "agent/run/settings.h"

namespace agent::run {

// CodePipeline allows 10 properties and 0 to 5 artifacts each way per action type.
struct Action {
  std::string name;      // the action type's provider
  std::string category;  // Build, Deploy, Test, Invoke
  std::string description;
  int most_inputs = 0;
  int most_outputs = 0;
  // Page of AWS's console that shows an execution's work, e.g. "ec2/home#ImageDetails:imageId=
  // {ExternalExecutionId}", which CodePipeline fills in; "" = none.
  std::string console_page;
  std::vector<Setting> settings;
  std::string output_file = {};  // with the output variables, in every output artifact; "" = none
  // Checks what concerns this action alone and throws base::Failure; the recipe it returns keeps
  // what it needs of the settings.
  std::function<Recipe(const Settings&)> recipe;
};

// For pipelines of that region: the input of CreateCustomActionType, as `aws codepipeline
// create-custom-action-type --cli-input-json` takes it. Source: its API reference.
boost::json::object custom_action_type(const Action& action, std::string_view version,
                                       std::string_view region);

}  // namespace agent::run
