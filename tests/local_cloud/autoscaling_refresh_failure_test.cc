#include <gmock/gmock.h>

#include "tests/local_cloud/autoscaling_refresh_scene.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

const json::object automatic{{"AutoRollback", "true"}};

// A mapping that is smaller than the image's snapshot: launches are refused.
json::object too_small() {
  return {{"ImageId", ec2::public_image},
          {"InstanceType", "t3.micro"},
          {"BlockDeviceMapping",
           json::array{json::object{{"DeviceName", "/dev/xvda"},
                                    {"Ebs", json::object{{"VolumeSize", "1"}}}}}}};
}

TEST(InstanceRefreshFailures, New_instances_that_stay_unhealthy_fail_it) {
  RefreshedGroup cloud("2");
  cloud.settings.unhealthy_images = "app-*";
  cloud.start();
  cloud.pass(minutes(59));
  EXPECT_EQ(cloud.of_newest("Status"), "InProgress");
  cloud.pass(minutes(2));
  EXPECT_EQ(cloud.of_newest("Status"), "Failed");
  EXPECT_THAT(cloud.of_newest("StatusReason"), HasSubstr("made no progress for 3600 seconds"));
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "0");
  EXPECT_EQ(cloud.version_of_group(), "1");
  cloud.pass(seconds(60));
  EXPECT_THAT(cloud.versions(), ElementsAre("1", "1"));
  EXPECT_THAT(cloud.members("HealthStatus"), Each("Healthy"));
}

TEST(InstanceRefreshFailures, An_unhealthy_instance_runs_but_never_serves) {
  RefreshedGroup cloud("1");
  cloud.settings.unhealthy_images = cloud.new_image();
  cloud.start({{"MinHealthyPercentage", "100"}});
  cloud.pass(seconds(10));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "Pending"));
  EXPECT_THAT(cloud.of_newest("StatusReason"), HasSubstr("insufficient data to evaluate"));
  const auto sick = cloud.members()[1];
  cloud.pass(seconds(1));
  EXPECT_THAT(cloud.members("HealthStatus"), ElementsAre("Healthy", "Unhealthy", "Healthy"));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "Terminating", "Pending"));
  EXPECT_THAT(cloud.activities("Description"), Contains("Terminating EC2 instance: " + sick));
}

TEST(InstanceRefreshFailures, No_health_check_fails_within_the_grace_period) {
  RefreshedGroup cloud("1", {{"HealthCheckGracePeriod", "90"}});
  cloud.settings.unhealthy_images = "app-*";
  cloud.start({{"MinHealthyPercentage", "100"}});
  cloud.pass(seconds(90));
  EXPECT_THAT(cloud.members("HealthStatus"), Each("Healthy"));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "Pending"));
  cloud.pass(seconds(1));
  EXPECT_THAT(cloud.members("HealthStatus"), Contains("Unhealthy"));
}

TEST(InstanceRefreshFailures, Instances_that_start_at_once_do_not_fail_without_end) {
  RefreshedGroup cloud("1");
  cloud.settings.unhealthy_images = "app-*";
  cloud.settings.instance_start_time = cloud.settings.instance_stop_time = seconds(0);
  cloud.start();
  cloud.pass(minutes(5));
  EXPECT_EQ(cloud.of_newest("Status"), "InProgress");
}

TEST(InstanceRefreshFailures, Warming_up_for_long_is_no_standstill) {
  RefreshedGroup cloud("1");
  cloud.start({{"InstanceWarmup", "7200"}});
  cloud.pass(minutes(115));
  EXPECT_EQ(cloud.of_newest("Status"), "InProgress");
  ASSERT_TRUE(cloud.reaches("Successful"));
}

TEST(InstanceRefreshFailures, A_rollback_does_not_stop_at_checkpoints) {
  for (const auto when : {seconds(5), seconds(20)}) {  // before the first one, and at it
    RefreshedGroup cloud("4");
    cloud.start({{"MinHealthyPercentage", "0"},
                 {"CheckpointPercentages", json::array{"50", "100"}},
                 {"CheckpointDelay", "1000"}});
    cloud.pass(when);
    EXPECT_EQ(cloud.of_newest("PercentageComplete"), when == seconds(5) ? "0" : "50");
    cloud.groups("RollbackInstanceRefresh", cloud.named());
    cloud.pass(seconds(11));
    EXPECT_EQ(cloud.of_newest("Status"), "RollbackSuccessful");
    EXPECT_THAT(cloud.versions(), ElementsAre("1", "1", "1", "1"));
  }
}

TEST(InstanceRefreshFailures, The_percentage_goes_down_while_it_is_rolled_back) {
  RefreshedGroup cloud("2");
  cloud.start({{"BakeTime", "600"}});
  ASSERT_TRUE(cloud.reaches("Baking"));
  cloud.groups("RollbackInstanceRefresh", cloud.named());
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "50");
  EXPECT_EQ(cloud.of_newest("InstancesToUpdate"), "1");
  ASSERT_TRUE(cloud.reaches("RollbackSuccessful"));
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "0");
  EXPECT_EQ(cloud.of_newest("InstancesToUpdate"), "2");
}

TEST(InstanceRefreshFailures, One_that_fails_is_rolled_back_when_asked) {
  RefreshedGroup cloud("3");
  cloud.start({{"AutoRollback", "true"}, {"InstanceWarmup", "60"}});
  cloud.pass(seconds(80));
  EXPECT_EQ(cloud.of_newest("InstancesToUpdate"), "2");
  cloud.settings.unhealthy_images = "app-2";
  cloud.pass(seconds(62));
  cloud.pass(std::chrono::hours(1));
  EXPECT_EQ(cloud.of_newest("Status"), "RollbackInProgress");
  ASSERT_TRUE(cloud.reaches("RollbackSuccessful"));
  EXPECT_EQ(cloud.version_of_group(), "1");
  EXPECT_THAT(cloud.versions(), ElementsAre("1", "1", "1"));
  const auto newest = cloud.newest();
  const auto& details = member(newest, "RollbackDetails");
  EXPECT_EQ(text(details, "PercentageCompleteOnRollback"), "66");
  EXPECT_EQ(text(details, "InstancesToUpdateOnRollback"), "1");
  EXPECT_THAT(text(details, "RollbackReason"), HasSubstr("made no progress"));
  EXPECT_THAT(text(details, "RollbackStartTime"), StartsWith("2026-01-02T01:"));
  EXPECT_EQ(text(newest, "PercentageComplete"), "0");
  EXPECT_EQ(text(newest, "InstancesToUpdate"), "3");
  EXPECT_THAT(text(newest, "StatusReason"), HasSubstr("made no progress"));
}

TEST(InstanceRefreshFailures, Launches_that_are_refused_fail_it_and_are_recorded) {
  RefreshedGroup cloud("2");
  cloud.version(too_small());
  cloud.groups("StartInstanceRefresh", cloud.named({{"DesiredConfiguration", cloud.to_version("3")},
                                                    {"Preferences", automatic}}));
  cloud.pass(minutes(30));
  EXPECT_EQ(cloud.members().size(), 1U);
  EXPECT_THAT(cloud.of_newest("StatusReason"), HasSubstr("see the scaling activities"));
  EXPECT_THAT(cloud.activities("StatusMessage"),
              Contains(StartsWith("Volume of size 1GB is smaller than snapshot")));
  cloud.pass(minutes(31));
  ASSERT_TRUE(cloud.reaches("RollbackSuccessful"));
  EXPECT_THAT(cloud.versions(), ElementsAre("1", "1"));
}

TEST(InstanceRefreshFailures, What_the_rollback_cannot_launch_fails_the_rollback) {
  RefreshedGroup cloud("2");
  cloud.start();
  cloud.pass(seconds(5));
  cloud.settings.unhealthy_images = "*";
  cloud.groups("RollbackInstanceRefresh", cloud.named());
  EXPECT_EQ(cloud.of_newest("Status"), "RollbackInProgress");
  ASSERT_TRUE(cloud.reaches("RollbackFailed"));
  EXPECT_THAT(cloud.of_newest("StatusReason"), HasSubstr("made no progress"));
  EXPECT_EQ(cloud.version_of_group(), "1");
  EXPECT_NE(cloud.of_newest("EndTime"), "");
}

TEST(InstanceRefreshFailures, A_rollback_is_asked_for_at_any_time) {
  for (const auto when : {seconds(0), seconds(5), seconds(25)}) {
    RefreshedGroup cloud("2");
    const auto before = cloud.members();
    const auto id = cloud.start({{"BakeTime", "600"}});
    cloud.pass(when);
    EXPECT_EQ(text(cloud.groups("RollbackInstanceRefresh", cloud.named()), "InstanceRefreshId"),
              id);
    ASSERT_TRUE(cloud.reaches("RollbackSuccessful"));
    EXPECT_THAT(cloud.versions(), ElementsAre("1", "1"));
    EXPECT_EQ(cloud.of_newest("StatusReason"), "Rollback due to user request.");
    if (when == seconds(0)) EXPECT_EQ(cloud.members(), before);
  }
}

TEST(InstanceRefreshFailures, A_cancelled_one_stops_where_it_is) {
  RefreshedGroup cloud("3");
  cloud.start();
  cloud.pass(seconds(5));
  cloud.groups("CancelInstanceRefresh", cloud.named());
  EXPECT_EQ(cloud.of_newest("Status"), "Cancelling");
  cloud.pass(seconds(10));
  EXPECT_EQ(cloud.of_newest("Status"), "Cancelled");
  EXPECT_EQ(cloud.of_newest("StatusReason"), "Cancelled due to user request.");
  cloud.pass(minutes(10));
  EXPECT_THAT(cloud.versions(), UnorderedElementsAre("1", "1", "2"));
  EXPECT_EQ(cloud.version_of_group(), "1");
}

TEST(InstanceRefreshFailures, Cancelling_does_not_wait_when_told_so) {
  RefreshedGroup cloud("1");
  cloud.start();
  cloud.pass(seconds(2));
  cloud.groups("CancelInstanceRefresh", cloud.named({{"WaitForTransitioningInstances", "false"}}));
  EXPECT_EQ(cloud.of_newest("Status"), "Cancelled");
}

TEST(InstanceRefreshFailures, A_rollback_can_be_cancelled) {
  RefreshedGroup cloud("2");
  cloud.start();
  cloud.pass(seconds(15));
  cloud.groups("RollbackInstanceRefresh", cloud.named());
  cloud.groups("CancelInstanceRefresh", cloud.named());
  EXPECT_TRUE(cloud.reaches("Cancelled"));
}

TEST(InstanceRefreshFailures, An_alarm_fails_it_or_rolls_it_back) {
  for (const bool rolls_back : {false, true}) {
    RefreshedGroup cloud("2");
    cloud.settings.alarms_in_alarm = "latency";
    const json::object alarms{{"Alarms", json::array{"errors", "slow"}}};
    cloud.start({{"AlarmSpecification", alarms},
                 {"AutoRollback", rolls_back ? "true" : "false"},
                 {"BakeTime", "600"}});
    ASSERT_TRUE(cloud.reaches("Baking"));
    cloud.settings.alarms_in_alarm = "latency,slow";
    ASSERT_TRUE(cloud.reaches(rolls_back ? "RollbackSuccessful" : "Failed"));
    EXPECT_THAT(cloud.of_newest("StatusReason"),
                HasSubstr("The CloudWatch alarm slow is in the ALARM state."));
    EXPECT_THAT(cloud.versions(), Each(rolls_back ? "1" : "2"));
    EXPECT_EQ(cloud.version_of_group(), "1");
  }
}

TEST(InstanceRefreshFailures, Without_launches_or_terminations_it_stalls) {
  for (const auto* process : {"Launch", "Terminate"}) {
    RefreshedGroup cloud("1");
    const auto before = cloud.members();
    cloud.groups("SuspendProcesses", cloud.named({{"ScalingProcesses", json::array{process}}}));
    cloud.start();
    cloud.pass(minutes(30));
    EXPECT_THAT(cloud.of_newest("StatusReason"), HasSubstr(process));
    cloud.pass(minutes(31));
    EXPECT_EQ(cloud.of_newest("Status"), "Failed");
    EXPECT_EQ(cloud.members(), before);
  }
}

TEST(InstanceRefreshFailures, Standby_instances_are_waited_for_left_or_ended) {
  const auto begun = [](RefreshedGroup& cloud, std::string_view preference) {
    const auto id = cloud.members()[0];
    cloud.groups("EnterStandby", cloud.named({{"InstanceIds", json::array{id}},
                                              {"ShouldDecrementDesiredCapacity", "true"}}));
    cloud.pass(seconds(10));
    cloud.start({{"StandbyInstances", preference}});
    return id;
  };
  RefreshedGroup waiting("2");
  begun(waiting, "Wait");
  waiting.pass(minutes(30));
  EXPECT_THAT(waiting.of_newest("StatusReason"), HasSubstr("is in standby"));
  ASSERT_TRUE(waiting.reaches("Failed"));
  RefreshedGroup ignoring("2");
  const auto left = begun(ignoring, "Ignore");
  ASSERT_TRUE(ignoring.reaches("Successful"));
  EXPECT_THAT(ignoring.members(), Contains(left));
  EXPECT_THAT(ignoring.versions(), UnorderedElementsAre("1", "2"));
  RefreshedGroup ending("2");
  const auto gone = begun(ending, "Terminate");
  ASSERT_TRUE(ending.reaches("Successful"));
  ending.pass(seconds(60));
  EXPECT_THAT(ending.members(), Not(Contains(gone)));
}

TEST(InstanceRefreshFailures, One_that_returns_from_standby_in_time_is_replaced) {
  RefreshedGroup cloud("2");
  const auto id = cloud.members()[0];
  cloud.groups("EnterStandby", cloud.named({{"InstanceIds", json::array{id}},
                                            {"ShouldDecrementDesiredCapacity", "true"}}));
  cloud.pass(seconds(10));
  cloud.start();
  cloud.pass(minutes(30));
  cloud.groups("ExitStandby", cloud.named({{"InstanceIds", json::array{id}}}));
  ASSERT_TRUE(cloud.reaches("Successful"));
  EXPECT_THAT(cloud.versions(), ElementsAre("2", "2"));
}

TEST(InstanceRefreshFailures, Protected_instances_are_waited_for_left_or_replaced) {
  const json::object protects{{"NewInstancesProtectedFromScaleIn", "true"}};
  RefreshedGroup waiting("1", protects);
  waiting.start({{"ScaleInProtectedInstances", "Wait"}});
  waiting.pass(minutes(30));
  EXPECT_THAT(waiting.of_newest("StatusReason"), HasSubstr("is protected from scale in"));
  ASSERT_TRUE(waiting.reaches("Failed"));
  RefreshedGroup ignoring("1", protects);
  ignoring.start({{"ScaleInProtectedInstances", "Ignore"}});
  ASSERT_TRUE(ignoring.reaches("Successful"));
  EXPECT_THAT(ignoring.versions(), ElementsAre("1"));
  RefreshedGroup replacing("1", protects);
  replacing.start({{"ScaleInProtectedInstances", "Refresh"}});
  ASSERT_TRUE(replacing.reaches("Successful"));
  EXPECT_THAT(replacing.versions(), ElementsAre("2"));
}

TEST(InstanceRefreshFailures, A_group_that_is_deleted_ends_it) {
  RefreshedGroup cloud("1");
  cloud.start();
  cloud.groups("DeleteAutoScalingGroup", cloud.named({{"ForceDelete", "true"}}));
  cloud.pass(minutes(1));
  EXPECT_TRUE(cloud.group("web").empty());
}

}  // namespace
}  // namespace local_cloud
