// A shop whose CreateImage keeps few images and that has older ones: for the tests of KeepImages.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/support/past.h"
#include "tests/support/temporary_directory.h"

namespace actions {

namespace json = boost::json;

class RetentionTest : public ::testing::Test {
 protected:
  static local_cloud::Settings settings() {
    local_cloud::Settings settings;
    settings.image_time = std::chrono::seconds(20);
    return settings;
  }

  void set_up(int keep, const std::string& follows = "1") {
    scene.set_up({{"KeepImages", std::to_string(keep)}}, follows);
  }
  // Carries out the execution that waits.
  void run() {
    if (machine.hosts().empty()) machine.start_agent(state.path(), pace);
    ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, std::chrono::hours(5)));
  }
  void run_well() {
    run();
    ASSERT_EQ(scene.status(), "Succeeded")
        << agent::base::text(agent::base::member(scene.action(), "errorDetails"), "message");
  }

  json::object aws(const std::string& service, const std::string& operation, json::object params) {
    return machine.aws(service, operation, std::move(params));
  }

  static std::vector<std::string> column(const std::vector<json::object>& rows,
                                         std::string_view name) {
    std::vector<std::string> result;
    for (const auto& row : rows) result.push_back(agent::base::text(row, name));
    return result;
  }
  std::vector<std::string> images() { return column(scene.images(), "imageId"); }
  std::vector<std::string> snapshots() { return column(scene.snapshots(), "snapshotId"); }
  std::vector<std::string> versions() { return column(scene.versions(), "versionNumber"); }
  std::string output(std::string_view name) {
    return agent::base::text(scene.output_variables(), name);
  }

  // A launch template that starts the image, or what else is given.
  std::string launch_template(const std::string& name, json::object data) {
    data.emplace("InstanceType", "t3.micro");
    const auto reply = aws("ec2", "CreateLaunchTemplate",
                           {{"LaunchTemplateName", name}, {"LaunchTemplateData", std::move(data)}});
    return agent::base::text(agent::base::member(reply, "launchTemplate"), "launchTemplateId");
  }
  // An empty group.
  void group(const std::string& name, json::object source) {
    source.insert({{"AutoScalingGroupName", name},
                   {"MinSize", 0},
                   {"MaxSize", 4},
                   {"DesiredCapacity", 0},
                   {"AvailabilityZones", json::array{"eu-west-1a"}}});
    aws("autoscaling", "CreateAutoScalingGroup", std::move(source));
  }
  static json::object mapping(const std::string& snapshot) {
    return {{"DeviceName", "/dev/sdf"}, {"Ebs", {{"SnapshotId", snapshot}}}};
  }

  support::AgentPace pace;
  support::TemporaryDirectory state;
  local_cloud::Cloud cloud{settings()};
  support::Machine machine{cloud, std::chrono::sys_days{std::chrono::year(2026) / 11 / 21}};
  support::Scene scene{machine};
  support::Past past{scene};
};

}  // namespace actions
