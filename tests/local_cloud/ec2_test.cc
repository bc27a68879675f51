#include "tests/local_cloud/ec2.h"

#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::text;
using testing::Contains;
using testing::Not;
using testing::StartsWith;

TEST(Ec2, Answers_the_errors_of_the_api_for_wrong_requests) {
  TestAccount cloud;
  EXPECT_EQ(cloud.ec2_error("DescribeTeapots"), "unknown operation");
  EXPECT_EQ(cloud.ec2_error("DescribeImages", {{"Colour", "red"}}),
            "400 UnknownParameter: The parameter Colour is not recognized");
  EXPECT_EQ(cloud.ec2_error("CreateImage", {{"Name", "abc"}}),
            "400 MissingParameter: The request must contain the parameter InstanceId");
  EXPECT_THAT(cloud.ec2_error("DescribeImages", {{"DryRun", "perhaps"}}),
              StartsWith("400 InvalidParameterValue"));
}

TEST(Ec2, A_dry_run_says_what_would_happen_and_changes_nothing) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  const json::object params{{"InstanceId", instance}, {"Name", "web"}, {"DryRun", "true"}};
  EXPECT_EQ(cloud.ec2_error("CreateImage", params),
            "412 DryRunOperation: Request would have succeeded, but DryRun flag is set.");
  EXPECT_NE(cloud.image_of(instance, "web"), "");
  EXPECT_THAT(cloud.ec2_error("CreateImage", params), StartsWith("400 InvalidAMIName.Duplicate"));
}

TEST(Ec2, Ids_look_real_and_are_the_same_in_every_run) {
  TestAccount one;
  TestAccount two;
  const auto id = one.running_instance();
  EXPECT_TRUE(ec2::is_id(id, "i"));
  EXPECT_EQ(id.size(), std::string("i-").size() + 17);
  EXPECT_EQ(id, two.running_instance());
  EXPECT_NE(id, one.running_instance());
}

TEST(Ec2, Regions_and_accounts_are_worlds_of_their_own) {
  TestAccount cloud;
  const auto id = cloud.running_instance();
  cloud.region = "us-east-1";
  EXPECT_THAT(cloud.ec2_error("StopInstances", {{"InstanceId", json::array{id}}}),
              StartsWith("400 InvalidInstanceID.NotFound"));
  EXPECT_NE(cloud.running_instance(), id);
  cloud.region = "eu-west-1";
  cloud.account = "999999999999";
  EXPECT_THAT(cloud.ec2_error("StopInstances", {{"InstanceId", json::array{id}}}),
              StartsWith("400 InvalidInstanceID.NotFound"));
}

TEST(Ec2, A_region_has_a_default_network) {
  TestAccount cloud;
  const auto vpc = text(TestAccount::first(cloud.ec2("DescribeVpcs"), "vpcSet"), "vpcId");
  const auto subnets = cloud.ec2("DescribeSubnets", {{"Filter", filter("vpc-id", {vpc})}});
  EXPECT_THAT(TestAccount::all(subnets, "subnetSet", "availabilityZone"),
              testing::ElementsAre("eu-west-1a", "eu-west-1b", "eu-west-1c"));
  EXPECT_EQ(TestAccount::all(cloud.ec2("DescribeSecurityGroups"), "securityGroupInfo", "groupName"),
            std::vector<std::string>{"default"});
  EXPECT_THAT(TestAccount::all(cloud.ec2("DescribeKeyPairs"), "keySet", "keyName"),
              testing::ElementsAre("local"));
  EXPECT_THAT(TestAccount::all(cloud.ec2("DescribeRegions"), "regionInfo", "regionName"),
              Contains("eu-west-1"));
  EXPECT_THAT(
      TestAccount::all(cloud.ec2("DescribeAvailabilityZones"), "availabilityZoneInfo", "zoneName"),
      testing::ElementsAre("eu-west-1a", "eu-west-1b", "eu-west-1c"));
}

TEST(Ec2, Security_groups_and_keys_can_be_added) {
  TestAccount cloud;
  const auto group =
      text(cloud.ec2("CreateSecurityGroup", {{"GroupName", "web"}, {"GroupDescription", "Web"}}),
           "groupId");
  EXPECT_EQ(text(TestAccount::first(
                     cloud.ec2("DescribeSecurityGroups", {{"GroupId", json::array{group}}}),
                     "securityGroupInfo"),
                 "groupName"),
            "web");
  EXPECT_THAT(
      cloud.ec2_error("CreateSecurityGroup", {{"GroupName", "web"}, {"GroupDescription", "Web"}}),
      StartsWith("400 InvalidGroup.Duplicate"));
  cloud.ec2("ImportKeyPair", {{"KeyName", "mine"}, {"PublicKeyMaterial", "c3NoLXJzYQ=="}});
  EXPECT_EQ(text(cloud.instance(cloud.running_instance({{"KeyName", "mine"}})), "keyName"), "mine");
  EXPECT_THAT(
      cloud.ec2_error("ImportKeyPair", {{"KeyName", "mine"}, {"PublicKeyMaterial", "eA=="}}),
      StartsWith("400 InvalidKeyPair.Duplicate"));
}

TEST(Ec2, Network_things_that_are_not_there_are_not_found) {
  TestAccount cloud;
  EXPECT_THAT(cloud.ec2_error("DescribeSubnets", {{"SubnetId", json::array{"subnet-00000000"}}}),
              StartsWith("400 InvalidSubnetID.NotFound"));
  EXPECT_THAT(cloud.ec2_error("DescribeVpcs", {{"VpcId", json::array{"vpc-00000000"}}}),
              StartsWith("400 InvalidVpcID.NotFound"));
  EXPECT_THAT(cloud.ec2_error("DescribeSecurityGroups", {{"GroupId", json::array{"sg-00000000"}}}),
              StartsWith("400 InvalidGroup.NotFound"));
  EXPECT_THAT(cloud.ec2_error("DescribeKeyPairs", {{"KeyName", json::array{"none"}}}),
              StartsWith("400 InvalidKeyPair.NotFound"));
  EXPECT_THAT(cloud.ec2_error("DescribeRegions", {{"RegionName", json::array{"mars-1"}}}),
              StartsWith("400 InvalidParameterValue"));
}

}  // namespace
}  // namespace local_cloud
