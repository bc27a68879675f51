// What a launch template says about volumes, held against the image.
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

class DeviceMappingsTest : public CreateImageTest {
 protected:
  // The group runs version 1; the template gets another one with these mappings, which the group is
  // told to follow after its instances were launched.
  void run_with(json::array mappings, const std::string& image = "") {
    scene.set_up({}, "1");
    json::object data{{"BlockDeviceMapping", std::move(mappings)}};
    if (!image.empty()) data["ImageId"] = image;
    machine.aws("ec2", "CreateLaunchTemplateVersion",
                {{"LaunchTemplateName", "web"},
                 {"SourceVersion", "1"},
                 {"LaunchTemplateData", std::move(data)}});
    machine.aws("autoscaling", "UpdateAutoScalingGroup",
                {{"AutoScalingGroupName", "web"},
                 {"LaunchTemplate", {{"LaunchTemplateName", "web"}, {"Version", "2"}}}});
    work();
  }

  json::object new_data() { return member(scene.versions().at(0), "launchTemplateData"); }
  json::object new_volume(const std::string& device) {
    const auto data = new_data();
    for (const auto* one : objects(data, "blockDeviceMappingSet")) {
      if (text(*one, "deviceName") == device) return member(*one, "ebs");
    }
    return {};
  }
  std::string root() { return text(scene.images().at(0), "rootDeviceName"); }
  std::string root_of_base() {
    const auto reply =
        machine.aws("ec2", "DescribeImages", {{"ImageId", json::array{"ami-0abcdef1234567890"}}});
    return text(*objects(reply, "imagesSet").at(0), "rootDeviceName");
  }

  // Auto Scaling can launch from the new version.
  void expect_launches() {
    const auto reply =
        machine.try_aws("ec2", "RunInstances",
                        {{"MinCount", 1},
                         {"MaxCount", 1},
                         {"LaunchTemplate", {{"LaunchTemplateName", "web"}, {"Version", "3"}}}});
    EXPECT_TRUE(reply) << reply.error().message;
  }
};

TEST_F(DeviceMappingsTest, Mappings_that_are_right_are_inherited) {
  run_with({{{"DeviceName", "/dev/xvda"},
             {"Ebs", {{"VolumeSize", 40}, {"VolumeType", "gp3"}, {"Iops", 4000}}}}});
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(text(new_volume(root()), "volumeSize"), "40");
  EXPECT_EQ(text(new_volume(root()), "iops"), "4000");
  expect_launches();
}

TEST_F(DeviceMappingsTest, A_volume_smaller_than_the_images_gets_the_images_size) {
  run_with({{{"DeviceName", "/dev/xvda"}, {"Ebs", {{"VolumeSize", 1}, {"VolumeType", "gp3"}}}}});
  EXPECT_EQ(scene.status(), "Succeeded");
  const auto image = scene.images().at(0);
  const auto size = text(member(*objects(image, "blockDeviceMapping").at(0), "ebs"), "volumeSize");
  EXPECT_EQ(text(new_volume(root()), "volumeSize"), size);
  EXPECT_EQ(text(new_volume(root()), "volumeType"), "gp3");
  expect_launches();
}

TEST_F(DeviceMappingsTest, A_snapshot_that_would_start_old_data_is_left_out) {
  const auto snapshot = [&] {
    const auto reply =
        machine.aws("ec2", "DescribeImages", {{"ImageId", json::array{"ami-0abcdef1234567890"}}});
    const auto image = *objects(reply, "imagesSet").at(0);
    return text(member(*objects(image, "blockDeviceMapping").at(0), "ebs"), "snapshotId");
  }();
  run_with({{{"DeviceName", "/dev/xvda"}, {"Ebs", {{"SnapshotId", snapshot}}}}});
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(text(new_volume(root()), "snapshotId"), "");
  expect_launches();
}

TEST_F(DeviceMappingsTest, A_snapshot_for_a_volume_that_the_image_has_not_is_kept) {
  const auto snapshot = [&] {
    const auto reply = machine.aws("ec2", "DescribeSnapshots", {{"Owner", json::array{"amazon"}}});
    return text(*objects(reply, "snapshotSet").at(0), "snapshotId");
  }();
  run_with({{{"DeviceName", "/dev/sdf"},
             {"Ebs", {{"SnapshotId", snapshot}, {"DeleteOnTermination", true}}}}});
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(text(new_volume("/dev/sdf"), "snapshotId"), snapshot);
  EXPECT_EQ(text(new_volume("/dev/sdf"), "deleteOnTermination"), "true");
  expect_launches();
}

TEST_F(DeviceMappingsTest, A_root_device_that_the_image_has_not_is_refused) {
  const auto wrong = std::string("/dev/sda1");
  run_with({{{"DeviceName", wrong}, {"Ebs", {{"VolumeSize", 20}}}}});
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("ConfigurationError"), HasSubstr(wrong), HasSubstr("/dev/xvda")));
  EXPECT_EQ(scene.versions().size(), 2U);
  EXPECT_EQ(scene.images().size(), 0U);
}

TEST_F(DeviceMappingsTest, A_template_that_takes_its_image_from_a_parameter_gets_the_image_itself) {
  machine.aws("ssm", "PutParameter",
              {{"Name", "/golden"},
               {"Type", "String"},
               {"DataType", "aws:ec2:image"},
               {"Value", "ami-0abcdef1234567890"}});
  machine.pass(5s);
  run_with({}, "resolve:ssm:/golden");
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(text(new_data(), "imageId"), text(scene.images().at(0), "imageId"));
  EXPECT_EQ(text(scene.output_variables(), "PreviousImageId"), "ami-0abcdef1234567890");
}

}  // namespace
}  // namespace actions
