#include "agent/run/action.h"

namespace agent::run {
namespace {

namespace json = boost::json;

// CodePipeline knows String, Number and Boolean; all values arrive as text.
std::string_view property_type(Setting::Kind kind) {
  switch (kind) {
    case Setting::Kind::boolean:
      return "Boolean";
    case Setting::Kind::whole_number:
      return "Number";
    case Setting::Kind::text:
    case Setting::Kind::list:
      break;
  }
  return "String";
}

json::object property(const Setting& setting) {
  return {{"name", setting.name},
          {"required", setting.required},
          {"key", setting.required},
          {"secret", false},
          {"queryable", false},
          {"description", setting.description},
          {"type", property_type(setting.kind)}};
}

json::object artifacts(int most) {
  return {{"minimumCount", 0}, {"maximumCount", most}};
}

}  // namespace

json::object custom_action_type(const Action& action, std::string_view version) {
  json::array properties;
  for (const auto& setting : action.settings) {
    if (setting.property) properties.push_back(property(setting));
  }
  json::object type{{"category", action.category},
                    {"provider", action.name},
                    {"version", version},
                    {"configurationProperties", properties},
                    {"inputArtifactDetails", artifacts(action.most_inputs)},
                    {"outputArtifactDetails", artifacts(action.most_outputs)}};
  if (!action.execution_url.empty()) {
    type["settings"] = {{"executionUrlTemplate", action.execution_url}};
  }
  return type;
}

}  // namespace agent::run
