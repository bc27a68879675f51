// The files that `aws codepipeline create-custom-action-type --cli-input-json` takes say what the
// actions themselves say.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "actions/catalog.h"
#include "agent/base/json.h"

namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ActionTypes, The_packaged_file_of_each_action_is_what_the_action_says) {
  for (const auto& action : actions::catalog()) {
    const auto path = std::string(SOURCE_TREE) + "/packaging/action-types/" + action.name + ".json";
    const auto packaged = agent::base::parse(file_text(path));
    const auto said = agent::run::custom_action_type(action, "1");
    ASSERT_TRUE(packaged) << path << " should be\n" << boost::json::serialize(said);
    EXPECT_EQ(*packaged, said) << path << " should be\n" << boost::json::serialize(said);
  }
}

}  // namespace
