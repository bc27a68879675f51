// Groups that are special: refused with a way out, or served as any other.
#include <gmock/gmock.h>

#include "agent/base/text.h"
#include "tests/actions/create_image_cases.h"
#include "tests/actions/create_image_fixture.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::objects;
using agent::base::text;
using ::testing::AllOf;
using ::testing::HasSubstr;

using GroupsTest = CreateImageTest;

const json::object operated{{"Operator", {{"Principal", "ecs.amazonaws.com"}}}};

TEST_F(GroupsTest, One_with_a_launch_configuration_is_told_how_to_move_to_a_template) {
  machine.aws("autoscaling", "CreateLaunchConfiguration",
              {{"LaunchConfigurationName", "old"},
               {"ImageId", "ami-0abcdef1234567890"},
               {"InstanceType", "t3.micro"}});
  run({}, "", {{"LaunchConfigurationName", "old"}});
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("configuration old"),
                               HasSubstr("Migrate")));
  expect_nothing_made(scene);
}

TEST_F(GroupsTest, One_that_is_being_deleted_is_refused) {
  cloud.settings().instance_stop_time = 1h;
  scene.set_up();
  machine.aws("autoscaling", "DeleteAutoScalingGroup",
              {{"AutoScalingGroupName", "web"}, {"ForceDelete", true}});
  work();
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("being deleted")));
  expect_nothing_made(scene);
}

TEST_F(GroupsTest, One_that_another_service_operates_is_imaged) {
  run({}, "$Latest", operated);
  expect_one_of_everything(scene);
}

TEST_F(GroupsTest, One_that_another_service_operates_is_not_rolled) {
  run({{"Rollout", "refresh"}}, "$Latest", operated);
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("ecs.amazonaws.com"),
                               HasSubstr("Rollout=none")));
  expect_nothing_made(scene);
}

TEST_F(GroupsTest, One_that_another_service_operates_has_no_instance_taken_out_of_service) {
  run({{"Imaging", "standby"}}, "$Latest", operated);
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("ecs.amazonaws.com")));
  expect_nothing_made(scene);
}

TEST_F(GroupsTest, Of_one_with_a_warm_pool_an_instance_in_service_is_imaged) {
  scene.set_up();
  machine.aws("autoscaling", "PutWarmPool", {{"AutoScalingGroupName", "web"}, {"MinSize", 2}});
  machine.pass(5min);
  std::vector<std::string> serving;
  for (const auto* one : objects(scene.group(), "Instances")) {
    if (text(*one, "LifecycleState") == "InService") serving.push_back(text(*one, "InstanceId"));
  }
  work();
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(std::ranges::count(serving, text(scene.output_variables(), "SourceInstanceId")), 1);
}

TEST_F(GroupsTest, Settings_of_a_roll_out_without_one_are_a_contradiction) {
  run({{"Options", R"({"BakeMinutes":5})"}});
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("BakeMinutes"),
                               HasSubstr("Rollout=refresh")));
  expect_nothing_made(scene);
}

TEST_F(GroupsTest, Checkpoints_that_leave_a_part_of_the_group_are_refused) {
  run({{"Rollout", "refresh"}, {"Options", R"({"CheckpointPercentages":"20,50"})"}});
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("ConfigurationError"), HasSubstr("20,50"), HasSubstr("100")));
}

}  // namespace
}  // namespace actions
