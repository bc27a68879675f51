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

TEST(InstanceRefresh, It_replaces_every_instance_and_then_the_groups_template) {
  RefreshedGroup cloud("3");
  const auto before = cloud.members();
  const auto id = cloud.start();
  EXPECT_EQ(cloud.of_newest("Status"), "Pending");
  EXPECT_EQ(cloud.of_newest("StartTime"), "");
  cloud.pass(seconds(1));
  EXPECT_EQ(cloud.of_newest("Status"), "InProgress");
  EXPECT_EQ(cloud.of_newest("InstancesToUpdate"), "3");
  EXPECT_EQ(cloud.version_of_group(), "1");
  ASSERT_TRUE(cloud.reaches("Successful"));
  EXPECT_EQ(cloud.of_newest("InstanceRefreshId"), id);
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "100");
  EXPECT_EQ(cloud.of_newest("InstancesToUpdate"), "0");
  EXPECT_NE(cloud.of_newest("EndTime"), "");
  EXPECT_EQ(cloud.version_of_group(), "2");
  EXPECT_THAT(cloud.versions(), ElementsAre("2", "2", "2"));
  cloud.pass(seconds(60));
  for (const auto& old : before) EXPECT_THAT(cloud.members(), Not(Contains(old)));
}

TEST(InstanceRefresh, What_it_was_asked_is_shown_completed) {
  RefreshedGroup cloud("1", {{"HealthCheckGracePeriod", "7"}});
  cloud.start({{"AutoRollback", "true"},
               {"SkipMatching", "true"},
               {"CheckpointPercentages", json::array{"50", "100"}},
               {"StandbyInstances", "Ignore"},
               {"ScaleInProtectedInstances", "Refresh"},
               {"AlarmSpecification", json::object{{"Alarms", json::array{"errors"}}}}});
  const auto newest = cloud.newest();
  EXPECT_EQ(
      member(newest, "Preferences"),
      (json::object{{"MinHealthyPercentage", 90},
                    {"InstanceWarmup", 7},
                    {"CheckpointPercentages", json::array{50, 100}},
                    {"CheckpointDelay", 3600},
                    {"SkipMatching", true},
                    {"AutoRollback", true},
                    {"ScaleInProtectedInstances", "Refresh"},
                    {"StandbyInstances", "Ignore"},
                    {"AlarmSpecification", json::object{{"Alarms", json::array{"errors"}}}}}));
  const auto& desired = member(member(newest, "DesiredConfiguration"), "LaunchTemplate");
  EXPECT_EQ(text(desired, "LaunchTemplateName"), "web");
  EXPECT_EQ(text(desired, "Version"), "2");
  EXPECT_THAT(text(desired, "LaunchTemplateId"), StartsWith("lt-"));
}

TEST(InstanceRefresh, There_is_one_at_a_time) {
  RefreshedGroup cloud("1");
  EXPECT_THAT(cloud.groups_error("CancelInstanceRefresh", cloud.named()),
              StartsWith("400 ActiveInstanceRefreshNotFound: "));
  EXPECT_THAT(cloud.groups_error("RollbackInstanceRefresh", cloud.named()),
              StartsWith("400 ActiveInstanceRefreshNotFound: "));
  cloud.start();
  EXPECT_EQ(cloud.start_error({}),
            "400 InstanceRefreshInProgress: An Instance Refresh is already in progress and blocks "
            "the execution of this Instance Refresh.");
  ASSERT_TRUE(cloud.reaches("Successful"));
  EXPECT_EQ(cloud.start_error({}), "");
}

TEST(InstanceRefresh, They_are_described_newest_first_in_pages_and_by_id) {
  RefreshedGroup cloud("0");
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(cloud.start());
    cloud.pass(seconds(10));
  }
  const auto describe = [&](json::object more) {
    return cloud.groups("DescribeInstanceRefreshes", cloud.named(std::move(more)));
  };
  const auto ids_of = [](const json::object& answer) {
    return TestAccount::all(answer, "InstanceRefreshes", "InstanceRefreshId");
  };
  const auto page = describe({{"MaxRecords", "2"}});
  EXPECT_THAT(ids_of(page), ElementsAre(ids[2], ids[1]));
  EXPECT_THAT(ids_of(describe({{"MaxRecords", "2"}, {"NextToken", page.at("NextToken")}})),
              ElementsAre(ids[0]));
  EXPECT_THAT(ids_of(describe({{"InstanceRefreshIds", json::array{ids[1]}}})), ElementsAre(ids[1]));
  EXPECT_THAT(cloud.groups_error("DescribeInstanceRefreshes", {{"AutoScalingGroupName", "wbe"}}),
              StartsWith("400 ValidationError: AutoScalingGroup name not found"));
  cloud.pass(std::chrono::weeks(7));
  EXPECT_THAT(ids_of(describe({})), ElementsAre());
}

TEST(InstanceRefresh, Preferences_out_of_their_range_are_refused) {
  RefreshedGroup cloud("1");
  const auto error = [&](json::object preferences) {
    return cloud.start_error(std::move(preferences));
  };
  EXPECT_EQ(error({{"MinHealthyPercentage", "101"}}),
            "400 ValidationError: 1 validation error detected: Value '101' at "
            "'preferences.minHealthyPercentage' failed to satisfy constraint: Member must have "
            "value less than or equal to 100");
  EXPECT_THAT(error({{"MaxHealthyPercentage", "99"}, {"MinHealthyPercentage", "50"}}),
              HasSubstr("greater than or equal to 100"));
  EXPECT_THAT(error({{"MaxHealthyPercentage", "150"}}), HasSubstr("specify MinHealthyPercentage"));
  EXPECT_THAT(error({{"MaxHealthyPercentage", "180"}, {"MinHealthyPercentage", "50"}}),
              HasSubstr("cannot be greater than 100"));
  EXPECT_THAT(error({{"CheckpointDelay", "5"}}), HasSubstr("specify CheckpointPercentages"));
  EXPECT_THAT(error({{"CheckpointPercentages", json::array{"50", "50"}}}),
              HasSubstr("unique and in ascending order"));
  EXPECT_THAT(error({{"CheckpointPercentages", json::array{"0"}}}),
              HasSubstr("greater than or equal to 1"));
  EXPECT_THAT(error({{"StandbyInstances", "Refresh"}}),
              HasSubstr("Member must satisfy enum value set: [Terminate, Ignore, Wait]"));
  EXPECT_THAT(error({{"ScaleInProtectedInstances", ""}}),
              HasSubstr("Value '' at 'preferences.scaleInProtectedInstances'"));
  EXPECT_THAT(error({{"BakeTime", "172801"}}), HasSubstr("less than or equal to 172800"));
  EXPECT_THAT(error({{"AlarmSpecification",
                      json::object{{"Alarms", json::array{"1", "2", "3", "4", "5", "6", "7", "8",
                                                          "9", "10", "11"}}}}}),
              HasSubstr("up to 10"));
  EXPECT_THAT(error({{"Speed", "9"}}), StartsWith("400 ValidationError"));
  EXPECT_THAT(cloud.groups_error("StartInstanceRefresh", cloud.named({{"Strategy", "AllAtOnce"}})),
              HasSubstr("at 'strategy'"));
  EXPECT_EQ(cloud.of_newest("Status"), "");
}

TEST(InstanceRefresh, A_desired_configuration_has_to_be_launchable) {
  RefreshedGroup cloud("1");
  EXPECT_THAT(
      cloud.groups_error("StartInstanceRefresh",
                         cloud.named({{"DesiredConfiguration", cloud.to_version("9")}})),
      StartsWith("400 ValidationError: You must use a valid fully-formed launch template."));
  EXPECT_EQ(cloud.of_newest("Status"), "");
}

TEST(InstanceRefresh, A_rollback_needs_a_configuration_that_stays_what_it_is) {
  RefreshedGroup cloud("1");
  const json::object automatic{{"AutoRollback", "true"}};
  EXPECT_EQ(cloud.groups_error("StartInstanceRefresh", cloud.named({{"Preferences", automatic}})),
            "400 ValidationError: The request isn't valid. The AutoRollback parameter cannot be "
            "set to true when the DesiredConfiguration parameter is empty. Set AutoRollback to "
            "false or specify a desired configuration and try again.");
  EXPECT_THAT(cloud.groups_error("StartInstanceRefresh",
                                 cloud.named({{"DesiredConfiguration", cloud.to_version("$Latest")},
                                              {"Preferences", automatic}})),
              HasSubstr("version $Latest"));
  for (const auto* symbol : {"$Latest", "$Default"}) {
    cloud.groups("UpdateAutoScalingGroup", cloud.named(cloud.to_version(symbol)));
    EXPECT_THAT(cloud.start_error(automatic), HasSubstr(symbol));
    cloud.start();
    EXPECT_THAT(cloud.groups_error("RollbackInstanceRefresh", cloud.named()),
                StartsWith("400 IrreversibleInstanceRefresh: "));
    cloud.groups("CancelInstanceRefresh", cloud.named());
    ASSERT_TRUE(cloud.reaches("Cancelled"));
  }
  cloud.groups("UpdateAutoScalingGroup", cloud.named(cloud.to_version("1")));
  cloud.groups("StartInstanceRefresh", cloud.named());
  EXPECT_THAT(cloud.groups_error("RollbackInstanceRefresh", cloud.named()),
              StartsWith("400 IrreversibleInstanceRefresh: "));
}

// An image that a parameter names may be another one by the time of the rollback.
TEST(InstanceRefresh, A_template_with_a_parameter_for_its_image_cannot_be_rolled_back) {
  RefreshedGroup cloud("1");
  cloud.ssm("PutParameter", {{"Name", "/web/image"},
                             {"Type", "String"},
                             {"DataType", "aws:ec2:image"},
                             {"Value", cloud.new_image()}});
  cloud.pass(seconds(60));
  cloud.version({{"ImageId", "resolve:ssm:/web/image"}, {"InstanceType", "t3.micro"}});
  const auto refresh = [&](std::string_view automatic) {
    return cloud.named({{"DesiredConfiguration", cloud.to_version("3")},
                        {"Preferences", json::object{{"AutoRollback", automatic}}}});
  };
  EXPECT_THAT(cloud.groups_error("StartInstanceRefresh", refresh("true")),
              HasSubstr("Systems Manager parameter"));
  cloud.groups("StartInstanceRefresh", refresh("false"));
  EXPECT_THAT(cloud.groups_error("RollbackInstanceRefresh", cloud.named()),
              StartsWith("400 IrreversibleInstanceRefresh: "));
  ASSERT_TRUE(cloud.reaches("Successful"));
  EXPECT_EQ(text(cloud.instance(cloud.members().back()), "imageId"), cloud.new_image());
  EXPECT_THAT(cloud.start_error({{"AutoRollback", "true"}}),
              HasSubstr("Systems Manager parameter"));
}

TEST(InstanceRefresh, The_groups_template_is_not_changed_beside_it) {
  RefreshedGroup cloud("1");
  cloud.start();
  const auto error =
      cloud.groups_error("UpdateAutoScalingGroup", cloud.named(cloud.to_version("1")));
  EXPECT_THAT(error, StartsWith("400 ValidationError: An active instance refresh with a desired "
                                "configuration exists."));
  EXPECT_EQ(cloud.groups_error("UpdateAutoScalingGroup", cloud.named({{"MaxSize", "9"}})), "");
}

TEST(InstanceRefresh, What_a_scale_out_launches_meanwhile_is_new) {
  RefreshedGroup cloud("1");
  cloud.start({{"InstanceWarmup", "500"}});
  cloud.pass(seconds(30));
  cloud.groups("SetDesiredCapacity", cloud.named({{"DesiredCapacity", "3"}}));
  EXPECT_EQ(cloud.version_of_group(), "1");
  EXPECT_THAT(cloud.versions(), ElementsAre("2", "2", "2"));
}

TEST(InstanceRefresh, Without_a_desired_configuration_instances_are_made_anew_from_the_groups) {
  RefreshedGroup cloud("2");
  const auto before = cloud.members();
  cloud.groups("StartInstanceRefresh", cloud.named());
  ASSERT_TRUE(cloud.reaches("Successful"));
  EXPECT_THAT(cloud.versions(), ElementsAre("1", "1"));
  for (const auto& old : before) EXPECT_THAT(cloud.members(), Not(Contains(old)));
}

TEST(InstanceRefresh, Instances_that_match_are_skipped_when_asked) {
  RefreshedGroup cloud("1");
  cloud.groups("UpdateAutoScalingGroup", cloud.named(cloud.to_version("2")));
  cloud.groups("SetDesiredCapacity", cloud.named({{"DesiredCapacity", "3"}}));
  cloud.pass(seconds(60));
  const auto before = cloud.members();
  cloud.start({{"SkipMatching", "true"}});
  cloud.pass(seconds(1));
  EXPECT_EQ(cloud.of_newest("InstancesToUpdate"), "1");
  ASSERT_TRUE(cloud.reaches("Successful"));
  cloud.pass(seconds(60));
  EXPECT_THAT(cloud.members(), Not(Contains(before[0])));
  EXPECT_THAT(cloud.members(), Contains(before[1]));
  EXPECT_THAT(cloud.members(), Contains(before[2]));
}

TEST(InstanceRefresh, Its_terminations_are_scaling_activities) {
  RefreshedGroup cloud("1");
  const auto old = cloud.members()[0];
  cloud.start();
  ASSERT_TRUE(cloud.reaches("Successful"));
  EXPECT_THAT(cloud.activities("Description"), Contains("Terminating EC2 instance: " + old));
  EXPECT_THAT(cloud.activities("Cause"),
              Contains(HasSubstr("in response to an instance refresh.")));
}

TEST(InstanceRefresh, It_waits_while_its_process_is_suspended) {
  RefreshedGroup cloud("1");
  const json::object process{{"ScalingProcesses", json::array{"InstanceRefresh"}}};
  cloud.groups("SuspendProcesses", cloud.named(process));
  cloud.start();
  cloud.pass(std::chrono::hours(5));
  EXPECT_EQ(cloud.of_newest("Status"), "Pending");
  EXPECT_THAT(cloud.versions(), ElementsAre("1"));
  cloud.groups("ResumeProcesses", cloud.named(process));
  EXPECT_TRUE(cloud.reaches("Successful"));
}

TEST(InstanceRefresh, What_nobody_looked_at_has_happened_all_the_same) {
  RefreshedGroup cloud("3");
  cloud.start({{"InstanceWarmup", "30"}, {"BakeTime", "600"}});
  cloud.pass(std::chrono::hours(2));
  EXPECT_EQ(cloud.of_newest("Status"), "Successful");
  // A second to start, then three times launch and warmup, then the bake time.
  EXPECT_EQ(cloud.of_newest("EndTime"), "2026-01-02T00:17:21.000Z");
}

}  // namespace
}  // namespace local_cloud
