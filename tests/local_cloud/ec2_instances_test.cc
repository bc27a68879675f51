#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::StartsWith;

json::object one(const std::string& id) {
  return {{"InstanceId", json::array{id}}};
}

json::object launch(std::string_view image, json::object more = {}) {
  more.insert({{"ImageId", image}, {"MinCount", "1"}, {"MaxCount", "1"}});
  return more;
}

std::string status_of(TestAccount& cloud, const std::string& id) {
  auto asked = one(id);
  asked["IncludeAllInstances"] = "true";
  const auto shown =
      TestAccount::first(cloud.ec2("DescribeInstanceStatus", asked), "instanceStatusSet");
  return text(member(shown, "instanceStatus"), "status");
}

TEST(Ec2RunInstances, An_instance_is_invisible_then_pending_then_running) {
  TestAccount cloud;
  const auto answer = cloud.ec2("RunInstances", launch(ec2::public_image));
  const auto made = TestAccount::first(answer, "instancesSet");
  const auto id = text(made, "instanceId");
  EXPECT_EQ(text(member(made, "instanceState"), "name"), "pending");
  EXPECT_EQ(text(member(made, "instanceState"), "code"), "0");
  EXPECT_EQ(cloud.ec2_error("DescribeInstances", one(id)),
            "400 InvalidInstanceID.NotFound: The instance ID '" + id + "' does not exist");
  cloud.pass(seconds(2));
  EXPECT_EQ(cloud.state(id), "pending");
  cloud.pass(seconds(8));
  EXPECT_EQ(cloud.state(id), "running");
  EXPECT_EQ(status_of(cloud, id), "initializing");
  cloud.pass(seconds(20));
  EXPECT_EQ(status_of(cloud, id), "ok");
}

TEST(Ec2RunInstances, What_it_is_told_is_what_instances_have) {
  TestAccount cloud;
  const json::object tag{{"Key", "Name"}, {"Value", "web"}};
  const auto tagged = [&](std::string_view type) {
    return json::object{{"ResourceType", type}, {"Tag", json::array{tag}}};
  };
  const auto id = cloud.running_instance(
      {{"InstanceType", "t3.large"},
       {"KeyName", "local"},
       {"Placement", json::object{{"AvailabilityZone", "eu-west-1b"}}},
       {"IamInstanceProfile", json::object{{"Name", "worker"}}},
       {"MetadataOptions", json::object{{"HttpTokens", "required"}}},
       {"Monitoring", json::object{{"Enabled", "true"}}},
       {"TagSpecification", json::array{tagged("instance"), tagged("volume")}}});
  const auto instance = cloud.instance(id);
  EXPECT_EQ(text(instance, "instanceType"), "t3.large");
  EXPECT_EQ(text(instance, "keyName"), "local");
  EXPECT_EQ(text(member(instance, "placement"), "availabilityZone"), "eu-west-1b");
  EXPECT_EQ(text(member(instance, "iamInstanceProfile"), "arn"),
            "arn:aws:iam::123456789012:instance-profile/worker");
  EXPECT_EQ(text(member(instance, "metadataOptions"), "httpTokens"), "required");
  EXPECT_EQ(text(member(instance, "monitoring"), "state"), "enabled");
  EXPECT_EQ(text(TestAccount::first(instance, "tagSet"), "value"), "web");
  EXPECT_THAT(text(instance, "privateIpAddress"), StartsWith("172.31.16."));
  const auto volumes =
      cloud.ec2("DescribeVolumes", {{"Filter", filter("attachment.instance-id", {id})}});
  const auto volume = TestAccount::first(volumes, "volumeSet");
  EXPECT_EQ(text(volume, "size"), "8");
  EXPECT_EQ(text(volume, "status"), "in-use");
  EXPECT_EQ(text(TestAccount::first(volume, "tagSet"), "value"), "web");
}

TEST(Ec2RunInstances, Several_share_a_reservation) {
  TestAccount cloud;
  cloud.ec2("RunInstances", {{"ImageId", ec2::public_image}, {"MinCount", "2"}, {"MaxCount", "3"}});
  cloud.pass(seconds(2));
  const auto all = cloud.ec2("DescribeInstances");
  EXPECT_EQ(all.at("reservationSet").as_array().size(), 1U);
  EXPECT_THAT(
      TestAccount::all(TestAccount::first(all, "reservationSet"), "instancesSet", "amiLaunchIndex"),
      ElementsAre("0", "1", "2"));
}

TEST(Ec2RunInstances, A_client_token_launches_once) {
  TestAccount cloud;
  auto params = launch(ec2::public_image, {{"ClientToken", "abc"}});
  const auto first = cloud.ec2("RunInstances", params);
  EXPECT_EQ(cloud.ec2("RunInstances", params), first);
  params["InstanceType"] = "t3.large";
  EXPECT_THAT(cloud.ec2_error("RunInstances", params),
              StartsWith("400 IdempotentParameterMismatch"));
  cloud.pass(seconds(10));
  EXPECT_EQ(cloud.ec2("DescribeInstances").at("reservationSet").as_array().size(), 1U);
  params.erase("InstanceType");
  const auto again = TestAccount::first(cloud.ec2("RunInstances", params), "instancesSet");
  EXPECT_EQ(text(member(again, "instanceState"), "name"), "running");
}

TEST(Ec2RunInstances, What_cannot_be_launched_leaves_no_trace) {
  TestAccount cloud;
  const auto error = [&](json::object more) {
    return cloud.ec2_error("RunInstances", launch(ec2::public_image, std::move(more)));
  };
  const json::object small{{"DeviceName", "/dev/xvda"}, {"Ebs", json::object{{"VolumeSize", "4"}}}};
  EXPECT_THAT(cloud.ec2_error("RunInstances", {{"MinCount", "1"}, {"MaxCount", "1"}}),
              StartsWith("400 MissingParameter"));
  EXPECT_THAT(cloud.ec2_error("RunInstances", launch("ami-00000000")),
              StartsWith("400 InvalidAMIID.NotFound"));
  EXPECT_THAT(cloud.ec2_error("RunInstances", launch("image")),
              StartsWith("400 InvalidAMIID.Malformed"));
  EXPECT_THAT(error({{"KeyName", "nobody's"}}), StartsWith("400 InvalidKeyPair.NotFound"));
  EXPECT_THAT(error({{"SecurityGroupId", json::array{"sg-00000000"}}}),
              StartsWith("400 InvalidGroup.NotFound"));
  EXPECT_THAT(error({{"SubnetId", "subnet-00000000"}}), StartsWith("400 InvalidSubnetID.NotFound"));
  EXPECT_THAT(error({{"InstanceType", "t4g.micro"}}), StartsWith("400 InvalidParameterValue"));
  EXPECT_THAT(error({{"BlockDeviceMapping", json::array{small}}}),
              StartsWith("400 InvalidBlockDeviceMapping: Volume of size 4GB is smaller than"));
  EXPECT_THAT(
      cloud.ec2_error("RunInstances",
                      {{"ImageId", ec2::public_image}, {"MinCount", "2"}, {"MaxCount", "1"}}),
      StartsWith("400 InvalidParameterValue"));
  cloud.pass(seconds(60));
  EXPECT_TRUE(cloud.ec2("DescribeInstances").at("reservationSet").as_array().empty());
  EXPECT_TRUE(cloud.ec2("DescribeVolumes").at("volumeSet").as_array().empty());
}

TEST(Ec2RunInstances, A_pending_image_cannot_be_launched_yet) {
  TestAccount cloud;
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.pass(seconds(2));
  EXPECT_THAT(cloud.ec2_error("RunInstances", launch(image)),
              StartsWith("400 InvalidAMIID.Unavailable"));
  cloud.pass(seconds(98));
  EXPECT_EQ(cloud.ec2_error("RunInstances", launch(image)), "");
}

TEST(Ec2RunInstances, A_template_tells_what_the_request_does_not) {
  TestAccount cloud;
  cloud.launch_template("web", {{"InstanceType", "t3.large"}, {"KeyName", "local"}});
  const auto answer =
      cloud.ec2("RunInstances", {{"LaunchTemplate", json::object{{"LaunchTemplateName", "web"}}},
                                 {"InstanceType", "t3.nano"},
                                 {"MinCount", "1"},
                                 {"MaxCount", "1"}});
  const auto instance = TestAccount::first(answer, "instancesSet");
  EXPECT_EQ(text(instance, "instanceType"), "t3.nano");
  EXPECT_EQ(text(instance, "keyName"), "local");
  EXPECT_THAT(TestAccount::all(instance, "tagSet", "key"),
              ElementsAre("aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version"));
}

TEST(Ec2Instances, They_stop_and_start_again) {
  TestAccount cloud;
  const auto id = cloud.running_instance();
  const auto answer = TestAccount::first(cloud.ec2("StopInstances", one(id)), "instancesSet");
  EXPECT_EQ(text(member(answer, "previousState"), "name"), "running");
  EXPECT_EQ(text(member(answer, "currentState"), "name"), "stopping");
  EXPECT_THAT(cloud.ec2_error("StartInstances", one(id)), StartsWith("400 IncorrectInstanceState"));
  cloud.pass(seconds(5));
  EXPECT_EQ(cloud.state(id), "stopped");
  EXPECT_EQ(status_of(cloud, id), "not-applicable");
  EXPECT_THAT(cloud.ec2_error("RebootInstances", one(id)),
              StartsWith("400 IncorrectInstanceState"));
  cloud.ec2("StartInstances", one(id));
  EXPECT_EQ(cloud.state(id), "pending");
  cloud.pass(seconds(10));
  EXPECT_EQ(cloud.state(id), "running");
}

TEST(Ec2Instances, A_reboot_is_seen_in_the_status_checks_alone) {
  TestAccount cloud;
  const auto id = cloud.running_instance();
  cloud.ec2("RebootInstances", one(id));
  EXPECT_EQ(cloud.state(id), "running");
  EXPECT_EQ(status_of(cloud, id), "initializing");
  cloud.pass(seconds(20));
  EXPECT_EQ(status_of(cloud, id), "ok");
}

TEST(Ec2Instances, Terminated_ones_are_shown_for_an_hour) {
  TestAccount cloud;
  const auto id = cloud.running_instance();
  cloud.ec2("TerminateInstances", one(id));
  EXPECT_EQ(cloud.state(id), "shutting-down");
  cloud.pass(seconds(5));
  EXPECT_EQ(cloud.state(id), "terminated");
  EXPECT_EQ(text(member(cloud.instance(id), "stateReason"), "code"),
            "Client.UserInitiatedShutdown");
  EXPECT_EQ(cloud.ec2_error("TerminateInstances", one(id)), "");
  cloud.pass(std::chrono::hours(1));
  EXPECT_THAT(cloud.ec2_error("DescribeInstances", one(id)),
              StartsWith("400 InvalidInstanceID.NotFound"));
}

TEST(Ec2Instances, Volumes_go_with_them_unless_they_are_to_be_kept) {
  TestAccount cloud;
  const json::object kept{
      {"DeviceName", "/dev/sdb"},
      {"Ebs", json::object{{"VolumeSize", "20"}, {"DeleteOnTermination", "false"}}}};
  const auto id = cloud.running_instance({{"BlockDeviceMapping", json::array{kept}}});
  cloud.ec2("TerminateInstances", one(id));
  EXPECT_EQ(cloud.ec2("DescribeVolumes").at("volumeSet").as_array().size(), 2U);
  cloud.pass(seconds(5));
  const auto left = cloud.ec2("DescribeVolumes");
  EXPECT_THAT(TestAccount::all(left, "volumeSet", "size"), ElementsAre("20"));
  EXPECT_THAT(TestAccount::all(left, "volumeSet", "status"), ElementsAre("available"));
  const auto volume = text(TestAccount::first(left, "volumeSet"), "volumeId");
  cloud.ec2("DeleteVolume", {{"VolumeId", volume}});
  EXPECT_THAT(cloud.ec2_error("DeleteVolume", {{"VolumeId", volume}}),
              StartsWith("400 InvalidVolume.NotFound"));
}

TEST(Ec2Instances, An_attached_volume_cannot_be_deleted) {
  TestAccount cloud;
  cloud.running_instance();
  const auto volume = TestAccount::first(cloud.ec2("DescribeVolumes"), "volumeSet");
  EXPECT_THAT(cloud.ec2_error("DeleteVolume", {{"VolumeId", volume.at("volumeId")}}),
              StartsWith("400 VolumeInUse"));
}

TEST(Ec2Instances, One_that_is_protected_is_not_terminated) {
  TestAccount cloud;
  const auto id = cloud.running_instance({{"DisableApiTermination", "true"}});
  EXPECT_THAT(cloud.ec2_error("TerminateInstances", one(id)),
              StartsWith("400 OperationNotPermitted"));
  EXPECT_EQ(cloud.state(id), "running");
}

TEST(Ec2Instances, They_are_found_by_filters) {
  TestAccount cloud;
  const auto first = cloud.running_instance({{"InstanceType", "t3.nano"}});
  const auto second = cloud.running_instance({{"InstanceType", "t3.large"}});
  cloud.ec2("StopInstances", one(first));
  const auto found = [&](std::string_view name, json::array values) {
    std::vector<std::string> ids;
    const auto answer =
        cloud.ec2("DescribeInstances", {{"Filter", filter(name, std::move(values))}});
    for (const auto* reservation : agent::base::objects(answer, "reservationSet")) {
      ids.push_back(text(TestAccount::first(*reservation, "instancesSet"), "instanceId"));
    }
    return ids;
  };
  EXPECT_THAT(found("instance-state-name", {"running"}), ElementsAre(second));
  EXPECT_THAT(found("instance-state-code", {"64"}), ElementsAre(first));
  EXPECT_THAT(found("instance-type", {"t3.*"}), ElementsAre(first, second));
  EXPECT_THAT(found("image-id", {ec2::public_image}), ElementsAre(first, second));
  EXPECT_THAT(found("availability-zone", {"eu-west-1b"}), ElementsAre());
}

TEST(Ec2Instances, Ids_that_are_unknown_or_malformed_are_refused) {
  TestAccount cloud;
  for (const auto* operation :
       {"DescribeInstances", "StartInstances", "StopInstances", "RebootInstances",
        "TerminateInstances", "DescribeInstanceStatus"}) {
    EXPECT_THAT(cloud.ec2_error(operation, one("i-00000000")),
                StartsWith("400 InvalidInstanceID.NotFound"));
    EXPECT_THAT(cloud.ec2_error(operation, one("i-xyz")),
                StartsWith("400 InvalidInstanceID.Malformed"));
  }
}

}  // namespace
}  // namespace local_cloud
