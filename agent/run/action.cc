#include "agent/run/action.h"

#include "agent/base/text.h"

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

// Each partition of AWS has a console of its own (AWS General Reference, "AWS Management Console
// endpoints").
std::string_view console(std::string_view region) {
  if (region.starts_with("cn-")) return "console.amazonaws.cn";
  if (region.starts_with("us-gov-")) return "console.amazonaws-us-gov.com";
  return "console.aws.amazon.com";
}

// The page's fragment goes behind the query.
std::string execution_url(const std::string& page, std::string_view region) {
  const auto hash = std::min(page.find('#'), page.size());
  return base::cat("https://", region, '.', console(region), '/', page.substr(0, hash),
                   "?region=", region, page.substr(hash));
}

}  // namespace

json::object custom_action_type(const Action& action, std::string_view version,
                                std::string_view region) {
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
  if (!action.console_page.empty()) {
    type["settings"] = {{"executionUrlTemplate", execution_url(action.console_page, region)}};
  }
  return type;
}

}  // namespace agent::run
