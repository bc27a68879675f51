// A group "web" that runs version 1 of the template "web", and a version 2 from another image for
// an instance refresh to bring in: for the tests of instance refreshes.
#pragma once

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {

class RefreshedGroup : public TestAccount {
 public:
  explicit RefreshedGroup(std::string_view size, json::object more = {}) {
    settings.refresh_start_time = std::chrono::seconds(1);
    settings.refresh_stall_time = std::chrono::hours(1);
    launch_template("web");
    version({{"ImageId", new_image_}, {"InstanceType", "t3.micro"}});
    more.insert({{"AutoScalingGroupName", "web"},
                 {"MinSize", "0"},
                 {"MaxSize", "10"},
                 {"DesiredCapacity", size},
                 {"AvailabilityZones", json::array{"eu-west-1a", "eu-west-1b"}},
                 {"LaunchTemplate", of_version("1")}});
    groups("CreateAutoScalingGroup", std::move(more));
    pass(std::chrono::seconds(60));
  }

  // Of version 2; its name is "app-2".
  const std::string& new_image() const { return new_image_; }

  void version(json::object data) {
    ec2("CreateLaunchTemplateVersion",
        {{"LaunchTemplateName", "web"}, {"LaunchTemplateData", std::move(data)}});
  }
  static json::object of_version(std::string_view version) {
    return {{"LaunchTemplateName", "web"}, {"Version", version}};
  }
  static json::object to_version(std::string_view version) {
    return {{"LaunchTemplate", of_version(version)}};
  }
  json::object named(json::object more = {}) {
    more["AutoScalingGroupName"] = "web";
    return more;
  }

  // Parameters of StartInstanceRefresh to version 2.
  json::object refresh(json::object preferences = {}) {
    return named(
        {{"DesiredConfiguration", to_version("2")}, {"Preferences", std::move(preferences)}});
  }
  std::string start(json::object preferences = {}) {
    return agent::base::text(groups("StartInstanceRefresh", refresh(std::move(preferences))),
                             "InstanceRefreshId");
  }
  std::string start_error(json::object preferences) {
    return groups_error("StartInstanceRefresh", refresh(std::move(preferences)));
  }
  json::object newest() {
    return first(groups("DescribeInstanceRefreshes", named()), "InstanceRefreshes");
  }
  std::string of_newest(std::string_view what) { return agent::base::text(newest(), what); }

  std::vector<std::string> members(std::string_view what = "InstanceId") {
    return all(group("web"), "Instances", what);
  }
  // Of the members that are not being terminated.
  std::vector<std::string> versions() {
    std::vector<std::string> result;
    const auto shown = group("web");
    for (const auto* each : agent::base::objects(shown, "Instances")) {
      if (agent::base::text(*each, "LifecycleState") == "Terminating") continue;
      result.push_back(agent::base::text(agent::base::member(*each, "LaunchTemplate"), "Version"));
    }
    return result;
  }
  // Of the group's own launch template.
  std::string version_of_group() {
    return agent::base::text(agent::base::member(group("web"), "LaunchTemplate"), "Version");
  }
  std::vector<std::string> activities(std::string_view what) {
    return all(groups("DescribeScalingActivities", named()), "Activities", what);
  }

  // Passes time in small steps until the newest refresh is in this status; false when it never is.
  bool reaches(std::string_view status, std::chrono::seconds within = std::chrono::hours(3)) {
    for (std::chrono::seconds passed{0}; passed < within; passed += std::chrono::seconds(1)) {
      if (of_newest("Status") == status) return true;
      pass(std::chrono::seconds(1));
    }
    return false;
  }

 private:
  std::string other_image() {
    const auto instance = running_instance();
    auto image = image_of(instance, "app-2");
    pass(std::chrono::seconds(200));
    ec2("TerminateInstances", {{"InstanceId", json::array{instance}}});
    return image;
  }

  std::string new_image_ = other_image();
};

}  // namespace local_cloud
