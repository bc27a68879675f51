#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "actions/catalog.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions {
namespace {

using agent::base::cat;

std::string file(const std::string& name) {
  std::ifstream in(cat(PROJECT_FOLDER, "/packaging/action-types/", name, ".json"));
  return {std::istreambuf_iterator<char>(in), {}};
}

// In packaging/ the region is REGION, for whoever registers the type to fill in.
TEST(ActionTypes, In_packaging_are_what_the_catalog_says) {
  for (const auto& action : catalog()) {
    const auto packaged = agent::base::parse(file(action.name));
    ASSERT_TRUE(packaged) << action.name;
    EXPECT_EQ(*packaged, boost::json::value(agent::run::custom_action_type(action, "1", "REGION")))
        << boost::json::serialize(agent::run::custom_action_type(action, "1", "REGION"));
  }
}

// API reference of CreateCustomActionType.
TEST(ActionTypes, Are_within_CodePipelines_limits) {
  for (const auto& action : catalog()) {
    EXPECT_LE(action.name.size(), 25U);
    EXPECT_LE(std::ranges::count(action.settings, true, &agent::run::Setting::property), 10);
    for (const auto& setting : action.settings) {
      EXPECT_LE(setting.name.size(), 50U) << setting.name;
      EXPECT_LE(setting.description.size(), 160U) << setting.name;
      EXPECT_FALSE(setting.description.empty()) << setting.name;
    }
  }
}

std::string execution_url(std::string_view region) {
  const auto type = agent::run::custom_action_type(catalog().at(0), "1", region);
  return agent::base::text(agent::base::member(type, "settings"), "executionUrlTemplate");
}

TEST(ActionTypes, Link_to_the_console_of_the_pipelines_own_region) {
  EXPECT_EQ(execution_url("eu-west-1"),
            "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"
            "#ImageDetails:imageId={ExternalExecutionId}");
  EXPECT_EQ(execution_url("cn-north-1"),
            "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1"
            "#ImageDetails:imageId={ExternalExecutionId}");
  EXPECT_EQ(execution_url("us-gov-west-1"),
            "https://us-gov-west-1.console.amazonaws-us-gov.com/ec2/home?region=us-gov-west-1"
            "#ImageDetails:imageId={ExternalExecutionId}");
}

}  // namespace
}  // namespace actions
