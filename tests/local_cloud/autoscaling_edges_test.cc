// What groups do at their limits, and mixed instances policies with templates and images of their
// overrides' own.
#include <gmock/gmock.h>

#include "tests/local_cloud/autoscaling_refresh_scene.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

json::object standby(const std::string& id, std::string_view decrement) {
  return {{"InstanceIds", json::array{id}}, {"ShouldDecrementDesiredCapacity", decrement}};
}

json::object only(const std::string& id) {
  return {{"InstanceIds", json::array{id}}};
}

TEST(AutoScalingEdges, One_that_returns_beside_its_replacement_makes_the_group_larger) {
  RefreshedGroup cloud("1", {{"MaxSize", "2"}});
  const auto id = cloud.members()[0];
  cloud.groups("EnterStandby", cloud.named(standby(id, "false")));
  cloud.pass(seconds(20));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("Standby", "InService"));
  cloud.groups("ExitStandby", cloud.named(only(id)));
  cloud.pass(seconds(20));
  EXPECT_EQ(text(cloud.group("web"), "DesiredCapacity"), "2");
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "InService"));
}

TEST(AutoScalingEdges, One_that_finds_no_room_stays_in_standby) {
  RefreshedGroup cloud("1", {{"MaxSize", "1"}});
  const auto id = cloud.members()[0];
  cloud.groups("EnterStandby", cloud.named(standby(id, "false")));
  cloud.pass(seconds(20));
  EXPECT_THAT(cloud.groups_error("ExitStandby", cloud.named(only(id))),
              HasSubstr("To take out of standby 1 instance, please update the AutoScalingGroup"));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("Standby", "InService"));
}

TEST(AutoScalingEdges, One_that_returns_stopped_is_replaced) {
  RefreshedGroup cloud("2");
  const auto id = cloud.members()[0];
  cloud.groups("EnterStandby", cloud.named(standby(id, "true")));
  cloud.pass(seconds(20));
  cloud.ec2("StopInstances", {{"InstanceId", json::array{id}}});
  cloud.pass(seconds(20));
  EXPECT_THAT(cloud.members("LifecycleState"), Contains("Standby"));
  cloud.groups("ExitStandby", cloud.named(only(id)));
  cloud.pass(seconds(60));
  EXPECT_THAT(cloud.members(), Not(Contains(id)));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "InService"));
}

TEST(AutoScalingEdges, One_that_returns_while_it_reboots_is_replaced_if_the_cloud_is_set_so) {
  RefreshedGroup cloud("1");
  cloud.settings.reboot_fails_health_check = true;
  const auto id = cloud.members()[0];
  cloud.groups("EnterStandby", cloud.named(standby(id, "true")));
  cloud.pass(seconds(20));
  cloud.ec2("RebootInstances", {{"InstanceId", json::array{id}}});
  cloud.groups("ExitStandby", cloud.named(only(id)));
  cloud.pass(seconds(60));
  EXPECT_THAT(cloud.members(), Not(Contains(id)));
}

TEST(AutoScalingEdges, All_or_none_go_into_standby) {
  RefreshedGroup cloud("2");
  const auto ids = cloud.members();
  const json::object params{{"InstanceIds", json::array{ids[0], "i-00000000000000000"}},
                            {"ShouldDecrementDesiredCapacity", "true"}};
  EXPECT_THAT(cloud.groups_error("EnterStandby", cloud.named(params)),
              HasSubstr("is not part of Auto Scaling group web"));
  EXPECT_THAT(cloud.members("LifecycleState"), Each("InService"));
  EXPECT_EQ(text(cloud.group("web"), "DesiredCapacity"), "2");
}

json::object policy(json::array overrides, std::string_view version = "1") {
  return {{"LaunchTemplate",
           json::object{{"LaunchTemplateSpecification", RefreshedGroup::of_version(version)},
                        {"Overrides", std::move(overrides)}}}};
}

// A group of one with this policy beside "web".
json::object mixed(json::object policy) {
  return {{"AutoScalingGroupName", "mixed"},
          {"MinSize", "1"},
          {"MaxSize", "4"},
          {"AvailabilityZones", json::array{"eu-west-1a"}},
          {"MixedInstancesPolicy", std::move(policy)}};
}

TEST(MixedGroups, An_overrides_own_template_and_image_are_launched_and_shown) {
  RefreshedGroup cloud("0");
  cloud.launch_template("other", {{"InstanceType", "t3.nano"}});
  const json::object own{{"LaunchTemplateName", "other"}};
  cloud.groups("CreateAutoScalingGroup",
               mixed(policy({json::object{{"InstanceType", "t3.large"},
                                          {"LaunchTemplateSpecification", own},
                                          {"ImageId", cloud.new_image()}}})));
  cloud.pass(seconds(20));
  const auto group = cloud.group("mixed");
  const auto shown = TestAccount::first(
      member(member(group, "MixedInstancesPolicy"), "LaunchTemplate"), "Overrides");
  EXPECT_EQ(text(shown, "ImageId"), cloud.new_image());
  EXPECT_EQ(text(member(shown, "LaunchTemplateSpecification"), "Version"), "$Default");
  EXPECT_THAT(text(member(shown, "LaunchTemplateSpecification"), "LaunchTemplateId"),
              StartsWith("lt-"));
  const auto instance = TestAccount::first(group, "Instances");
  EXPECT_EQ(text(instance, "InstanceType"), "t3.large");
  EXPECT_EQ(text(member(instance, "LaunchTemplate"), "LaunchTemplateName"), "other");
  EXPECT_EQ(text(cloud.instance(text(instance, "InstanceId")), "imageId"), cloud.new_image());
}

TEST(MixedGroups, Every_override_is_checked) {
  RefreshedGroup cloud("0");
  const auto error = [&](json::object second) {
    second.insert({{"InstanceType", "t3.large"}});
    return cloud.groups_error(
        "CreateAutoScalingGroup",
        mixed(policy({json::object{{"InstanceType", "t3.micro"}}, std::move(second)})));
  };
  EXPECT_THAT(error({{"ImageId", "ami-00000000"}}),
              HasSubstr("The image id '[ami-00000000]' does not exist"));
  EXPECT_THAT(
      error({{"LaunchTemplateSpecification", json::object{{"LaunchTemplateName", "nobody's"}}}}),
      HasSubstr("does not exist"));
  EXPECT_THAT(error({{"ImageId", ec2::public_arm_image}}), HasSubstr("architecture"));
  EXPECT_EQ(error({{"ImageId", cloud.new_image()}}), "");
}

TEST(MixedGroups, A_refresh_brings_a_policy_in_and_a_rollback_the_old_one_back) {
  RefreshedGroup cloud("0");
  const json::array overrides{json::object{{"InstanceType", "t3.micro"}}};
  cloud.groups("CreateAutoScalingGroup", mixed(policy(overrides)));
  cloud.pass(seconds(20));
  const auto start = [&] {
    cloud.groups(
        "StartInstanceRefresh",
        {{"AutoScalingGroupName", "mixed"},
         {"DesiredConfiguration", json::object{{"MixedInstancesPolicy", policy(overrides, "2")}}}});
    cloud.pass(seconds(5));
  };
  const auto version = [&] {
    const auto group = cloud.group("mixed");
    return text(member(member(member(group, "MixedInstancesPolicy"), "LaunchTemplate"),
                       "LaunchTemplateSpecification"),
                "Version");
  };
  start();
  cloud.groups("RollbackInstanceRefresh", {{"AutoScalingGroupName", "mixed"}});
  cloud.pass(seconds(60));
  EXPECT_EQ(version(), "1");
  EXPECT_EQ(
      text(cloud.instance(TestAccount::all(cloud.group("mixed"), "Instances", "InstanceId")[0]),
           "imageId"),
      ec2::public_image);
  start();
  cloud.pass(seconds(60));
  EXPECT_EQ(version(), "2");
  EXPECT_EQ(
      text(cloud.instance(TestAccount::all(cloud.group("mixed"), "Instances", "InstanceId")[0]),
           "imageId"),
      cloud.new_image());
}

TEST(MixedGroups, An_override_that_follows_a_symbol_cannot_be_rolled_back) {
  RefreshedGroup cloud("0");
  const json::object follows{
      {"InstanceType", "t3.micro"},
      {"LaunchTemplateSpecification", RefreshedGroup::of_version("$Latest")}};
  cloud.groups("CreateAutoScalingGroup", mixed(policy({follows})));
  EXPECT_THAT(cloud.groups_error("StartInstanceRefresh",
                                 {{"AutoScalingGroupName", "mixed"},
                                  {"Preferences", json::object{{"AutoRollback", "true"}}},
                                  {"DesiredConfiguration", cloud.to_version("2")}}),
              HasSubstr("version $Latest"));
}

}  // namespace
}  // namespace local_cloud
