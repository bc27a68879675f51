#include <gmock/gmock.h>

#include "tests/local_cloud/autoscaling_group_fields.h"
#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

json::object from_template(std::string_view name, std::string_view version = "") {
  json::object from{{"LaunchTemplateName", name}};
  if (!version.empty()) from["Version"] = version;
  return from;
}

// Parameters for a group "web" of the template "web".
json::object web(json::object more = {}) {
  more.insert({{"AutoScalingGroupName", "web"},
               {"MinSize", "0"},
               {"MaxSize", "4"},
               {"AvailabilityZones", json::array{"eu-west-1a", "eu-west-1b"}}});
  if (!more.contains("LaunchTemplate") && !more.contains("MixedInstancesPolicy") &&
      !more.contains("LaunchConfigurationName")) {
    more["LaunchTemplate"] = from_template("web");
  }
  return more;
}

json::object named(json::object more = {}) {
  more["AutoScalingGroupName"] = "web";
  return more;
}

TEST(AutoScalingGroups, A_group_is_shown_as_it_was_made) {
  TestAccount cloud;
  const auto made = cloud.launch_template("web");
  const json::object tag{{"Key", "team"}, {"Value", "red"}, {"PropagateAtLaunch", "true"}};
  cloud.groups("CreateAutoScalingGroup", web({{"DesiredCapacity", "0"},
                                              {"HealthCheckGracePeriod", "30"},
                                              {"Tags", json::array{tag}}}));
  const auto group = cloud.group("web");
  EXPECT_EQ(text(group, "MaxSize"), "4");
  EXPECT_EQ(text(group, "HealthCheckType"), "EC2");
  EXPECT_EQ(text(group, "HealthCheckGracePeriod"), "30");
  EXPECT_EQ(text(group, "CreatedTime"), "2026-01-02T00:00:00.000Z");
  EXPECT_THAT(text(group, "AutoScalingGroupARN"),
              StartsWith("arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:"));
  EXPECT_EQ(member(group, "LaunchTemplate"),
            (json::object{{"LaunchTemplateId", made.at("launchTemplateId")},
                          {"LaunchTemplateName", "web"},
                          {"Version", "$Default"}}));
  EXPECT_EQ(text(TestAccount::first(group, "Tags"), "ResourceId"), "web");
  EXPECT_FALSE(group.contains("Status"));
}

TEST(AutoScalingGroups, Unknown_names_are_an_empty_list) {
  TestAccount cloud;
  const auto answer =
      cloud.groups("DescribeAutoScalingGroups", {{"AutoScalingGroupNames", json::array{"nobody"}}});
  EXPECT_TRUE(answer.at("AutoScalingGroups").as_array().empty());
}

TEST(AutoScalingGroups, Subnets_decide_the_zones) {
  TestAccount cloud;
  cloud.launch_template("web");
  const auto subnets = TestAccount::all(cloud.ec2("DescribeSubnets"), "subnetSet", "subnetId");
  auto params = web({{"VPCZoneIdentifier", subnets[1] + ", " + subnets[2]}});
  params.erase("AvailabilityZones");
  cloud.groups("CreateAutoScalingGroup", params);
  const auto group = cloud.group("web");
  EXPECT_EQ(text(group, "VPCZoneIdentifier"), subnets[1] + "," + subnets[2]);
  EXPECT_THAT(group.at("AvailabilityZones").as_array(), ElementsAre("eu-west-1b", "eu-west-1c"));
}

TEST(AutoScalingGroups, What_makes_no_group_is_refused) {
  TestAccount cloud;
  cloud.launch_template("web");
  const auto error = [&](json::object more) {
    return cloud.groups_error("CreateAutoScalingGroup", web(std::move(more)));
  };
  EXPECT_THAT(error({{"MinSize", "5"}}),
              StartsWith("400 ValidationError: Max bound, 4, must be greater than or equal to"));
  EXPECT_THAT(error({{"DesiredCapacity", "5"}}),
              StartsWith("400 ValidationError: Desired capacity:5 must be between"));
  EXPECT_THAT(error({{"AvailabilityZones", json::array()}}),
              StartsWith("400 ValidationError: At least one Availability Zone"));
  EXPECT_THAT(error({{"AvailabilityZones", json::array{"us-east-1a"}}}),
              StartsWith("400 ValidationError: Invalid availability zones"));
  EXPECT_THAT(error({{"VPCZoneIdentifier", "subnet-00000000"}}),
              StartsWith("400 ValidationError: The subnet ID 'subnet-00000000' does not exist"));
  EXPECT_THAT(error({{"LaunchConfigurationName", "old"}, {"LaunchTemplate", from_template("web")}}),
              StartsWith("400 ValidationError: Valid requests must contain either"));
  EXPECT_THAT(error({{"LaunchTemplate", from_template("wbe")}}),
              HasSubstr("with template name wbe, does not exist."));
  EXPECT_THAT(
      error({{"LaunchTemplate", from_template("web", "9")}}),
      StartsWith("400 ValidationError: You must use a valid fully-formed launch template."));
  EXPECT_THAT(error({{"LaunchConfigurationName", "old"}}),
              StartsWith("400 ValidationError: Launch configuration name not found"));
  EXPECT_THAT(cloud.groups_error("CreateAutoScalingGroup", {{"AutoScalingGroupName", "web"}}),
              StartsWith("400 ValidationError: 1 validation error detected: Value null at "
                         "'minSize'"));
  EXPECT_THAT(error({{"Colour", "red"}}), StartsWith("400 ValidationError"));
  EXPECT_EQ(error({}), "");
  EXPECT_THAT(error({}), StartsWith("400 AlreadyExists"));
}

TEST(AutoScalingGroups, A_template_has_to_be_launchable) {
  TestAccount cloud;
  cloud.launch_template("web", {{"ImageId", "ami-00000000"}});
  EXPECT_EQ(cloud.groups_error("CreateAutoScalingGroup", web()),
            "400 ValidationError: You must use a valid fully-formed launch template. The image id "
            "'[ami-00000000]' does not exist");
}

TEST(AutoScalingGroups, A_mixed_policy_is_shown_whole_and_used) {
  TestAccount cloud;
  cloud.launch_template("web");
  const json::object policy{
      {"LaunchTemplate",
       json::object{{"LaunchTemplateSpecification", from_template("web", "$Latest")},
                    {"Overrides", json::array{json::object{{"InstanceType", "t3.large"},
                                                           {"WeightedCapacity", "2"}},
                                              json::object{{"InstanceType", "t3.nano"}}}}}},
      {"InstancesDistribution", json::object{{"OnDemandBaseCapacity", "1"}}}};
  cloud.groups("CreateAutoScalingGroup",
               web({{"MixedInstancesPolicy", policy}, {"DesiredCapacity", "3"}}));
  const auto group = cloud.group("web");
  const auto& shown = member(group, "MixedInstancesPolicy");
  EXPECT_EQ(text(member(member(shown, "LaunchTemplate"), "LaunchTemplateSpecification"), "Version"),
            "$Latest");
  EXPECT_THAT(TestAccount::all(member(shown, "LaunchTemplate"), "Overrides", "InstanceType"),
              ElementsAre("t3.large", "t3.nano"));
  EXPECT_EQ(text(member(shown, "InstancesDistribution"), "OnDemandBaseCapacity"), "1");
  EXPECT_EQ(text(member(shown, "InstancesDistribution"), "SpotAllocationStrategy"), "lowest-price");
  EXPECT_THAT(TestAccount::all(group, "Instances", "InstanceType"),
              ElementsAre("t3.large", "t3.large"));
  EXPECT_THAT(TestAccount::all(group, "Instances", "WeightedCapacity"), ElementsAre("2", "2"));
}

TEST(AutoScalingGroups, An_update_changes_what_it_names) {
  TestAccount cloud;
  cloud.launch_template("web");
  cloud.groups("CreateAutoScalingGroup", web({{"DesiredCapacity", "1"}, {"Context", "kept"}}));
  cloud.groups("UpdateAutoScalingGroup", named({{"MinSize", "2"},
                                                {"HealthCheckType", "ELB"},
                                                {"LaunchTemplate", from_template("web", "1")}}));
  auto group = cloud.group("web");
  EXPECT_EQ(text(group, "DesiredCapacity"), "2");
  EXPECT_EQ(text(group, "HealthCheckType"), "ELB");
  EXPECT_EQ(text(group, "Context"), "kept");
  EXPECT_EQ(text(member(group, "LaunchTemplate"), "Version"), "1");
  cloud.groups("UpdateAutoScalingGroup", named({{"MinSize", "0"}, {"MaxSize", "1"}}));
  EXPECT_EQ(text(cloud.group("web"), "DesiredCapacity"), "1");
  EXPECT_THAT(cloud.groups_error("UpdateAutoScalingGroup", named({{"MinSize", "3"}})),
              StartsWith("400 ValidationError"));
  EXPECT_EQ(text(cloud.group("web"), "MinSize"), "0");
}

TEST(AutoScalingGroups, Operations_on_an_unknown_group_name_it) {
  TestAccount cloud;
  for (const auto* operation : {"UpdateAutoScalingGroup", "DeleteAutoScalingGroup",
                                "SuspendProcesses", "ResumeProcesses", "ExitStandby"}) {
    EXPECT_EQ(cloud.groups_error(operation, named()),
              "400 ValidationError: AutoScalingGroup name not found - AutoScalingGroup web not "
              "found");
  }
  EXPECT_EQ(cloud.groups_error("DescribeTeapots"), "unknown operation");
}

TEST(AutoScalingGroups, They_come_in_pages_and_by_tag) {
  TestAccount cloud;
  cloud.launch_template("web");
  for (const auto* name : {"one", "two", "three"}) {
    const json::object tag{{"Key", "name"}, {"Value", name}};
    cloud.groups("CreateAutoScalingGroup",
                 web({{"AutoScalingGroupName", name}, {"Tags", json::array{tag}}}));
  }
  const auto names = [](const json::object& answer) {
    return TestAccount::all(answer, "AutoScalingGroups", "AutoScalingGroupName");
  };
  const auto page = cloud.groups("DescribeAutoScalingGroups", {{"MaxRecords", "2"}});
  EXPECT_THAT(names(page), ElementsAre("one", "two"));
  EXPECT_THAT(names(cloud.groups("DescribeAutoScalingGroups",
                                 {{"MaxRecords", "2"}, {"NextToken", page.at("NextToken")}})),
              ElementsAre("three"));
  const json::object filter{{"Name", "tag:name"}, {"Values", json::array{"two"}}};
  EXPECT_THAT(names(cloud.groups("DescribeAutoScalingGroups", {{"Filters", json::array{filter}}})),
              ElementsAre("two"));
  EXPECT_THAT(cloud.groups_error("DescribeAutoScalingGroups", {{"MaxRecords", "101"}}),
              StartsWith("400 ValidationError"));
  EXPECT_THAT(cloud.groups_error("DescribeAutoScalingGroups", {{"NextToken", "what"}}),
              StartsWith("400 InvalidNextToken"));
}

TEST(AutoScalingGroups, Only_an_empty_one_is_deleted_without_force) {
  TestAccount cloud;
  cloud.launch_template("web");
  cloud.groups("CreateAutoScalingGroup", web({{"DesiredCapacity", "2"}}));
  EXPECT_THAT(cloud.groups_error("DeleteAutoScalingGroup", named()),
              StartsWith("400 ScalingActivityInProgress"));
  cloud.pass(seconds(10));
  EXPECT_THAT(cloud.groups_error("DeleteAutoScalingGroup", named()),
              StartsWith("400 ResourceInUse"));
  cloud.groups("DeleteAutoScalingGroup", named({{"ForceDelete", "true"}}));
  EXPECT_EQ(text(cloud.group("web"), "Status"), "Delete in progress");
  EXPECT_THAT(cloud.groups_error("UpdateAutoScalingGroup", named()),
              StartsWith("400 ValidationError"));
  EXPECT_THAT(cloud.groups_error("CreateAutoScalingGroup", web()), StartsWith("400 AlreadyExists"));
  cloud.pass(seconds(5));
  EXPECT_TRUE(cloud.group("web").empty());
  EXPECT_EQ(cloud.groups_error("CreateAutoScalingGroup", web()), "");
  EXPECT_EQ(cloud.groups_error("DeleteAutoScalingGroup", named()), "");
  EXPECT_TRUE(cloud.group("web").empty());
}

TEST(AutoScalingGroups, The_desired_capacity_keeps_its_bounds_and_the_cooldown) {
  TestAccount cloud;
  cloud.launch_template("web");
  cloud.groups("CreateAutoScalingGroup", web({{"MinSize", "1"}, {"DefaultCooldown", "60"}}));
  const auto set = [&](std::string_view desired, std::string_view honor) {
    return cloud.groups_error("SetDesiredCapacity",
                              named({{"DesiredCapacity", desired}, {"HonorCooldown", honor}}));
  };
  EXPECT_EQ(set("5", "false"),
            "400 ValidationError: New SetDesiredCapacity value 5 is above max value 4 for the "
            "AutoScalingGroup.");
  EXPECT_EQ(set("0", "false"),
            "400 ValidationError: New SetDesiredCapacity value 0 is below min value 1 for the "
            "AutoScalingGroup.");
  EXPECT_THAT(set("2", "true"), StartsWith("400 ScalingActivityInProgress"));
  EXPECT_EQ(set("2", "false"), "");
  cloud.pass(seconds(60));
  EXPECT_EQ(set("3", "true"), "");
  EXPECT_EQ(cloud.group("web").at("Instances").as_array().size(), 3U);
}

TEST(AutoScalingTags, They_are_set_listed_and_deleted) {
  TestAccount cloud;
  cloud.launch_template("web");
  cloud.groups("CreateAutoScalingGroup", web());
  const auto tags = [](std::string_view group, std::string_view key, std::string_view value) {
    const json::object tag{{"ResourceId", group},
                           {"ResourceType", "auto-scaling-group"},
                           {"Key", key},
                           {"Value", value},
                           {"PropagateAtLaunch", "false"}};
    return json::object{{"Tags", json::array{tag}}};
  };
  cloud.groups("CreateOrUpdateTags", tags("web", "one", "1"));
  cloud.groups("CreateOrUpdateTags", tags("web", "two", "2"));
  cloud.groups("CreateOrUpdateTags", tags("web", "one", "uno"));
  const json::object filter{{"Name", "key"}, {"Values", json::array{"one"}}};
  const auto found = cloud.groups("DescribeTags", {{"Filters", json::array{filter}}});
  EXPECT_THAT(TestAccount::all(found, "Tags", "Value"), ElementsAre("uno"));
  cloud.groups("DeleteTags", tags("web", "one", "uno"));
  EXPECT_THAT(TestAccount::all(cloud.group("web"), "Tags", "Key"), ElementsAre("two"));
  EXPECT_THAT(cloud.groups_error("CreateOrUpdateTags", tags("wbe", "one", "1")),
              StartsWith("400 ValidationError: AutoScalingGroup name not found"));
  EXPECT_THAT(cloud.groups_error("CreateOrUpdateTags", tags("web", "aws:x", "1")),
              StartsWith("400 ValidationError"));
}

TEST(AutoScalingLaunchConfigurations, They_are_made_used_and_deleted_when_free) {
  TestAccount cloud;
  const json::object old{{"LaunchConfigurationName", "old"}};
  json::object params{{"LaunchConfigurationName", "old"},
                      {"ImageId", ec2::public_image},
                      {"InstanceType", "t3.nano"},
                      {"IamInstanceProfile", "worker"},
                      {"InstanceMonitoring", json::object{{"Enabled", "false"}}}};
  cloud.groups("CreateLaunchConfiguration", params);
  EXPECT_THAT(cloud.groups_error("CreateLaunchConfiguration", params),
              StartsWith("400 AlreadyExists"));
  params.erase("ImageId");
  params["LaunchConfigurationName"] = "none";
  EXPECT_THAT(cloud.groups_error("CreateLaunchConfiguration", params),
              StartsWith("400 ValidationError: Valid requests must contain either the InstanceID"));
  cloud.groups("CreateAutoScalingGroup",
               web({{"LaunchConfigurationName", "old"}, {"DesiredCapacity", "1"}}));
  const auto instance = TestAccount::first(cloud.group("web"), "Instances");
  EXPECT_EQ(text(instance, "LaunchConfigurationName"), "old");
  EXPECT_FALSE(instance.contains("LaunchTemplate"));
  cloud.pass(seconds(10));
  EXPECT_THAT(
      text(member(cloud.instance(text(instance, "InstanceId")), "iamInstanceProfile"), "arn"),
      HasSubstr("instance-profile/worker"));
  EXPECT_THAT(cloud.groups_error("DeleteLaunchConfiguration", old),
              StartsWith("400 ResourceInUse"));
  cloud.groups("DeleteAutoScalingGroup", named({{"ForceDelete", "true"}}));
  cloud.pass(seconds(5));
  EXPECT_EQ(cloud.groups_error("DeleteLaunchConfiguration", old), "");
  EXPECT_THAT(cloud.groups_error("DeleteLaunchConfiguration", old),
              StartsWith("400 ValidationError: Launch configuration name not found"));
}

TEST(AutoScalingLaunchConfigurations, One_is_modelled_on_an_instance_without_its_devices) {
  TestAccount cloud;
  const json::object disk{{"DeviceName", "/dev/sdb"}, {"Ebs", json::object{{"VolumeSize", "20"}}}};
  const auto id = cloud.running_instance({{"InstanceType", "t3.large"},
                                          {"KeyName", "local"},
                                          {"BlockDeviceMapping", json::array{disk}}});
  cloud.groups("CreateLaunchConfiguration",
               {{"LaunchConfigurationName", "like"}, {"InstanceId", id}, {"KeyName", "other"}});
  const auto made =
      TestAccount::first(cloud.groups("DescribeLaunchConfigurations"), "LaunchConfigurations");
  EXPECT_EQ(text(made, "ImageId"), ec2::public_image);
  EXPECT_EQ(text(made, "InstanceType"), "t3.large");
  EXPECT_EQ(text(made, "KeyName"), "other");
  EXPECT_TRUE(made.at("BlockDeviceMappings").as_array().empty());
  EXPECT_EQ(made.at("SecurityGroups").as_array().size(), 1U);
}

}  // namespace
}  // namespace local_cloud
