// KeepImages and all that may name an image: each alone keeps it.
#include "tests/actions/retention_scene.h"

namespace actions {
namespace {

using agent::base::text;
using support::Leftover;
using ::testing::UnorderedElementsAre;

class ReferencesTest : public RetentionTest {
 protected:
  // Of four old images two are to go (the new one and one old one are kept); of these the oldest is
  // named by something.
  void leave_four() {
    set_up(2);
    old = past.leave(4);
  }
  void expect_only_the_named_stays(bool version_goes) {
    run_well();
    EXPECT_THAT(images(), UnorderedElementsAre(old[0].image, old[3].image, output("ImageId")));
    const auto left = snapshots();
    EXPECT_EQ(left.size(), 3U);
    EXPECT_EQ(std::ranges::count(left, old[0].snapshot), 1);
    EXPECT_EQ(std::ranges::count(left, old[1].snapshot), 0);
    EXPECT_EQ(std::ranges::count(versions(), old[0].version), version_goes ? 0 : 1);
    EXPECT_EQ(std::ranges::count(versions(), old[1].version), 0);
    EXPECT_EQ(std::ranges::count(versions(), old[3].version), 1);
    EXPECT_EQ(output("RetiredImages"), old[1].image + "," + old[2].image);
  }
  const Leftover& named() { return old[0]; }

  json::object runs_named_version() {
    return {{"LaunchTemplate", {{"LaunchTemplateName", "web"}, {"Version", named().version}}}};
  }
  void mixed_group(json::object one) {
    one["InstanceType"] = "t3.small";
    const json::object first{{"LaunchTemplateName", "web"}, {"Version", "1"}};
    const json::object launch{{"LaunchTemplateSpecification", first},
                              {"Overrides", json::array{one}}};
    group("other", {{"MixedInstancesPolicy", {{"LaunchTemplate", launch}}}});
  }
  std::string run_instance(json::object params) {
    params.insert({{"MinCount", 1}, {"MaxCount", 1}});
    const auto reply = aws("ec2", "RunInstances", std::move(params));
    return text(*agent::base::objects(reply, "instancesSet").at(0), "instanceId");
  }
  void put_parameter(json::object params) {
    params.emplace("Type", "String");
    aws("ssm", "PutParameter", std::move(params));
    machine.pass(std::chrono::minutes(1));
  }

  std::vector<Leftover> old;
};

TEST_F(ReferencesTest, Nothing_names_it_and_it_goes_with_its_version_and_snapshot) {
  leave_four();
  run_well();
  EXPECT_THAT(images(), UnorderedElementsAre(old[3].image, output("ImageId")));
  EXPECT_EQ(snapshots().size(), 2U);
  EXPECT_THAT(versions(), UnorderedElementsAre("1", old[3].version, "6"));
  EXPECT_EQ(output("RetiredImages"), old[0].image + "," + old[1].image + "," + old[2].image);
}

TEST_F(ReferencesTest, An_instance_that_was_launched_from_it) {
  leave_four();
  run_instance({{"ImageId", named().image}, {"InstanceType", "t3.micro"}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, A_stopped_instance) {
  leave_four();
  const auto id = run_instance({{"ImageId", named().image}, {"InstanceType", "t3.micro"}});
  machine.pass(std::chrono::minutes(1));
  aws("ec2", "StopInstances", {{"InstanceId", {id}}});
  machine.pass(std::chrono::minutes(1));
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, But_not_a_terminated_instance) {
  leave_four();
  const auto id = run_instance({{"ImageId", named().image}, {"InstanceType", "t3.micro"}});
  machine.pass(std::chrono::minutes(1));
  aws("ec2", "TerminateInstances", {{"InstanceId", {id}}});
  machine.pass(std::chrono::minutes(1));
  run_well();
  EXPECT_THAT(images(), UnorderedElementsAre(old[3].image, output("ImageId")));
}

TEST_F(ReferencesTest, An_instance_that_runs_its_version_from_another_image) {
  leave_four();
  auto params = runs_named_version();
  params["ImageId"] = "ami-0abcdef1234567890";
  run_instance(std::move(params));
  expect_only_the_named_stays(false);
}

TEST_F(ReferencesTest, A_version_of_another_template) {
  leave_four();
  launch_template("other", {{"ImageId", named().image}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, A_version_that_somebody_else_made) {
  leave_four();
  aws("ec2", "CreateLaunchTemplateVersion",
      {{"LaunchTemplateName", "web"},
       {"VersionDescription", support::description_of({.execution = "another"})},
       {"LaunchTemplateData", {{"ImageId", named().image}}}});
  expect_only_the_named_stays(true);
  EXPECT_EQ(std::ranges::count(versions(), "6"), 1);
}

TEST_F(ReferencesTest, A_version_that_makes_a_volume_from_its_snapshot) {
  leave_four();
  launch_template("other", {{"BlockDeviceMapping", json::array{mapping(named().snapshot)}}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, A_version_that_takes_it_from_a_parameter) {
  leave_four();
  put_parameter({{"Name", "/golden"}, {"Value", named().image}, {"DataType", "aws:ec2:image"}});
  launch_template("other", {{"ImageId", "resolve:ssm:/golden"}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, But_not_a_version_whose_parameter_is_gone) {
  leave_four();
  put_parameter({{"Name", "/golden"}, {"Value", named().image}, {"DataType", "aws:ec2:image"}});
  launch_template("other", {{"ImageId", "resolve:ssm:/golden"}});
  aws("ssm", "DeleteParameter", {{"Name", "/golden"}});
  run_well();
  EXPECT_THAT(images(), UnorderedElementsAre(old[3].image, output("ImageId")));
}

TEST_F(ReferencesTest, Its_version_is_the_default) {
  leave_four();
  aws("ec2", "ModifyLaunchTemplate",
      {{"LaunchTemplateName", "web"}, {"SetDefaultVersion", named().version}});
  expect_only_the_named_stays(false);
}

TEST_F(ReferencesTest, Its_version_is_a_templates_latest) {
  leave_four();
  launch_template("other", {{"ImageId", "ami-0abcdef1234567890"}});
  aws("ec2", "CreateLaunchTemplateVersion",
      {{"LaunchTemplateName", "other"},
       {"VersionDescription", support::description_of({.execution = "old-1"})},
       {"LaunchTemplateData", {{"ImageId", named().image}}}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, A_group_that_runs_its_version) {
  leave_four();
  group("other", runs_named_version());
  expect_only_the_named_stays(false);
}

TEST_F(ReferencesTest, A_group_with_an_override_that_runs_its_version) {
  leave_four();
  mixed_group({{"LaunchTemplateSpecification", runs_named_version()["LaunchTemplate"]}});
  expect_only_the_named_stays(false);
}

TEST_F(ReferencesTest, A_group_with_an_override_that_names_it) {
  leave_four();
  mixed_group({{"ImageId", named().image}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, An_instance_refresh_under_way_to_its_version) {
  leave_four();
  group("other", {{"LaunchTemplate", {{"LaunchTemplateName", "web"}, {"Version", "1"}}},
                  {"DesiredCapacity", 1}});
  machine.pass(std::chrono::minutes(2));
  // It comes to nothing meanwhile: no instance runs the version yet.
  aws("autoscaling", "SuspendProcesses",
      {{"AutoScalingGroupName", "other"}, {"ScalingProcesses", {"Launch", "Terminate"}}});
  aws("autoscaling", "StartInstanceRefresh",
      {{"AutoScalingGroupName", "other"}, {"DesiredConfiguration", runs_named_version()}});
  expect_only_the_named_stays(false);
}

TEST_F(ReferencesTest, A_launch_configuration) {
  leave_four();
  aws("autoscaling", "CreateLaunchConfiguration",
      {{"LaunchConfigurationName", "legacy"},
       {"ImageId", named().image},
       {"InstanceType", "t3.micro"}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, A_launch_configuration_that_makes_a_volume_from_its_snapshot) {
  leave_four();
  aws("autoscaling", "CreateLaunchConfiguration",
      {{"LaunchConfigurationName", "legacy"},
       {"ImageId", "ami-0abcdef1234567890"},
       {"InstanceType", "t3.micro"},
       {"BlockDeviceMappings", json::array{mapping(named().snapshot)}}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, A_parameter_of_the_pipeline) {
  leave_four();
  const json::object tag{{"Key", "codepipeline-agent:pipeline"}, {"Value", "shop"}};
  put_parameter({{"Name", "/published"},
                 {"Value", R"({"image":")" + named().image + R"("})"},
                 {"Tags", json::array{tag}}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, A_launch_permission_of_another_account) {
  leave_four();
  const json::object other{{"UserId", "444455556666"}};
  aws("ec2", "ModifyImageAttribute",
      {{"ImageId", named().image}, {"LaunchPermission", {{"Add", json::array{other}}}}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, Everybodys_launch_permission) {
  leave_four();
  const json::object all{{"Group", "all"}};
  aws("ec2", "ModifyImageAttribute",
      {{"ImageId", named().image}, {"LaunchPermission", {{"Add", json::array{all}}}}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, Protection_from_deregistration) {
  leave_four();
  aws("ec2", "EnableImageDeregistrationProtection", {{"ImageId", named().image}});
  expect_only_the_named_stays(true);
}

TEST_F(ReferencesTest, A_snapshot_that_another_image_starts_from_stays_alone) {
  leave_four();
  auto device = mapping(named().snapshot);
  device["DeviceName"] = "/dev/xvda";
  const auto reply = aws("ec2", "RegisterImage",
                         {{"Name", "mine"},
                          {"RootDeviceName", "/dev/xvda"},
                          {"Architecture", "x86_64"},
                          {"VirtualizationType", "hvm"},
                          {"BlockDeviceMapping", json::array{device}}});
  const auto began = machine.now();
  run_well();
  EXPECT_THAT(images(),
              UnorderedElementsAre(text(reply, "imageId"), old[3].image, output("ImageId")));
  EXPECT_EQ(std::ranges::count(snapshots(), named().snapshot), 1);
  EXPECT_EQ(snapshots().size(), 3U);
  EXPECT_LT(machine.now() - began, std::chrono::minutes(4)) << "it has waited for the snapshot";
}

}  // namespace
}  // namespace actions
