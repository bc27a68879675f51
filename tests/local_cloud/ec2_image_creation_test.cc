#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

json::object create(const std::string& instance, std::string_view name, json::object more = {}) {
  more.insert({{"InstanceId", instance}, {"Name", name}});
  return more;
}

json::array only_snapshot_of(TestAccount& cloud, const std::string& image) {
  const auto mapping = TestAccount::first(cloud.image(image), "blockDeviceMapping");
  return {text(member(mapping, "ebs"), "snapshotId")};
}

TEST(Ec2CreateImage, An_image_is_invisible_then_pending_then_available) {
  TestAccount cloud;
  const auto id = cloud.image_of(cloud.running_instance(), "web 1");
  const json::object by_id{{"ImageId", json::array{id}}};
  const json::object by_name{{"Filter", filter("name", {"web 1"})}, {"Owner", json::array{"self"}}};
  EXPECT_EQ(cloud.ec2_error("DescribeImages", by_id),
            "400 InvalidAMIID.NotFound: The image id '[" + id + "]' does not exist");
  EXPECT_TRUE(cloud.ec2("DescribeImages", by_name).at("imagesSet").as_array().empty());
  EXPECT_THAT(cloud.ec2_error("CreateTags", {{"ResourceId", json::array{id}},
                                             {"Tag", json::array{json::object{{"Key", "a"}}}}}),
              StartsWith("400 InvalidAMIID.NotFound"));

  cloud.pass(seconds(2));
  EXPECT_EQ(text(cloud.image(id), "imageState"), "pending");
  EXPECT_EQ(cloud.ec2("DescribeImages", by_name).at("imagesSet").as_array().size(), 1U);
  cloud.pass(seconds(97));
  EXPECT_EQ(text(cloud.image(id), "imageState"), "pending");
  cloud.pass(seconds(1));
  EXPECT_EQ(text(cloud.image(id), "imageState"), "available");
}

TEST(Ec2CreateImage, It_takes_over_what_its_instance_is) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  const auto id = cloud.image_of(instance, "web");
  cloud.pass(seconds(100));
  const auto image = cloud.image(id);
  EXPECT_EQ(text(image, "architecture"), "x86_64");
  EXPECT_EQ(text(image, "rootDeviceName"), "/dev/xvda");
  EXPECT_EQ(text(image, "rootDeviceType"), "ebs");
  EXPECT_EQ(text(image, "imageOwnerId"), cloud.account);
  EXPECT_EQ(text(image, "imageLocation"), cloud.account + "/web");
  EXPECT_EQ(text(image, "creationDate"), "2026-01-02T00:01:00.000Z");
  const auto mapping = TestAccount::first(image, "blockDeviceMapping");
  EXPECT_EQ(text(mapping, "deviceName"), "/dev/xvda");
  EXPECT_EQ(text(member(mapping, "ebs"), "volumeSize"), "8");
}

TEST(Ec2CreateImage, Its_snapshot_makes_progress_and_is_complete_first) {
  TestAccount cloud;
  const auto answer =
      cloud.ec2("CreateImage", create(cloud.running_instance(), "web", {{"NoReboot", "true"}}));
  const auto id = text(answer, "imageId");
  cloud.pass(seconds(9));
  const json::object asked{{"SnapshotId", only_snapshot_of(cloud, id)}};
  auto snapshot = TestAccount::first(cloud.ec2("DescribeSnapshots", asked), "snapshotSet");
  EXPECT_EQ(text(snapshot, "status"), "pending");
  EXPECT_EQ(text(snapshot, "progress"), "10%");
  EXPECT_THAT(text(snapshot, "description"), HasSubstr(id));
  cloud.pass(seconds(81));
  snapshot = TestAccount::first(cloud.ec2("DescribeSnapshots", asked), "snapshotSet");
  EXPECT_EQ(text(snapshot, "status"), "completed");
  EXPECT_EQ(text(snapshot, "progress"), "100%");
  EXPECT_EQ(text(cloud.image(id), "imageState"), "pending");
}

TEST(Ec2CreateImage, Names_have_rules) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  for (const auto* name : {"ab", "web:1", "web%1"}) {
    EXPECT_THAT(cloud.ec2_error("CreateImage", create(instance, name)),
                StartsWith("400 InvalidAMIName.Malformed"));
  }
  EXPECT_THAT(cloud.ec2_error("CreateImage", create(instance, std::string(129, 'a'))),
              StartsWith("400 InvalidAMIName.Malformed"));
  EXPECT_EQ(cloud.ec2_error("CreateImage", create(instance, "A-z 0(9)[.]/'@_")), "");
  EXPECT_EQ(cloud.ec2_error("CreateImage", create(instance, std::string(128, 'a'))), "");
}

TEST(Ec2CreateImage, A_name_is_taken_at_once_and_free_after_the_image_is_gone) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  const auto id = cloud.image_of(instance, "web");
  EXPECT_EQ(cloud.ec2_error("CreateImage", create(instance, "web")),
            "400 InvalidAMIName.Duplicate: AMI name web is already in use by AMI " + id);
  cloud.pass(seconds(2));
  cloud.ec2("DeregisterImage", {{"ImageId", id}});
  EXPECT_NE(cloud.image_of(instance, "web"), id);
}

TEST(Ec2CreateImage, Only_running_and_stopped_instances_can_be_imaged) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  const json::object ids{{"InstanceId", json::array{instance}}};
  cloud.ec2("StopInstances", ids);
  EXPECT_THAT(cloud.ec2_error("CreateImage", create(instance, "web")),
              StartsWith("400 IncorrectState: "));
  cloud.pass(seconds(5));
  EXPECT_EQ(cloud.ec2_error("CreateImage", create(instance, "web")), "");
  cloud.ec2("TerminateInstances", ids);
  EXPECT_THAT(cloud.ec2_error("CreateImage", create(instance, "web 2")),
              StartsWith("400 IncorrectState: "));
  EXPECT_THAT(cloud.ec2_error("CreateImage", create("i-00000000", "web 3")),
              StartsWith("400 InvalidInstanceID.NotFound"));
  EXPECT_THAT(cloud.ec2_error("CreateImage", create("web", "web 3")),
              StartsWith("400 InvalidInstanceID.Malformed"));
}

TEST(Ec2CreateImage, It_reboots_the_instance_unless_told_not_to) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  const json::object ids{{"InstanceId", json::array{instance}}};
  const auto status = [&] {
    const auto answer = cloud.ec2("DescribeInstanceStatus", ids);
    return text(member(TestAccount::first(answer, "instanceStatusSet"), "instanceStatus"),
                "status");
  };
  cloud.ec2("CreateImage", create(instance, "gentle", {{"NoReboot", "true"}}));
  EXPECT_EQ(status(), "ok");
  cloud.ec2("CreateImage", create(instance, "rough"));
  EXPECT_EQ(status(), "initializing");
  EXPECT_EQ(cloud.state(instance), "running");
  cloud.pass(seconds(20));
  EXPECT_EQ(status(), "ok");
}

TEST(Ec2CreateImage, Its_snapshots_begin_when_the_instance_has_been_shut_down) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  const auto id = cloud.image_of(instance, "web");
  const auto snapshots = [&] {
    const auto found = cloud.ec2("DescribeSnapshots", {{"Owner", json::array{"self"}}});
    return TestAccount::all(found, "snapshotSet", "startTime");
  };
  cloud.pass(seconds(9));
  const auto mapping = TestAccount::first(cloud.image(id), "blockDeviceMapping");
  EXPECT_EQ(text(mapping, "deviceName"), "/dev/xvda");
  EXPECT_FALSE(member(mapping, "ebs").contains("snapshotId"));
  EXPECT_THAT(snapshots(), testing::IsEmpty());
  cloud.pass(seconds(1));
  EXPECT_THAT(std::string(only_snapshot_of(cloud, id).at(0).as_string()), StartsWith("snap-"));
  EXPECT_THAT(snapshots(), testing::ElementsAre("2026-01-02T00:01:10.000Z"));
  EXPECT_EQ(text(cloud.image(id), "sourceInstanceId"), instance);
}

TEST(Ec2CreateImage, An_instance_that_is_stopped_is_not_waited_for) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  cloud.ec2("StopInstances", {{"InstanceId", json::array{instance}}});
  cloud.pass(seconds(5));
  const auto id = cloud.image_of(instance, "web");
  cloud.pass(seconds(2));
  EXPECT_EQ(only_snapshot_of(cloud, id).size(), 1U);
}

TEST(Ec2CreateImage, What_was_encrypted_stays_encrypted_with_its_key) {
  TestAccount cloud;
  const json::object disk{
      {"DeviceName", "/dev/sdb"},
      {"Ebs",
       json::object{{"VolumeSize", "5"}, {"Encrypted", "true"}, {"KmsKeyId", "alias/mine"}}}};
  const auto snapshots_of = [&](const std::string& instance, std::string_view name) {
    const auto image = cloud.image_of(instance, std::string(name));
    cloud.pass(seconds(100));
    const auto found =
        cloud.ec2("DescribeSnapshots", {{"Filter", filter("description", {"*" + image})}});
    EXPECT_THAT(TestAccount::all(found, "snapshotSet", "encrypted"),
                testing::ElementsAre("false", "true"));
    const auto keys = TestAccount::all(found, "snapshotSet", "kmsKeyId");
    return std::pair(image, keys.at(1));
  };
  const auto first =
      snapshots_of(cloud.running_instance({{"BlockDeviceMapping", json::array{disk}}}), "first");
  EXPECT_THAT(first.second, StartsWith("arn:aws:kms:eu-west-1:123456789012:key/"));
  // Of an instance that was launched from the image that is encrypted.
  const auto launched =
      cloud.ec2("RunInstances", {{"ImageId", first.first}, {"MinCount", "1"}, {"MaxCount", "1"}});
  cloud.pass(seconds(60));
  const auto id = text(TestAccount::first(launched, "instancesSet"), "instanceId");
  EXPECT_EQ(snapshots_of(id, "second").second, first.second);
}

TEST(Ec2CreateImage, Tags_and_description_come_with_it) {
  TestAccount cloud;
  const auto tagged = [](std::string_view type, std::string_view value) {
    const json::object tag{{"Key", "job"}, {"Value", value}};
    return json::object{{"ResourceType", type}, {"Tag", json::array{tag}}};
  };
  const auto answer = cloud.ec2(
      "CreateImage", create(cloud.running_instance(), "web",
                            {{"Description", "of a test"},
                             {"TagSpecification",
                              json::array{tagged("image", "one"), tagged("snapshot", "two")}}}));
  cloud.pass(seconds(10));
  const auto id = text(answer, "imageId");
  EXPECT_EQ(text(cloud.image(id), "description"), "of a test");
  EXPECT_EQ(text(TestAccount::first(cloud.image(id), "tagSet"), "value"), "one");
  const auto snapshots =
      cloud.ec2("DescribeSnapshots", {{"SnapshotId", only_snapshot_of(cloud, id)}});
  EXPECT_EQ(
      text(TestAccount::first(TestAccount::first(snapshots, "snapshotSet"), "tagSet"), "value"),
      "two");
  EXPECT_THAT(cloud.ec2_error("CreateImage",
                              create(cloud.running_instance(), "web 2",
                                     {{"TagSpecification", json::array{tagged("vpc", "x")}}})),
              StartsWith("400 InvalidParameterValue"));
}

TEST(Ec2CreateImage, Devices_can_be_left_out_added_and_kept_from_deletion) {
  TestAccount cloud;
  const auto disk = [](std::string_view device, json::object ebs) {
    return json::object{{"DeviceName", device}, {"Ebs", std::move(ebs)}};
  };
  const auto instance = cloud.running_instance(
      {{"BlockDeviceMapping", json::array{disk("/dev/sdb", {{"VolumeSize", "20"}})}}});
  const auto with = [&](std::string_view name, json::array mappings) {
    return create(instance, name, {{"BlockDeviceMapping", std::move(mappings)}});
  };
  const auto answer = cloud.ec2(
      "CreateImage", with("web", {disk("/dev/xvda", {{"DeleteOnTermination", "false"}}),
                                  json::object{{"DeviceName", "/dev/sdb"}, {"NoDevice", ""}},
                                  disk("/dev/sdc", {{"VolumeSize", "3"}, {"VolumeType", "gp3"}})}));
  cloud.pass(seconds(2));
  const auto image = cloud.image(text(answer, "imageId"));
  EXPECT_THAT(TestAccount::all(image, "blockDeviceMapping", "deviceName"),
              testing::ElementsAre("/dev/xvda", "/dev/sdc"));
  EXPECT_FALSE(agent::base::flag(member(TestAccount::first(image, "blockDeviceMapping"), "ebs"),
                                 "deleteOnTermination"));
  EXPECT_THAT(
      cloud.ec2_error("CreateImage", with("web 2", {disk("/dev/xvda", {{"VolumeSize", "100"}})})),
      StartsWith("400 InvalidBlockDeviceMapping"));
  EXPECT_THAT(cloud.ec2_error("CreateImage",
                              with("web 2", {disk("/dev/sdz", {{"SnapshotId", "snap-00000000"}})})),
              StartsWith("400 InvalidSnapshot.NotFound"));
}

TEST(Ec2CreateImage, It_can_be_made_to_fail) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  cloud.service().fail_next_image("the disk melted");
  const auto bad = cloud.image_of(instance, "bad");
  const auto good = cloud.image_of(instance, "good");
  cloud.pass(seconds(99));
  EXPECT_EQ(text(cloud.image(bad), "imageState"), "pending");
  cloud.pass(seconds(1));
  EXPECT_EQ(text(cloud.image(bad), "imageState"), "failed");
  EXPECT_EQ(text(member(cloud.image(bad), "stateReason"), "message"), "the disk melted");
  EXPECT_EQ(text(cloud.image(good), "imageState"), "available");
  cloud.settings.images_fail = true;
  const auto worse = cloud.image_of(instance, "worse");
  cloud.pass(seconds(100));
  EXPECT_EQ(text(cloud.image(worse), "imageState"), "failed");
}

TEST(Ec2RegisterImage, An_image_of_a_snapshot_is_available_at_once) {
  TestAccount cloud;
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.pass(seconds(100));
  const auto snapshot = only_snapshot_of(cloud, image).at(0);
  const json::object root{{"DeviceName", "/dev/sda1"},
                          {"Ebs", json::object{{"SnapshotId", snapshot}, {"VolumeSize", "12"}}}};
  json::object params{{"Name", "registered"},
                      {"RootDeviceName", "/dev/sda1"},
                      {"Architecture", "x86_64"},
                      {"BlockDeviceMapping", json::array{root}}};
  const auto answer = cloud.ec2("RegisterImage", params);
  cloud.pass(seconds(2));
  const auto shown = cloud.image(text(answer, "imageId"));
  EXPECT_EQ(text(shown, "imageState"), "available");
  EXPECT_EQ(text(member(TestAccount::first(shown, "blockDeviceMapping"), "ebs"), "volumeSize"),
            "12");
  params["Name"] = "another";
  params["RootDeviceName"] = "/dev/xvda";
  EXPECT_THAT(cloud.ec2_error("RegisterImage", params),
              StartsWith("400 InvalidBlockDeviceMapping"));
}

}  // namespace
}  // namespace local_cloud
