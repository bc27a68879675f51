#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::StartsWith;

constexpr auto parameter = "/web/image";

// A region with a parameter that names the public image, and templates that launch from it.
class Ec2ImageReferences : public testing::Test {
 public:
  Ec2ImageReferences() { put(ec2::public_image, {{"DataType", "aws:ec2:image"}}); }

  void put(std::string_view value, json::object more) {
    more.insert({{"Name", parameter}, {"Value", value}, {"Type", "String"}});
    cloud.ssm("PutParameter", std::move(more));
    cloud.pass(seconds(10));
  }
  // In the template's versions as they are asked for with `more`.
  std::vector<std::string> images(json::object more = {}) {
    more["LaunchTemplateName"] = "web";
    std::vector<std::string> found;
    const auto answer = cloud.ec2("DescribeLaunchTemplateVersions", std::move(more));
    for (const auto* version : agent::base::objects(answer, "launchTemplateVersionSet")) {
      found.push_back(text(member(*version, "launchTemplateData"), "imageId"));
    }
    return found;
  }
  std::string launched_image(const json::object& params) {
    auto all = params;
    all.insert({{"MinCount", "1"}, {"MaxCount", "1"}});
    return text(TestAccount::first(cloud.ec2("RunInstances", all), "instancesSet"), "imageId");
  }
  std::string template_error(std::string_view image) {
    return cloud.ec2_error("CreateLaunchTemplate",
                           {{"LaunchTemplateName", agent::base::cat("template-", image.size())},
                            {"LaunchTemplateData", json::object{{"ImageId", image}}}});
  }

  TestAccount cloud;
};

TEST_F(Ec2ImageReferences, A_template_keeps_them_and_shows_what_they_are_when_asked) {
  cloud.launch_template("web", {{"ImageId", "resolve:ssm:/web/image"}});
  EXPECT_THAT(images(), ElementsAre("resolve:ssm:/web/image"));
  EXPECT_THAT(images({{"ResolveAlias", "true"}}), ElementsAre(ec2::public_image));
  EXPECT_THAT(images({{"Filter", filter("image-id", {"resolve:ssm:*"})}}),
              ElementsAre("resolve:ssm:/web/image"));
  EXPECT_THAT(images({{"Filter", filter("image-id", {"ami-*"})}}), ElementsAre());
  EXPECT_THAT(images({{"Filter", filter("image-id", {"ami-*"})}, {"ResolveAlias", "true"}}),
              ElementsAre(ec2::public_image));
}

TEST_F(Ec2ImageReferences, They_are_resolved_at_every_launch) {
  cloud.launch_template("web", {{"ImageId", "resolve:ssm:/web/image"}});
  const json::object from_template{{"LaunchTemplate", json::object{{"LaunchTemplateName", "web"}}}};
  EXPECT_EQ(launched_image(from_template), ec2::public_image);
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.pass(seconds(100));
  put(image, {{"Overwrite", true}});
  EXPECT_EQ(launched_image(from_template), image);
  EXPECT_EQ(launched_image({{"ImageId", "resolve:ssm:/web/image:1"}}), ec2::public_image);
  cloud.ssm("LabelParameterVersion",
            {{"Name", parameter}, {"ParameterVersion", 1}, {"Labels", json::array{"stable"}}});
  EXPECT_EQ(launched_image({{"ImageId", "resolve:ssm:/web/image:stable"}}), ec2::public_image);
}

TEST_F(Ec2ImageReferences, Only_parameters_of_their_own_region_and_type_can_be_used) {
  cloud.ssm("PutParameter", {{"Name", "/plain"}, {"Value", ec2::public_image}, {"Type", "String"}});
  EXPECT_EQ(template_error("resolve:ssm:/plain"),
            "400 SsmInvalidParameter: Unsupported data type. The following parameter data types "
            "are supported: aws:ec2:image");
  EXPECT_THAT(template_error("resolve:ssm:/none"), StartsWith("400 SsmInvalidParameter"));
  EXPECT_THAT(template_error("resolve:ssm:/web/image:7"), StartsWith("400 SsmInvalidParameter"));
  cloud.region = "us-east-1";
  EXPECT_THAT(template_error("resolve:ssm:/web/image"), StartsWith("400 SsmInvalidParameter"));
}

TEST_F(Ec2ImageReferences, One_whose_parameter_has_gone_fails_when_it_is_used) {
  cloud.launch_template("web", {{"ImageId", "resolve:ssm:/web/image"}});
  cloud.ssm("DeleteParameter", {{"Name", parameter}});
  EXPECT_THAT(images(), ElementsAre("resolve:ssm:/web/image"));
  EXPECT_THAT(cloud.ec2_error("RunInstances",
                              {{"LaunchTemplate", json::object{{"LaunchTemplateName", "web"}}},
                               {"MinCount", "1"},
                               {"MaxCount", "1"}}),
              StartsWith("400 SsmInvalidParameter"));
}

TEST(Ec2LaunchTemplateWarnings, Everything_that_is_not_there_is_named) {
  TestAccount cloud;
  const json::object mapping{{"DeviceName", "/dev/xvda"},
                             {"Ebs", json::object{{"SnapshotId", "snap-00000000"}}}};
  const auto answer = cloud.ec2(
      "CreateLaunchTemplate",
      {{"LaunchTemplateName", "web"},
       {"LaunchTemplateData", json::object{{"ImageId", "ami-00000000"},
                                           {"KeyName", "nobody's"},
                                           {"SecurityGroupId", json::array{"sg-00000000"}},
                                           {"BlockDeviceMapping", json::array{mapping}}}}});
  EXPECT_THAT(TestAccount::all(member(answer, "warning"), "errorSet", "code"),
              ElementsAre("InvalidAMIID.NotFound", "InvalidSnapshot.NotFound",
                          "InvalidKeyPair.NotFound", "InvalidGroup.NotFound"));
  EXPECT_FALSE(cloud
                   .ec2("CreateLaunchTemplate",
                        {{"LaunchTemplateName", "good"},
                         {"LaunchTemplateData", json::object{{"ImageId", ec2::public_image},
                                                             {"KeyName", ec2::builtin_key}}}})
                   .contains("warning"));
}

}  // namespace
}  // namespace local_cloud
