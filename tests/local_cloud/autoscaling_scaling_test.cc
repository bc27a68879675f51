#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using Ids = std::vector<std::string>;

// An account with a group "web" of `size` instances that follows the latest version.
class WebGroup : public TestAccount {
 public:
  explicit WebGroup(std::string_view size, json::object data = {}, json::object more = {}) {
    launch_template("web", std::move(data));
    more.insert(
        {{"AutoScalingGroupName", "web"},
         {"MinSize", "0"},
         {"MaxSize", "4"},
         {"DesiredCapacity", size},
         {"AvailabilityZones", json::array{"eu-west-1a", "eu-west-1b"}},
         {"LaunchTemplate", json::object{{"LaunchTemplateName", "web"}, {"Version", "$Latest"}}}});
    groups("CreateAutoScalingGroup", std::move(more));
  }

  Ids members(std::string_view what = "InstanceId") { return all(group("web"), "Instances", what); }
  std::string lifecycle(const std::string& id) {
    const auto shown =
        first(groups("DescribeAutoScalingInstances", {{"InstanceIds", json::array{id}}}),
              "AutoScalingInstances");
    return text(shown, "LifecycleState");
  }
  json::object named(json::object more = {}) {
    more["AutoScalingGroupName"] = "web";
    return more;
  }
  void set_desired(std::string_view size) {
    groups("SetDesiredCapacity", named({{"DesiredCapacity", size}}));
  }
  void terminate(const std::string& id) {
    ec2("TerminateInstances", {{"InstanceId", json::array{id}}});
  }
  Ids activities(std::string_view what) {
    return all(groups("DescribeScalingActivities", named()), "Activities", what);
  }
  json::object standby(const std::string& id, bool decrement) {
    return named({{"InstanceIds", json::array{id}},
                  {"ShouldDecrementDesiredCapacity", decrement ? "true" : "false"}});
  }
  json::object leave(const std::string& id) { return named({{"InstanceIds", json::array{id}}}); }
};

TEST(AutoScaling, Instances_are_pending_then_in_service) {
  WebGroup cloud("2");
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("Pending", "Pending"));
  EXPECT_THAT(cloud.members("AvailabilityZone"), ElementsAre("eu-west-1a", "eu-west-1b"));
  EXPECT_THAT(cloud.members("HealthStatus"), Each("Healthy"));
  cloud.pass(seconds(9));
  EXPECT_THAT(cloud.members("LifecycleState"), Each("Pending"));
  cloud.pass(seconds(1));
  EXPECT_THAT(cloud.members("LifecycleState"), Each("InService"));
  EXPECT_EQ(cloud.state(cloud.members()[0]), "running");
}

TEST(AutoScaling, Instances_have_the_tags_of_group_and_template) {
  const json::object tag{{"Key", "team"}, {"Value", "red"}, {"PropagateAtLaunch", "true"}};
  const json::object own{{"Key", "inner"}, {"Value", "1"}, {"PropagateAtLaunch", "false"}};
  WebGroup cloud("1", {}, {{"Tags", json::array{tag, own}}});
  cloud.pass(seconds(10));
  EXPECT_THAT(TestAccount::all(cloud.instance(cloud.members()[0]), "tagSet", "key"),
              ElementsAre("aws:autoscaling:groupName", "aws:ec2launchtemplate:id",
                          "aws:ec2launchtemplate:version", "team"));
}

TEST(AutoScaling, Members_tell_the_number_of_their_version) {
  WebGroup cloud("1");
  cloud.ec2("CreateLaunchTemplateVersion",
            {{"LaunchTemplateName", "web"},
             {"SourceVersion", "1"},
             {"LaunchTemplateData", json::object{{"InstanceType", "t3.large"}}}});
  cloud.set_desired("2");
  const auto group = cloud.group("web");
  const auto shown = agent::base::objects(group, "Instances");
  EXPECT_EQ(text(member(*shown[0], "LaunchTemplate"), "Version"), "1");
  EXPECT_EQ(text(member(*shown[1], "LaunchTemplate"), "Version"), "2");
  EXPECT_EQ(text(*shown[1], "InstanceType"), "t3.large");
  EXPECT_EQ(text(member(cloud.group("web"), "LaunchTemplate"), "Version"), "$Latest");
}

TEST(AutoScaling, A_terminated_instance_is_replaced) {
  WebGroup cloud("2");
  cloud.pass(seconds(10));
  const auto before = cloud.members();
  cloud.terminate(before[0]);
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("Terminating", "InService", "Pending"));
  EXPECT_THAT(cloud.members("HealthStatus"), ElementsAre("Unhealthy", "Healthy", "Healthy"));
  cloud.pass(seconds(10));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "InService"));
  EXPECT_THAT(cloud.members(), Not(Contains(before[0])));
}

TEST(AutoScaling, What_happened_unseen_happened_at_its_time) {
  WebGroup cloud("1");
  cloud.pass(seconds(10));
  const auto before = cloud.members()[0];
  cloud.ec2("StopInstances", {{"InstanceId", json::array{before}}});
  cloud.pass(seconds(3600));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService"));
  const auto launched = text(cloud.instance(cloud.members()[0]), "launchTime");
  EXPECT_EQ(launched, "2026-01-02T00:00:10.000Z");
}

TEST(AutoScaling, Ec2_sees_a_groups_instances_though_nobody_asks_the_group) {
  WebGroup cloud("1");
  cloud.pass(seconds(10));
  const auto id = cloud.members()[0];
  cloud.terminate(id);
  cloud.pass(seconds(30));
  const auto answer = cloud.ec2("DescribeInstances",
                                {{"Filter", filter("tag:aws:autoscaling:groupName", {"web"})}});
  EXPECT_EQ(answer.at("reservationSet").as_array().size(), 2U);
}

TEST(AutoScaling, The_number_follows_the_desired_capacity) {
  WebGroup cloud("1");
  cloud.pass(seconds(10));
  const auto oldest = cloud.members()[0];
  cloud.set_desired("3");
  cloud.pass(seconds(10));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "InService", "InService"));
  cloud.set_desired("1");
  EXPECT_THAT(cloud.members("LifecycleState"), Contains("Terminating").Times(2));
  cloud.pass(seconds(5));
  EXPECT_EQ(cloud.members().size(), 1U);
  EXPECT_THAT(cloud.members(), Not(Contains(oldest)));
}

TEST(AutoScaling, The_termination_policy_chooses_who_goes) {
  for (const auto* policy : {"NewestInstance", "OldestInstance"}) {
    WebGroup cloud("1", {}, {{"TerminationPolicies", json::array{policy}}});
    cloud.pass(seconds(10));
    const auto oldest = cloud.members()[0];
    cloud.set_desired("2");
    cloud.pass(seconds(10));
    cloud.set_desired("1");
    cloud.pass(seconds(10));
    EXPECT_EQ(cloud.members()[0] == oldest, policy == std::string_view("NewestInstance"));
  }
}

TEST(AutoScaling, Protected_instances_are_not_scaled_in) {
  WebGroup cloud("2", {}, {{"NewInstancesProtectedFromScaleIn", "true"}});
  cloud.pass(seconds(10));
  cloud.set_desired("0");
  cloud.pass(seconds(10));
  EXPECT_THAT(cloud.members("ProtectedFromScaleIn"), ElementsAre("true", "true"));
}

TEST(AutoScaling, Suspended_processes_do_not_happen) {
  WebGroup cloud("1");
  cloud.pass(seconds(10));
  cloud.groups("SuspendProcesses",
               cloud.named({{"ScalingProcesses", json::array{"Launch", "Terminate"}}}));
  EXPECT_THAT(TestAccount::all(cloud.group("web"), "SuspendedProcesses", "ProcessName"),
              ElementsAre("Launch", "Terminate"));
  cloud.set_desired("2");
  EXPECT_EQ(cloud.members().size(), 1U);
  cloud.set_desired("0");
  EXPECT_EQ(cloud.members().size(), 1U);
  cloud.groups("ResumeProcesses", cloud.named());
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("Terminating"));
  EXPECT_THAT(cloud.groups_error("SuspendProcesses",
                                 cloud.named({{"ScalingProcesses", json::array{"Sleep"}}})),
              StartsWith("400 ValidationError: 'Sleep' is not a valid"));
}

TEST(AutoScaling, An_unhealthy_instance_stays_while_replacing_is_suspended) {
  WebGroup cloud("1");
  cloud.pass(seconds(10));
  cloud.groups("SuspendProcesses",
               cloud.named({{"ScalingProcesses", json::array{"ReplaceUnhealthy"}}}));
  cloud.terminate(cloud.members()[0]);
  EXPECT_THAT(cloud.members("HealthStatus"), ElementsAre("Unhealthy"));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService"));
  cloud.groups("ResumeProcesses", cloud.named());
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("Terminating", "Pending"));
}

TEST(AutoScaling, Launches_that_fail_are_recorded_and_tried_again) {
  WebGroup cloud("0");
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.ec2(
      "CreateLaunchTemplateVersion",
      {{"LaunchTemplateName", "web"}, {"LaunchTemplateData", json::object{{"ImageId", image}}}});
  cloud.set_desired("1");
  EXPECT_THAT(cloud.members(), IsEmpty());
  EXPECT_THAT(cloud.activities("StatusCode"), ElementsAre("Failed"));
  EXPECT_THAT(cloud.activities("StatusMessage")[0], HasSubstr("Launching EC2 instance failed."));
  cloud.pass(seconds(29));
  EXPECT_EQ(cloud.activities("StatusCode").size(), 1U);
  cloud.pass(seconds(1));
  EXPECT_EQ(cloud.activities("StatusCode").size(), 2U);
  cloud.pass(seconds(90));
  EXPECT_THAT(cloud.members("LifecycleState"), IsEmpty());
  cloud.pass(seconds(100));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService"));
}

TEST(AutoScaling, Launches_are_tried_again_at_their_own_times_however_late_one_looks) {
  WebGroup cloud("0");
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.ec2(
      "CreateLaunchTemplateVersion",
      {{"LaunchTemplateName", "web"}, {"LaunchTemplateData", json::object{{"ImageId", image}}}});
  cloud.set_desired("1");
  cloud.pass(std::chrono::hours(1));
  EXPECT_THAT(cloud.activities("StartTime"),
              ElementsAre("2026-01-02T00:04:30.000Z", "2026-01-02T00:02:30.000Z",
                          "2026-01-02T00:01:30.000Z", "2026-01-02T00:01:00.000Z"));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService"));
}

TEST(AutoScaling, A_group_that_is_told_another_source_tries_at_once) {
  WebGroup cloud("0");
  cloud.ec2("CreateLaunchTemplateVersion",
            {{"LaunchTemplateName", "web"},
             {"LaunchTemplateData", json::object{{"ImageId", "ami-00000000"}}}});
  cloud.set_desired("1");
  EXPECT_THAT(cloud.members(), IsEmpty());
  const json::object first{{"LaunchTemplateName", "web"}, {"Version", "1"}};
  cloud.groups("UpdateAutoScalingGroup", cloud.named({{"LaunchTemplate", first}}));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("Pending"));
}

TEST(AutoScaling, A_reboot_is_a_failed_health_check_if_the_cloud_is_set_so) {
  WebGroup cloud("1");
  cloud.pass(seconds(60));
  const auto id = cloud.members()[0];
  cloud.ec2("RebootInstances", {{"InstanceId", json::array{id}}});
  EXPECT_EQ(cloud.lifecycle(id), "InService");
  cloud.settings.reboot_fails_health_check = true;
  EXPECT_EQ(cloud.lifecycle(id), "Terminating");
}

TEST(AutoScalingActivities, They_tell_what_was_done_newest_first) {
  WebGroup cloud("1");
  EXPECT_THAT(cloud.activities("StatusCode"), ElementsAre("InProgress"));
  cloud.pass(seconds(10));
  const auto id = cloud.members()[0];
  cloud.set_desired("0");
  EXPECT_THAT(cloud.activities("Description"), ElementsAre("Terminating EC2 instance: " + id,
                                                           "Launching a new EC2 instance: " + id));
  EXPECT_THAT(cloud.activities("StatusCode"), ElementsAre("InProgress", "Successful"));
  EXPECT_THAT(cloud.activities("Cause")[0], HasSubstr("shrinking the capacity from 1 to 0."));
  EXPECT_THAT(cloud.activities("EndTime"), ElementsAre("", "2026-01-02T00:00:10.000Z"));
  const auto ids = cloud.activities("ActivityId");
  EXPECT_THAT(TestAccount::all(
                  cloud.groups("DescribeScalingActivities", {{"ActivityIds", json::array{ids[1]}}}),
                  "Activities", "ActivityId"),
              ElementsAre(ids[1]));
}

TEST(AutoScalingActivities, Those_of_deleted_groups_are_shown_when_asked) {
  WebGroup cloud("1");
  cloud.groups("DeleteAutoScalingGroup", cloud.named({{"ForceDelete", "true"}}));
  cloud.pass(seconds(5));
  EXPECT_THAT(cloud.groups_error("DescribeScalingActivities", cloud.named()),
              StartsWith("400 ValidationError"));
  const auto answer =
      cloud.groups("DescribeScalingActivities", cloud.named({{"IncludeDeletedGroups", "true"}}));
  EXPECT_THAT(TestAccount::all(answer, "Activities", "AutoScalingGroupState"), Each("Deleted"));
  EXPECT_EQ(answer.at("Activities").as_array().size(), 2U);
}

TEST(AutoScalingStandby, One_that_leaves_and_returns_changes_the_desired_capacity) {
  WebGroup cloud("2");
  cloud.pass(seconds(10));
  const auto id = cloud.members()[0];
  const auto answer = cloud.groups("EnterStandby", cloud.standby(id, true));
  EXPECT_EQ(text(TestAccount::first(answer, "Activities"), "Description"),
            "Moving EC2 instance to Standby: " + id);
  EXPECT_EQ(cloud.lifecycle(id), "EnteringStandby");
  EXPECT_EQ(text(cloud.group("web"), "DesiredCapacity"), "1");
  cloud.pass(seconds(3));
  EXPECT_EQ(cloud.lifecycle(id), "Standby");
  EXPECT_EQ(cloud.members().size(), 2U);
  cloud.groups("ExitStandby", cloud.leave(id));
  EXPECT_EQ(cloud.lifecycle(id), "Pending");
  EXPECT_EQ(text(cloud.group("web"), "DesiredCapacity"), "2");
  cloud.pass(seconds(3));
  EXPECT_EQ(cloud.lifecycle(id), "InService");
  EXPECT_EQ(cloud.members().size(), 2U);
}

TEST(AutoScalingStandby, Without_a_smaller_capacity_another_is_launched) {
  WebGroup cloud("1");
  cloud.pass(seconds(10));
  const auto id = cloud.members()[0];
  cloud.groups("EnterStandby", cloud.standby(id, false));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("EnteringStandby", "Pending"));
  EXPECT_EQ(text(cloud.group("web"), "DesiredCapacity"), "1");
}

TEST(AutoScalingStandby, It_is_not_health_checked) {
  WebGroup cloud("1");
  cloud.pass(seconds(60));
  cloud.settings.reboot_fails_health_check = true;
  const auto id = cloud.members()[0];
  cloud.groups("EnterStandby", cloud.standby(id, true));
  cloud.pass(seconds(3));
  cloud.image_of(id, "web");
  cloud.pass(seconds(3));
  EXPECT_EQ(cloud.lifecycle(id), "Standby");
  cloud.pass(seconds(20));
  cloud.groups("ExitStandby", cloud.leave(id));
  cloud.pass(seconds(3));
  EXPECT_EQ(cloud.lifecycle(id), "InService");
}

TEST(AutoScalingStandby, Bounds_and_states_are_kept) {
  WebGroup cloud("1", {}, {{"MinSize", "1"}, {"MaxSize", "1"}});
  const auto id = cloud.members()[0];
  EXPECT_EQ(cloud.groups_error("EnterStandby", cloud.standby(id, true)),
            "400 ValidationError: The instance " + id + " is not in InService.");
  cloud.pass(seconds(10));
  EXPECT_EQ(cloud.groups_error("EnterStandby", cloud.standby(id, true)),
            "400 ValidationError: AutoScalingGroup web has min-size=1, max-size=1, and "
            "desired-size=1. To place into standby 1 instance, please update the AutoScalingGroup "
            "sizes appropriately.");
  EXPECT_EQ(cloud.groups_error("ExitStandby", cloud.leave(id)),
            "400 ValidationError: The instance " + id + " is not in Standby.");
  cloud.groups("EnterStandby", cloud.standby(id, false));
  cloud.pass(seconds(10));
  EXPECT_THAT(cloud.groups_error("ExitStandby", cloud.leave(id)),
              StartsWith("400 ValidationError: AutoScalingGroup web has min-size=1, max-size=1"));
  EXPECT_THAT(cloud.groups_error("EnterStandby", cloud.standby("i-00000000", true)),
              HasSubstr("is not part of Auto Scaling group web."));
}

TEST(AutoScalingInstances, One_is_terminated_with_or_without_a_replacement) {
  WebGroup cloud("2", {}, {{"MinSize", "1"}});
  cloud.pass(seconds(10));
  const auto ids = cloud.members();
  const auto end = [&](const std::string& id, std::string_view decrement) {
    return json::object{{"InstanceId", id}, {"ShouldDecrementDesiredCapacity", decrement}};
  };
  const auto answer = cloud.groups("TerminateInstanceInAutoScalingGroup", end(ids[0], "true"));
  EXPECT_EQ(text(member(answer, "Activity"), "StatusCode"), "InProgress");
  EXPECT_EQ(text(cloud.group("web"), "DesiredCapacity"), "1");
  EXPECT_EQ(cloud.state(ids[0]), "shutting-down");
  EXPECT_THAT(cloud.groups_error("TerminateInstanceInAutoScalingGroup", end(ids[0], "false")),
              StartsWith("400 ScalingActivityInProgress"));
  EXPECT_THAT(cloud.groups_error("TerminateInstanceInAutoScalingGroup", end(ids[1], "true")),
              StartsWith("400 ValidationError: Currently, desiredSize equals minSize (1)."));
  cloud.groups("TerminateInstanceInAutoScalingGroup", end(ids[1], "false"));
  cloud.pass(seconds(10));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService"));
  EXPECT_THAT(cloud.groups_error("TerminateInstanceInAutoScalingGroup", end("i-00000000", "true")),
              StartsWith("400 ValidationError: Instance Id not found"));
}

TEST(AutoScalingInstances, Health_can_be_set_after_the_grace_period) {
  WebGroup cloud("1", {}, {{"HealthCheckGracePeriod", "60"}});
  cloud.pass(seconds(10));
  const auto id = cloud.members()[0];
  const json::object sick{{"InstanceId", id}, {"HealthStatus", "Unhealthy"}};
  cloud.groups("SetInstanceHealth", sick);
  EXPECT_EQ(cloud.lifecycle(id), "InService");
  cloud.pass(seconds(50));
  cloud.groups("SetInstanceHealth", sick);
  EXPECT_EQ(cloud.lifecycle(id), "Terminating");
  EXPECT_THAT(
      cloud.groups_error("SetInstanceHealth", {{"InstanceId", id}, {"HealthStatus", "Tired"}}),
      StartsWith("400 ValidationError"));
}

}  // namespace
}  // namespace local_cloud
