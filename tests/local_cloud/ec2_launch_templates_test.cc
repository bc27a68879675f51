#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_launch_fields.h"
#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using testing::ElementsAre;
using testing::StartsWith;

json::object named(std::string_view name, json::object more = {}) {
  more["LaunchTemplateName"] = name;
  return more;
}

json::object version_of(TestAccount& cloud, std::string_view name, std::string_view number) {
  const auto answer = cloud.ec2("DescribeLaunchTemplateVersions",
                                named(name, {{"LaunchTemplateVersion", json::array{number}}}));
  return TestAccount::first(answer, "launchTemplateVersionSet");
}

json::object data_of(TestAccount& cloud, std::string_view name, std::string_view number) {
  return member(version_of(cloud, name, number), "launchTemplateData");
}

json::object next_version(TestAccount& cloud, json::object data, json::object more = {}) {
  more["LaunchTemplateName"] = "web";
  more["LaunchTemplateData"] = std::move(data);
  return cloud.ec2("CreateLaunchTemplateVersion", std::move(more));
}

// A value for every field, two entries in every list.
json::object everything(std::span<const query::Field> fields) {
  const auto one = [](const query::Field& field, int index) -> json::value {
    switch (field.kind) {
      case query::Kind::structure:
        return everything(field.members);
      case query::Kind::whole:
        return json::value(agent::base::cat(index));
      case query::Kind::number:
        return json::value(agent::base::cat(index, ".5"));
      case query::Kind::boolean:
        return json::value("true");
      case query::Kind::time:
        return json::value("2026-01-02T03:04:05Z");
      case query::Kind::text:
        return json::value(agent::base::cat(field.name, ' ', index));
    }
    return nullptr;
  };
  json::object all;
  for (const auto& field : fields) {
    all[field.name] =
        field.many ? json::value(json::array{one(field, 1), one(field, 2)}) : one(field, 1);
  }
  return all;
}

std::size_t leaves(const json::value& value) {
  std::size_t sum = 0;
  if (const auto* object = value.if_object()) {
    for (const auto& [name, inner] : *object) sum += leaves(inner);
  } else if (const auto* list = value.if_array()) {
    for (const auto& inner : *list) sum += leaves(inner);
  } else {
    sum = 1;
  }
  return sum;
}

TEST(Ec2LaunchTemplates, Nothing_of_their_data_is_lost) {
  TestAccount cloud;
  const auto given = everything(ec2::launch_fields::all);
  cloud.ec2("CreateLaunchTemplate", named("web", {{"LaunchTemplateData", given}}));
  const auto shown = data_of(cloud, "web", "1");
  EXPECT_EQ(leaves(shown), leaves(given));
  EXPECT_EQ(text(member(TestAccount::first(shown, "blockDeviceMappingSet"), "ebs"), "snapshotId"),
            "SnapshotId 1");
  const auto network = TestAccount::first(shown, "networkInterfaceSet");
  EXPECT_THAT(network.at("groupSet").as_array(),
              ElementsAre("SecurityGroupId 1", "SecurityGroupId 2"));
  EXPECT_EQ(text(TestAccount::first(network, "privateIpAddressesSet"), "primary"), "true");
  EXPECT_EQ(
      text(TestAccount::first(TestAccount::first(shown, "tagSpecificationSet"), "tagSet"), "key"),
      "Key 1");
  EXPECT_EQ(text(TestAccount::first(shown, "licenseSet"), "licenseConfigurationArn"),
            "LicenseConfigurationArn 1");
  EXPECT_EQ(text(member(member(shown, "instanceMarketOptions"), "spotOptions"), "validUntil"),
            "2026-01-02T03:04:05Z");
  EXPECT_EQ(text(member(member(shown, "instanceRequirements"), "vCpuCount"), "min"), "1");
  EXPECT_THAT(shown.at("securityGroupIdSet").as_array(),
              ElementsAre("SecurityGroupId 1", "SecurityGroupId 2"));
}

TEST(Ec2LaunchTemplates, They_are_created_described_and_deleted) {
  TestAccount cloud;
  const auto made = cloud.launch_template("web");
  EXPECT_EQ(text(made, "defaultVersionNumber"), "1");
  EXPECT_EQ(text(made, "latestVersionNumber"), "1");
  cloud.launch_template("data");
  EXPECT_THAT(TestAccount::all(cloud.ec2("DescribeLaunchTemplates"), "launchTemplates",
                               "launchTemplateName"),
              ElementsAre("web", "data"));
  const auto page = cloud.ec2("DescribeLaunchTemplates", {{"MaxResults", "1"}});
  EXPECT_EQ(text(TestAccount::first(
                     cloud.ec2("DescribeLaunchTemplates", {{"NextToken", page.at("nextToken")}}),
                     "launchTemplates"),
                 "launchTemplateName"),
            "data");
  cloud.ec2("DeleteLaunchTemplate", named("web"));
  EXPECT_EQ(cloud.ec2_error("DeleteLaunchTemplate", named("web")),
            "400 InvalidLaunchTemplateName.NotFoundException: The specified launch template, with "
            "template name web, does not exist.");
}

TEST(Ec2LaunchTemplates, Names_have_rules_and_are_unique) {
  TestAccount cloud;
  cloud.launch_template("web");
  const auto error = [&](std::string_view name) {
    return cloud.ec2_error(
        "CreateLaunchTemplate",
        named(name, {{"LaunchTemplateData", json::object{{"ImageId", "ami-00000000"}}}}));
  };
  EXPECT_EQ(error("web"),
            "400 InvalidLaunchTemplateName.AlreadyExistsException: Launch template name already in "
            "use.");
  EXPECT_THAT(error("we"), StartsWith("400 InvalidLaunchTemplateName.MalformedException"));
  EXPECT_THAT(error("we b"), StartsWith("400 InvalidLaunchTemplateName.MalformedException"));
  EXPECT_THAT(cloud.ec2_error("CreateLaunchTemplate", named("data")),
              StartsWith("400 MissingParameter: The request must contain the parameter Launch"));
}

TEST(Ec2LaunchTemplates, One_that_is_not_there_is_not_found) {
  TestAccount cloud;
  const auto id = text(cloud.launch_template("web"), "launchTemplateId");
  for (const auto* operation :
       {"DescribeLaunchTemplateVersions", "ModifyLaunchTemplate", "DeleteLaunchTemplate"}) {
    EXPECT_THAT(cloud.ec2_error(operation, named("wbe")),
                StartsWith("400 InvalidLaunchTemplateName.NotFoundException"));
    EXPECT_EQ(cloud.ec2_error(operation, {{"LaunchTemplateId", "lt-00000000"}}),
              "400 InvalidLaunchTemplateId.NotFound: The specified launch template, with template "
              "ID lt-00000000, does not exist.");
    EXPECT_THAT(cloud.ec2_error(operation, {{"LaunchTemplateId", "web"}}),
                StartsWith("400 InvalidLaunchTemplateId.Malformed"));
    EXPECT_THAT(cloud.ec2_error(operation, {}), StartsWith("400 MissingParameter"));
    EXPECT_THAT(cloud.ec2_error(operation, named("web", {{"LaunchTemplateId", id}})),
                StartsWith("400 InvalidParameterCombination"));
  }
}

TEST(Ec2LaunchTemplateVersions, A_new_one_without_a_source_inherits_nothing) {
  TestAccount cloud;
  cloud.launch_template("web", {{"KeyName", "local"}});
  const auto made =
      next_version(cloud, {{"ImageId", ec2::public_image}}, {{"VersionDescription", "bare"}});
  const auto& shown = member(made, "launchTemplateVersion");
  EXPECT_EQ(text(shown, "versionNumber"), "2");
  EXPECT_EQ(text(shown, "versionDescription"), "bare");
  EXPECT_FALSE(agent::base::flag(shown, "defaultVersion"));
  EXPECT_EQ(data_of(cloud, "web", "2"), (json::object{{"imageId", ec2::public_image}}));
  EXPECT_FALSE(made.contains("warning"));
}

TEST(Ec2LaunchTemplateVersions, A_source_gives_all_but_what_is_named_and_snapshots) {
  TestAccount cloud;
  const json::object disk{{"SnapshotId", "snap-00000000"}, {"VolumeSize", "20"}};
  const json::object mapping{{"DeviceName", "/dev/sdb"}, {"Ebs", disk}};
  cloud.launch_template("web", {{"KeyName", "local"},
                                {"UserData", "IyEvYmluL3No"},
                                {"Monitoring", json::object{{"Enabled", "true"}}},
                                {"BlockDeviceMapping", json::array{mapping}}});
  next_version(cloud, {{"InstanceType", "t3.large"}}, {{"SourceVersion", "1"}});
  auto expected = data_of(cloud, "web", "1");
  expected["instanceType"] = "t3.large";
  expected["blockDeviceMappingSet"].at(0).at("ebs").as_object().erase("snapshotId");
  EXPECT_EQ(data_of(cloud, "web", "2"), expected);
  EXPECT_EQ(
      text(member(TestAccount::first(data_of(cloud, "web", "1"), "blockDeviceMappingSet"), "ebs"),
           "snapshotId"),
      "snap-00000000");
}

TEST(Ec2LaunchTemplateVersions, The_source_can_be_named_by_symbol) {
  TestAccount cloud;
  cloud.launch_template("web", {{"KeyName", "first"}});
  next_version(cloud, {{"KeyName", "second"}});
  next_version(cloud, {{"ImageId", "ami-00000000"}}, {{"SourceVersion", "$Default"}});
  EXPECT_EQ(text(data_of(cloud, "web", "3"), "keyName"), "first");
  next_version(cloud, {{"ImageId", "ami-11111111"}}, {{"SourceVersion", "2"}});
  next_version(cloud, {{"InstanceType", "t3.nano"}}, {{"SourceVersion", "$Latest"}});
  EXPECT_EQ(text(data_of(cloud, "web", "5"), "imageId"), "ami-11111111");
  EXPECT_EQ(text(data_of(cloud, "web", "5"), "keyName"), "second");
}

TEST(Ec2LaunchTemplateVersions, Unknown_versions_are_not_found) {
  TestAccount cloud;
  cloud.launch_template("web");
  const json::object data{{"ImageId", "ami-00000000"}};
  EXPECT_THAT(cloud.ec2_error("CreateLaunchTemplateVersion",
                              named("web", {{"SourceVersion", "7"}, {"LaunchTemplateData", data}})),
              StartsWith("400 InvalidLaunchTemplateId.VersionNotFound"));
  EXPECT_THAT(cloud.ec2_error("DescribeLaunchTemplateVersions",
                              named("web", {{"LaunchTemplateVersion", json::array{"7"}}})),
              StartsWith("400 InvalidLaunchTemplateId.VersionNotFound"));
  EXPECT_THAT(cloud.ec2_error("ModifyLaunchTemplate", named("web", {{"SetDefaultVersion", "7"}})),
              StartsWith("400 InvalidLaunchTemplateId.VersionNotFound"));
  EXPECT_THAT(cloud.ec2_error("ModifyLaunchTemplate", named("web", {{"SetDefaultVersion", "x"}})),
              StartsWith("400 InvalidParameterValue"));
}

TEST(Ec2LaunchTemplateVersions, A_client_token_makes_one_version) {
  TestAccount cloud;
  cloud.launch_template("web");
  const json::object data{{"ImageId", ec2::public_image}};
  const auto first = next_version(cloud, data, {{"ClientToken", "abc"}});
  EXPECT_EQ(next_version(cloud, data, {{"ClientToken", "abc"}}), first);
  EXPECT_EQ(text(version_of(cloud, "web", "$Latest"), "versionNumber"), "2");
  const json::object other{{"ImageId", ec2::public_arm_image}};
  EXPECT_THAT(
      cloud.ec2_error("CreateLaunchTemplateVersion",
                      named("web", {{"ClientToken", "abc"}, {"LaunchTemplateData", other}})),
      StartsWith("400 IdempotentParameterMismatch"));
}

TEST(Ec2LaunchTemplateVersions, An_image_that_is_not_there_is_a_warning) {
  TestAccount cloud;
  cloud.launch_template("web");
  const auto made = next_version(cloud, {{"ImageId", "ami-00000000"}});
  EXPECT_EQ(text(TestAccount::first(member(made, "warning"), "errorSet"), "code"),
            "InvalidAMIID.NotFound");
  EXPECT_FALSE(next_version(cloud, {{"ImageId", ec2::public_image}}).contains("warning"));
}

TEST(Ec2LaunchTemplateVersions, They_are_listed_newest_first_by_range_and_by_page) {
  TestAccount cloud;
  cloud.launch_template("web");
  for (int i = 0; i < 4; ++i) next_version(cloud, {{"ImageId", "ami-00000000"}});
  const auto numbers = [&](json::object more) {
    return TestAccount::all(
        cloud.ec2("DescribeLaunchTemplateVersions", named("web", std::move(more))),
        "launchTemplateVersionSet", "versionNumber");
  };
  EXPECT_THAT(numbers({}), ElementsAre("5", "4", "3", "2", "1"));
  EXPECT_THAT(numbers({{"MinVersion", "2"}, {"MaxVersion", "3"}}), ElementsAre("3", "2"));
  EXPECT_THAT(numbers({{"LaunchTemplateVersion", json::array{"$Default", "$Latest", "1"}}}),
              ElementsAre("1", "5"));
  EXPECT_THAT(numbers({{"Filter", filter("is-default-version", {"true"})}}), ElementsAre("1"));
  const auto page =
      cloud.ec2("DescribeLaunchTemplateVersions", named("web", {{"MaxResults", "2"}}));
  EXPECT_THAT(numbers({{"MaxResults", "2"}, {"NextToken", page.at("nextToken")}}),
              ElementsAre("3", "2"));
}

TEST(Ec2LaunchTemplateVersions, Latest_of_all_templates_can_be_asked_for) {
  TestAccount cloud;
  cloud.launch_template("web");
  cloud.launch_template("data");
  next_version(cloud, {{"ImageId", "ami-00000000"}});
  const auto answer = cloud.ec2("DescribeLaunchTemplateVersions",
                                {{"LaunchTemplateVersion", json::array{"$Latest"}}});
  EXPECT_THAT(TestAccount::all(answer, "launchTemplateVersionSet", "versionNumber"),
              ElementsAre("2", "1"));
}

TEST(Ec2LaunchTemplateVersions, The_default_is_set_and_cannot_be_deleted) {
  TestAccount cloud;
  cloud.launch_template("web");
  next_version(cloud, {{"ImageId", "ami-00000000"}});
  const auto changed =
      cloud.ec2("ModifyLaunchTemplate", named("web", {{"SetDefaultVersion", "2"}}));
  EXPECT_EQ(text(member(changed, "launchTemplate"), "defaultVersionNumber"), "2");
  const auto answer =
      cloud.ec2("DeleteLaunchTemplateVersions",
                named("web", {{"LaunchTemplateVersion", json::array{"1", "2", "9"}}}));
  EXPECT_THAT(
      TestAccount::all(answer, "successfullyDeletedLaunchTemplateVersionSet", "versionNumber"),
      ElementsAre("1"));
  const auto kept = agent::base::objects(answer, "unsuccessfullyDeletedLaunchTemplateVersionSet");
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(text(member(*kept[0], "responseError"), "code"), "unexpectedError");
  EXPECT_EQ(text(member(*kept[1], "responseError"), "code"), "launchTemplateVersionDoesNotExist");
  EXPECT_EQ(
      text(member(next_version(cloud, {{"ImageId", "ami-00000000"}}), "launchTemplateVersion"),
           "versionNumber"),
      "3");
}

TEST(Ec2LaunchTemplateVersions, There_is_a_limit_to_their_number) {
  TestAccount cloud;
  cloud.launch_template("web");
  for (int i = 1; i < 10'000; ++i) next_version(cloud, {{"ImageId", "ami-00000000"}});
  const json::object params =
      named("web", {{"LaunchTemplateData", json::object{{"ImageId", "ami-00000000"}}}});
  EXPECT_THAT(cloud.ec2_error("CreateLaunchTemplateVersion", params),
              StartsWith("400 MaxTemplateVersionLimitExceeded"));
  cloud.ec2("DeleteLaunchTemplateVersions",
            named("web", {{"LaunchTemplateVersion", json::array{"2"}}}));
  EXPECT_EQ(cloud.ec2_error("CreateLaunchTemplateVersion", params), "");
}

TEST(Ec2LaunchTemplateData, It_can_be_had_of_an_instance) {
  TestAccount cloud;
  const auto id = cloud.running_instance({{"KeyName", "local"}, {"InstanceType", "t3.nano"}});
  const auto answer = cloud.ec2("GetLaunchTemplateData", {{"InstanceId", id}});
  const auto& data = member(answer, "launchTemplateData");
  EXPECT_EQ(text(data, "imageId"), ec2::public_image);
  EXPECT_EQ(text(data, "instanceType"), "t3.nano");
  EXPECT_EQ(text(data, "keyName"), "local");
  EXPECT_EQ(data.at("securityGroupIdSet").as_array().size(), 1U);
}

}  // namespace
}  // namespace local_cloud
