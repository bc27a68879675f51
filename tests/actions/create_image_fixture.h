// One execution of CreateImage over the local cloud, in memory.
#pragma once

#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "tests/support/scene.h"
#include "tests/support/temporary_directory.h"

namespace actions {

namespace json = boost::json;

// "" when the EC2 resource has no such tag.
inline std::string tag(const json::object& resource, std::string_view key) {
  for (const auto* one : agent::base::objects(resource, "tagSet")) {
    if (agent::base::text(*one, "key") == key) return agent::base::text(*one, "value");
  }
  return "";
}

class CreateImageTest : public ::testing::Test {
 protected:
  static local_cloud::Settings settings() {
    local_cloud::Settings settings;
    settings.image_time = std::chrono::seconds(20);
    return settings;
  }

  void run(json::object configuration = {}, const std::string& follows = "$Latest",
           const json::object& group = {}) {
    scene.set_up(std::move(configuration), follows, group);
    work();
  }

  void work() {
    machine.start_agent(state.path(), pace);
    ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, std::chrono::hours(12)));
  }

  // Further executions, with the agent that is there.
  void start_again() {
    scene.start();
    machine.pass(std::chrono::seconds(1));
    ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, std::chrono::hours(12)));
  }

  void TearDown() override {
    if (HasFailure()) std::cerr << "the action: " << json::serialize(scene.action()) << '\n';
  }

  std::string failure() {
    machine.pass(std::chrono::seconds(1));
    EXPECT_EQ(scene.status(), "Failed");
    const auto error = agent::base::member(scene.action(), "errorDetails");
    return agent::base::text(error, "code") + ": " + agent::base::text(error, "message");
  }

  support::AgentPace pace;
  support::TemporaryDirectory state;
  local_cloud::Cloud cloud{settings()};
  support::Machine machine{cloud, std::chrono::sys_days{std::chrono::year(2026) / 11 / 21}};
  support::Scene scene{machine};
};

}  // namespace actions
