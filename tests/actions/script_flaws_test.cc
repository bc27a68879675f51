// What the Lambda functions that people use for this get wrong (image of the first instance,
// template version made from some parameters, success at once), each flaw with a test named after
// it.
#include <gmock/gmock.h>

#include "agent/base/text.h"
#include "tests/actions/create_image_cases.h"
#include "tests/actions/create_image_fixture.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ScriptFlaws : public CreateImageTest {
 protected:
  json::object latest_data() { return member(scene.versions().at(0), "launchTemplateData"); }
};

TEST_F(ScriptFlaws, The_template_points_to_an_image_that_is_pending_or_has_failed) {
  cloud.settings().image_time = 1h;
  scene.set_up();
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.images().size() == 1; }));
  machine.pass(50min);
  EXPECT_EQ(text(scene.images().at(0), "imageState"), "pending");
  EXPECT_EQ(scene.versions().size(), 1U);
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 2h));
  EXPECT_EQ(text(scene.images().at(0), "imageState"), "available");
  EXPECT_EQ(scene.versions().size(), 2U);
}

TEST_F(ScriptFlaws, Instance_type_user_data_devices_and_tags_are_lost) {
  scene.set_up();
  const json::object tag{{"Key", "team"}, {"Value", "shop"}};
  const json::object tagged{{"ResourceType", "instance"}, {"Tag", json::array{tag}}};
  const json::object device{{"DeviceName", "/dev/sdf"},
                            {"Ebs", {{"VolumeSize", 50}, {"VolumeType", "gp3"}}}};
  machine.aws("ec2", "CreateLaunchTemplateVersion",
              {{"LaunchTemplateName", "web"},
               {"SourceVersion", "1"},
               {"LaunchTemplateData",
                {{"InstanceType", "t3.large"},
                 {"UserData", "IyEvYmluL3NoCg=="},
                 {"MetadataOptions", {{"HttpTokens", "required"}}},
                 {"BlockDeviceMapping", json::array{device}},
                 {"TagSpecification", json::array{tagged}}}}});
  auto before = latest_data();
  work();
  EXPECT_EQ(scene.status(), "Succeeded");
  auto after = latest_data();
  EXPECT_EQ(text(after, "imageId"), text(scene.images().at(0), "imageId"));
  before.erase("imageId");
  after.erase("imageId");
  EXPECT_EQ(before, after);
}

TEST_F(ScriptFlaws, The_first_instance_is_taken_whatever_its_health) {
  scene.set_up();
  const auto group = scene.group();
  const auto first = text(*objects(group, "Instances").at(0), "InstanceId");
  machine.aws("autoscaling", "SuspendProcesses",
              {{"AutoScalingGroupName", "web"},
               {"ScalingProcesses", json::array{"ReplaceUnhealthy", "HealthCheck"}}});
  machine.aws(
      "autoscaling", "SetInstanceHealth",
      {{"InstanceId", first}, {"HealthStatus", "Unhealthy"}, {"ShouldRespectGracePeriod", false}});
  work();
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_NE(text(scene.output_variables(), "SourceInstanceId"), first);
}

TEST_F(ScriptFlaws, A_serving_instance_is_restarted_without_saying_so) {
  run();
  const auto& log = machine.host().network().requests();
  EXPECT_EQ(std::ranges::count(log, "CreateImage"), 1);
  cloud.settings().reboot_fails_health_check = true;
  start_again();
  machine.pass(5min);
  EXPECT_EQ(scene.instances_of(1).size(), 2U);  // none was restarted, so none was replaced
}

TEST_F(ScriptFlaws, A_failure_is_never_reported_and_the_pipeline_hangs) {
  scene.set_up();
  for (const auto* action : {"autoscaling:DescribeAutoScalingGroups", "ec2:CreateImage"}) {
    cloud.accounts().allow_everything();
    cloud.accounts().deny({"*", action});
    if (scene.is_over()) {
      start_again();
    } else {
      work();
    }
    EXPECT_THAT(failure(), AllOf(HasSubstr("PermissionError"), HasSubstr(action)));
  }
}

TEST_F(ScriptFlaws, A_warm_function_uses_a_name_again) {
  run();
  start_again();
  EXPECT_EQ(scene.status(), "Succeeded");
  const auto images = scene.images();
  ASSERT_EQ(images.size(), 2U);
  EXPECT_NE(text(images[0], "name"), text(images[1], "name"));
}

TEST_F(ScriptFlaws, A_retry_makes_a_second_image) {
  cloud.accounts().deny({"*", "ec2:ModifyLaunchTemplate"});
  run({{"SetDefaultVersion", "true"}});
  ASSERT_EQ(scene.status(), "Failed");
  cloud.accounts().allow_everything();
  scene.retry();
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }));
  expect_one_of_everything(scene);
}

TEST_F(ScriptFlaws, Nothing_is_tagged_or_ever_cleaned_up) {
  run({{"KeepImages", "2"}});
  EXPECT_EQ(tag(scene.images().at(0), "codepipeline-agent:group"), "web");
  for (int i = 0; i < 3; ++i) start_again();
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(scene.images().size(), 2U);
  EXPECT_EQ(scene.snapshots().size(), 2U);
}

TEST_F(ScriptFlaws, The_latest_version_is_assumed_to_be_what_the_group_follows) {
  scene.set_up({}, "1");
  // A draft that nobody runs.
  machine.aws("ec2", "CreateLaunchTemplateVersion",
              {{"LaunchTemplateName", "web"},
               {"SourceVersion", "1"},
               {"LaunchTemplateData", {{"InstanceType", "t3.large"}}}});
  work();
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(text(latest_data(), "instanceType"), "t3.micro");  // what the group runs, not the draft
}

TEST_F(ScriptFlaws, Instances_that_run_keep_the_old_image) {
  run({{"Rollout", "refresh"}});
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(scene.instances_of(2).size(), 2U);
  EXPECT_EQ(scene.instances_of(1).size(), 0U);
}

}  // namespace
}  // namespace actions
