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

TEST(ActionTypes, In_packaging_are_what_the_catalog_says) {
  for (const auto& action : catalog()) {
    const auto packaged = agent::base::parse(file(action.name));
    ASSERT_TRUE(packaged) << action.name;
    EXPECT_EQ(*packaged, boost::json::value(agent::run::custom_action_type(action, "1")))
        << boost::json::serialize(agent::run::custom_action_type(action, "1"));
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

}  // namespace
}  // namespace actions
