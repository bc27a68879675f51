#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::StartsWith;

// What a launch is held against: the image and the snapshots behind its devices.
class Ec2LaunchChecks : public testing::Test {
 public:
  json::object with(json::object ebs, std::string_view device = "/dev/xvda") {
    const json::object mapping{{"DeviceName", device}, {"Ebs", std::move(ebs)}};
    return {{"ImageId", ec2::public_image},
            {"MinCount", "1"},
            {"MaxCount", "1"},
            {"BlockDeviceMapping", json::array{mapping}}};
  }
  std::string error(json::object params) {
    return cloud.ec2_error("RunInstances", std::move(params));
  }
  std::string public_snapshot() {
    return text(member(TestAccount::first(cloud.image(std::string(ec2::public_image)),
                                          "blockDeviceMapping"),
                       "ebs"),
                "snapshotId");
  }

  TestAccount cloud;
};

TEST_F(Ec2LaunchChecks, A_volume_cannot_be_smaller_than_the_images_snapshot) {
  EXPECT_EQ(error(with({{"VolumeSize", "7"}})),
            "400 InvalidBlockDeviceMapping: Volume of size 7GB is smaller than snapshot '" +
                public_snapshot() + "', expect size >= 8GB");
  EXPECT_EQ(error(with({{"VolumeSize", "8"}})), "");
}

TEST_F(Ec2LaunchChecks, The_same_is_said_of_a_templates_mapping) {
  const json::object mapping{{"DeviceName", "/dev/xvda"},
                             {"Ebs", json::object{{"VolumeSize", "4"}}}};
  cloud.launch_template("web", {{"BlockDeviceMapping", json::array{mapping}}});
  EXPECT_THAT(error({{"LaunchTemplate", json::object{{"LaunchTemplateName", "web"}}},
                     {"MinCount", "1"},
                     {"MaxCount", "1"}}),
              StartsWith("400 InvalidBlockDeviceMapping: Volume of size 4GB is smaller"));
}

TEST_F(Ec2LaunchChecks, Snapshots_must_be_there_and_complete) {
  EXPECT_EQ(error(with({{"SnapshotId", "snap-00000000"}})),
            "400 InvalidSnapshot.NotFound: The snapshot 'snap-00000000' does not exist");
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.pass(seconds(50));
  const auto mapping = TestAccount::first(cloud.image(image), "blockDeviceMapping");
  const auto snapshot = text(member(mapping, "ebs"), "snapshotId");
  EXPECT_EQ(error(with({{"SnapshotId", snapshot}})),
            "400 IncorrectState: Snapshot is in invalid state - pending");
  cloud.pass(seconds(50));
  EXPECT_EQ(error(with({{"SnapshotId", snapshot}})), "");
}

TEST_F(Ec2LaunchChecks, A_mapping_of_another_device_adds_an_empty_volume) {
  const auto answer = cloud.ec2("RunInstances", with({{"VolumeSize", "3"}}, "/dev/sda1"));
  cloud.pass(seconds(60));
  const auto id = text(TestAccount::first(answer, "instancesSet"), "instanceId");
  EXPECT_THAT(TestAccount::all(cloud.instance(id), "blockDeviceMapping", "deviceName"),
              ElementsAre("/dev/xvda", "/dev/sda1"));
  const auto volumes =
      cloud.ec2("DescribeVolumes", {{"Filter", filter("attachment.device", {"/dev/sda1"})}});
  EXPECT_THAT(TestAccount::all(volumes, "volumeSet", "snapshotId"), ElementsAre(""));
  EXPECT_THAT(TestAccount::all(volumes, "volumeSet", "size"), ElementsAre("3"));
}

TEST_F(Ec2LaunchChecks, Images_must_be_available) {
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.service().fail_next_image("the disk melted");
  const auto failed = cloud.image_of(cloud.running_instance(), "failed");
  const auto launch = [&](const std::string& id) {
    return error({{"ImageId", id}, {"MinCount", "1"}, {"MaxCount", "1"}});
  };
  EXPECT_THAT(launch(image), StartsWith("400 InvalidAMIID.Unavailable"));
  cloud.pass(seconds(100));
  EXPECT_EQ(launch(image), "");
  EXPECT_THAT(launch(failed), StartsWith("400 InvalidAMIID.Unavailable"));
  EXPECT_THAT(launch("ami-00000000"), StartsWith("400 InvalidAMIID.NotFound"));
}

TEST_F(Ec2LaunchChecks, Volumes_are_encrypted_with_the_key_that_they_are_given) {
  const auto key_of = [&](json::object ebs) {
    const auto answer = cloud.ec2("RunInstances", with(std::move(ebs)));
    const auto id = text(TestAccount::first(answer, "instancesSet"), "instanceId");
    cloud.pass(seconds(60));
    const auto volumes =
        cloud.ec2("DescribeVolumes", {{"Filter", filter("attachment.instance-id", {id})}});
    return text(TestAccount::first(volumes, "volumeSet"), "kmsKeyId");
  };
  EXPECT_EQ(key_of({{"VolumeSize", "8"}}), "");
  const auto by_default = key_of({{"Encrypted", "true"}});
  EXPECT_THAT(by_default, StartsWith("arn:aws:kms:eu-west-1:123456789012:key/"));
  EXPECT_EQ(key_of({{"Encrypted", "true"}, {"KmsKeyId", "alias/aws/ebs"}}), by_default);
  EXPECT_NE(key_of({{"Encrypted", "true"}, {"KmsKeyId", "alias/mine"}}), by_default);
  EXPECT_THAT(error(with({{"KmsKeyId", "alias/mine"}})),
              StartsWith("400 InvalidParameterDependency"));
}

}  // namespace
}  // namespace local_cloud
