// Rollout=refresh: the group is held at its version, rolled, and let go again; or, when that fails,
// left as it was.
#include <gmock/gmock.h>

#include "agent/base/text.h"
#include "tests/actions/create_image_cases.h"
#include "tests/actions/create_image_fixture.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::cat;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* new_images = "web-*";  // by their names

class RolloutTest : public CreateImageTest {
 protected:
  void roll(json::object configuration = {}, const std::string& follows = "$Latest",
            const json::object& group = {}) {
    configuration["Rollout"] = "refresh";
    run(std::move(configuration), follows, group);
  }
  void set_up_rolling(json::object configuration = {}, const std::string& follows = "$Latest",
                      const json::object& group = {}) {
    configuration["Rollout"] = "refresh";
    scene.set_up(std::move(configuration), follows, group);
  }
  bool wait_for_refresh(std::string_view status) {
    return machine.run_until([&] {
      const auto all = scene.refreshes();
      return !all.empty() && text(all.front(), "Status") == status;
    });
  }

  std::string follows() { return text(member(scene.group(), "LaunchTemplate"), "Version"); }

  void expect_as_before(const std::string& followed) {
    EXPECT_EQ(follows(), followed);
    EXPECT_EQ(scene.instances_of(1).size(), 2U);
    EXPECT_EQ(objects(scene.group(), "Instances").size(), 2U);
    EXPECT_TRUE(objects(scene.group(), "Tags").empty());
    expect_nothing_made(scene);
  }

  void make_version_by_hand() {
    machine.aws("ec2", "CreateLaunchTemplateVersion",
                {{"LaunchTemplateName", "web"},
                 {"SourceVersion", "1"},
                 {"LaunchTemplateData", {{"InstanceType", "t3.small"}}}});
  }
};

TEST_F(RolloutTest, Replaces_all_instances_and_lets_the_group_follow_the_latest_again) {
  roll();
  expect_one_of_everything(scene);
  EXPECT_EQ(scene.instances_of(2).size(), 2U);
  EXPECT_EQ(objects(scene.group(), "Instances").size(), 2U);
  EXPECT_EQ(follows(), "$Latest");
  EXPECT_TRUE(objects(scene.group(), "Tags").empty());
  EXPECT_EQ(scene.refreshes().size(), 1U);
  EXPECT_EQ(text(scene.output_variables(), "InstanceRefreshId"),
            text(scene.refreshes().at(0), "InstanceRefreshId"));
}

TEST_F(RolloutTest, Holds_the_group_at_its_version_while_it_is_rolled) {
  set_up_rolling();
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(wait_for_refresh("InProgress"));
  EXPECT_EQ(follows(), "1");
  const auto refresh = scene.refreshes().at(0);
  EXPECT_EQ(text(member(member(refresh, "DesiredConfiguration"), "LaunchTemplate"), "Version"),
            "2");
  EXPECT_EQ(text(member(refresh, "Preferences"), "AutoRollback"), "true");
}

TEST_F(RolloutTest, Reports_how_far_it_is) {
  set_up_rolling();
  machine.start_agent(state.path(), {.hold = 0s});
  ASSERT_TRUE(machine.run_until(
      [&] { return text(scene.action(), "summary").contains("Instance refresh of web"); }));
  EXPECT_TRUE(scene.action().contains("percentComplete"));
}

TEST_F(RolloutTest, A_group_that_follows_the_default_version_does_so_again) {
  roll({}, "$Default");
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(follows(), "$Default");
  EXPECT_EQ(text(scene.versions().at(0), "defaultVersion"), "true");
  EXPECT_EQ(scene.instances_of(2).size(), 2U);
}

TEST_F(RolloutTest, A_group_with_a_number_gets_the_new_one) {
  roll({}, "1");
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(follows(), "2");
}

TEST_F(RolloutTest, Where_the_symbol_stands_for_something_else_the_group_stays_and_it_is_said) {
  roll({{"SetDefaultVersion", "false"}}, "$Default");
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(follows(), "2");
  EXPECT_THAT(text(scene.action(), "summary"),
              AllOf(HasSubstr("stays at version 2"), HasSubstr("$Default is version 1")));
}

TEST_F(RolloutTest, A_roll_out_that_fails_is_rolled_back_and_says_why) {
  cloud.settings().unhealthy_images = new_images;
  roll();
  EXPECT_THAT(failure(), AllOf(HasSubstr("JobFailed"), HasSubstr("RollbackSuccessful"),
                               HasSubstr("instance refresh"), Not(HasSubstr("Left"))));
  expect_as_before("$Latest");
}

TEST_F(RolloutTest, After_a_rollback_the_next_scale_out_starts_the_old_image) {
  cloud.settings().unhealthy_images = new_images;
  roll();
  machine.aws("autoscaling", "SetDesiredCapacity",
              {{"AutoScalingGroupName", "web"}, {"DesiredCapacity", 3}});
  machine.pass(2min);
  EXPECT_EQ(scene.instances_of(1).size(), 3U);
  for (const auto& id : scene.instances_of(1)) {
    const auto reply = machine.aws("ec2", "DescribeInstances", {{"InstanceId", json::array{id}}});
    const auto instance = objects(*objects(reply, "reservationSet").at(0), "instancesSet").at(0);
    EXPECT_EQ(text(*instance, "imageId"), "ami-0abcdef1234567890");
  }
}

TEST_F(RolloutTest, A_group_of_the_default_version_is_as_before_after_a_failure) {
  cloud.settings().unhealthy_images = new_images;
  roll({}, "$Default");
  EXPECT_THAT(failure(), HasSubstr("RollbackSuccessful"));
  expect_as_before("$Default");
}

TEST_F(RolloutTest, After_a_failure_a_symbol_that_stands_for_something_new_is_not_restored) {
  cloud.settings().unhealthy_images = new_images;
  set_up_rolling();
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(wait_for_refresh("InProgress"));
  make_version_by_hand();
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 12h));
  EXPECT_THAT(failure(), AllOf(HasSubstr("stays at version 1"), HasSubstr("$Latest is version 3")));
  EXPECT_EQ(follows(), "1");
  EXPECT_EQ(scene.versions().size(), 2U);  // ours is gone
  EXPECT_EQ(scene.images().size(), 0U);
}

TEST_F(RolloutTest, What_an_earlier_failure_left_pinned_is_let_go_by_the_next_success) {
  cloud.settings().unhealthy_images = new_images;
  set_up_rolling();
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(wait_for_refresh("InProgress"));
  make_version_by_hand();
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 12h));
  ASSERT_EQ(follows(), "1");
  cloud.settings().unhealthy_images = "";
  start_again();
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(follows(), "$Latest");
  EXPECT_EQ(scene.instances_of(4).size(), 2U);
}

TEST_F(RolloutTest, One_that_somebody_cancels_is_taken_back) {
  set_up_rolling();
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.instances_of(2).size() == 1; }));
  machine.aws("autoscaling", "CancelInstanceRefresh", {{"AutoScalingGroupName", "web"}});
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 12h));
  EXPECT_THAT(failure(), AllOf(HasSubstr("Cancelled"), Not(HasSubstr("Left"))));
  expect_as_before("$Latest");
}

TEST_F(RolloutTest, Waits_for_a_refresh_of_somebody_else) {
  set_up_rolling();
  make_version_by_hand();
  const auto other = text(
      machine.aws("autoscaling", "StartInstanceRefresh",
                  {{"AutoScalingGroupName", "web"},
                   {"Preferences",
                    {{"CheckpointPercentages", json::array{50, 100}}, {"CheckpointDelay", 1800}}}}),
      "InstanceRefreshId");
  work();
  EXPECT_EQ(scene.status(), "Succeeded");
  const auto all = scene.refreshes();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(text(all.at(1), "InstanceRefreshId"), other);
  EXPECT_EQ(text(all.at(1), "Status"), "Successful");
  EXPECT_EQ(scene.instances_of(3).size(), 2U);
}

TEST_F(RolloutTest, A_group_of_one_has_a_second_instance_before_the_first_is_replaced) {
  roll({}, "$Latest", {{"DesiredCapacity", 1}});
  EXPECT_EQ(scene.status(), "Succeeded");
  const auto preferences = member(scene.refreshes().at(0), "Preferences");
  EXPECT_EQ(text(preferences, "MinHealthyPercentage"), "100");
  EXPECT_EQ(text(preferences, "MaxHealthyPercentage"), "200");
}

TEST_F(RolloutTest, Passes_on_how_to_roll) {
  roll({{"Options", R"({"MinHealthyPercentage":50,"MaxHealthyPercentage":150,"InstanceWarmup":20,
                        "CheckpointPercentages":"50,100","CheckpointDelay":60,"BakeMinutes":2,
                        "AlarmNames":"errors,latency","SkipMatching":true})"}});
  EXPECT_EQ(scene.status(), "Succeeded");
  const auto preferences = member(scene.refreshes().at(0), "Preferences");
  EXPECT_EQ(text(preferences, "MinHealthyPercentage"), "50");
  EXPECT_EQ(text(preferences, "MaxHealthyPercentage"), "150");
  EXPECT_EQ(text(preferences, "InstanceWarmup"), "20");
  EXPECT_EQ(json::serialize(agent::base::list(preferences, "CheckpointPercentages")),
            R"(["50","100"])");
  EXPECT_EQ(text(preferences, "CheckpointDelay"), "60");
  EXPECT_EQ(text(preferences, "BakeTime"), "120");
  EXPECT_EQ(text(preferences, "SkipMatching"), "true");
  EXPECT_EQ(json::serialize(agent::base::list(member(preferences, "AlarmSpecification"), "Alarms")),
            R"(["errors","latency"])");
}

TEST_F(RolloutTest, An_alarm_takes_it_back) {
  set_up_rolling({{"Options", R"({"AlarmNames":"errors"})"}});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.instances_of(2).size() == 1; }));
  cloud.settings().alarms_in_alarm = "errors";
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 12h));
  EXPECT_THAT(failure(), AllOf(HasSubstr("errors"), HasSubstr("RollbackSuccessful")));
  expect_as_before("$Latest");
}

TEST_F(RolloutTest, A_suspended_process_is_noticed_before_anything_starts) {
  set_up_rolling();
  machine.aws("autoscaling", "SuspendProcesses",
              {{"AutoScalingGroupName", "web"}, {"ScalingProcesses", json::array{"Terminate"}}});
  work();
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("Terminate"),
                               HasSubstr("resume-processes")));
  expect_nothing_made(scene);
  EXPECT_EQ(scene.refreshes().size(), 0U);
}

TEST_F(RolloutTest, A_failure_keeps_the_image_when_told_to) {
  cloud.settings().unhealthy_images = new_images;
  roll({{"Options", R"({"KeepOnFailure":true})"}});
  EXPECT_THAT(failure(), HasSubstr("RollbackSuccessful"));
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.versions().size(), 1U);
  EXPECT_EQ(follows(), "$Latest");
}

TEST_F(RolloutTest, A_retry_of_the_stage_after_a_failure_rolls_again) {
  cloud.settings().unhealthy_images = new_images;
  roll();
  ASSERT_EQ(scene.status(), "Failed");
  cloud.settings().unhealthy_images = "";
  scene.retry();
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }, 12h));
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.instances_of(3).size(), 2U);
  EXPECT_EQ(follows(), "$Latest");
}

TEST_F(RolloutTest, A_retry_after_the_roll_out_only_does_what_is_missing) {
  set_up_rolling({}, "$Default");
  cloud.accounts().deny({"*", "ec2:ModifyLaunchTemplate"});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 12h));
  EXPECT_THAT(failure(), AllOf(HasSubstr("ec2:ModifyLaunchTemplate"),
                               HasSubstr("stays at version 2"), HasSubstr("$Default")));
  EXPECT_EQ(scene.instances_of(2).size(), 2U);
  cloud.accounts().allow_everything();
  scene.retry();
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }, 12h));
  EXPECT_EQ(scene.refreshes().size(), 1U);
  EXPECT_EQ(follows(), "$Default");
  EXPECT_EQ(scene.images().size(), 1U);
}

TEST_F(RolloutTest, A_failure_after_the_roll_out_lets_go_of_the_group_where_it_can) {
  set_up_rolling({{"SetDefaultVersion", "true"}});
  cloud.accounts().deny({"*", "ec2:ModifyLaunchTemplate"});
  work();
  EXPECT_THAT(failure(), AllOf(HasSubstr("ec2:ModifyLaunchTemplate"), Not(HasSubstr("Left"))));
  EXPECT_EQ(scene.instances_of(2).size(), 2U);
  EXPECT_EQ(follows(), "$Latest");
  EXPECT_TRUE(objects(scene.group(), "Tags").empty());
  EXPECT_EQ(scene.images().size(), 1U);
}

class MixedRolloutTest : public RolloutTest {
 protected:
  static json::object policy(json::array overrides) {
    return {{"MixedInstancesPolicy",
             {{"LaunchTemplate",
               {{"LaunchTemplateSpecification",
                 {{"LaunchTemplateName", "web"}, {"Version", "$Latest"}}},
                {"Overrides", std::move(overrides)}}},
              {"InstancesDistribution", {{"OnDemandBaseCapacity", 1}}}}}};
  }
  json::object launch() {
    return member(member(scene.group(), "MixedInstancesPolicy"), "LaunchTemplate");
  }
  static std::string version_of(const json::object& object) {
    return text(member(object, "LaunchTemplateSpecification"), "Version");
  }
};

TEST_F(MixedRolloutTest, The_policy_and_overrides_with_the_same_template_are_pinned_and_restored) {
  const json::object own{
      {"InstanceType", "t3.small"},
      {"LaunchTemplateSpecification", {{"LaunchTemplateName", "web"}, {"Version", "$Latest"}}}};
  set_up_rolling({}, "", policy({own, {{"InstanceType", "t3.micro"}, {"WeightedCapacity", "1"}}}));
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(wait_for_refresh("InProgress"));
  EXPECT_EQ(version_of(launch()), "1");
  EXPECT_EQ(version_of(*objects(launch(), "Overrides").at(0)), "1");
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 12h));
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(version_of(launch()), "$Latest");
  EXPECT_EQ(version_of(*objects(launch(), "Overrides").at(0)), "$Latest");
  EXPECT_EQ(text(*objects(launch(), "Overrides").at(1), "WeightedCapacity"), "1");
  EXPECT_EQ(text(member(member(scene.group(), "MixedInstancesPolicy"), "InstancesDistribution"),
                 "OnDemandBaseCapacity"),
            "1");
  EXPECT_EQ(scene.instances_of(2).size(), 2U);
}

TEST_F(MixedRolloutTest, An_override_with_another_template_keeps_its_version) {
  machine.aws("ec2", "CreateLaunchTemplate",
              {{"LaunchTemplateName", "arm"},
               {"LaunchTemplateData",
                {{"ImageId", "ami-0abcdef1234567890"}, {"InstanceType", "t3.micro"}}}});
  const json::object other{
      {"InstanceType", "t3.small"},
      {"LaunchTemplateSpecification", {{"LaunchTemplateName", "arm"}, {"Version", "$Default"}}}};
  roll({}, "", policy({{{"InstanceType", "t3.micro"}}, other}));
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(version_of(launch()), "$Latest");
  EXPECT_EQ(version_of(*objects(launch(), "Overrides").at(1)), "$Default");
}

TEST_F(MixedRolloutTest, An_override_that_names_the_templates_image_gets_the_new_one) {
  roll({}, "", policy({{{"InstanceType", "t3.small"}, {"ImageId", "ami-0abcdef1234567890"}}}));
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(text(*objects(launch(), "Overrides").at(0), "ImageId"),
            text(scene.images().at(0), "imageId"));
}

TEST_F(MixedRolloutTest, Without_a_roll_out_an_override_that_names_an_image_is_refused) {
  run({}, "", policy({{{"InstanceType", "t3.small"}, {"ImageId", "ami-0abcdef1234567890"}}}));
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("t3.small"),
                               HasSubstr("Rollout=refresh")));
  expect_nothing_made(scene);
}

TEST_F(MixedRolloutTest, After_a_failure_all_is_as_before) {
  cloud.settings().unhealthy_images = new_images;
  const json::object own{
      {"InstanceType", "t3.small"},
      {"LaunchTemplateSpecification", {{"LaunchTemplateName", "web"}, {"Version", "$Latest"}}}};
  roll({}, "", policy({own, {{"InstanceType", "t3.micro"}}}));
  EXPECT_THAT(failure(), HasSubstr("RollbackSuccessful"));
  EXPECT_EQ(version_of(launch()), "$Latest");
  EXPECT_EQ(version_of(*objects(launch(), "Overrides").at(0)), "$Latest");
  EXPECT_EQ(scene.instances_of(1).size(), 2U);
  expect_nothing_made(scene);
}

}  // namespace
}  // namespace actions
