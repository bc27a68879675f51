#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Ec2ImageAttributes : public testing::Test {
 public:
  Ec2ImageAttributes() {
    image = cloud.image_of(cloud.running_instance(), "web");
    cloud.pass(seconds(100));
  }

  json::object named(json::object more = {}) const {
    more["ImageId"] = image;
    return more;
  }
  void modify(json::object more) { cloud.ec2("ModifyImageAttribute", named(std::move(more))); }
  std::string modify_error(json::object more) {
    return cloud.ec2_error("ModifyImageAttribute", named(std::move(more)));
  }
  json::object attribute(std::string_view name) {
    return cloud.ec2("DescribeImageAttribute", named({{"Attribute", name}}));
  }
  json::value permissions() { return attribute("launchPermission").at("launchPermission"); }
  std::vector<std::string> listed(json::object params) {
    params["Owner"] = json::array{"self"};
    return TestAccount::all(cloud.ec2("DescribeImages", params), "imagesSet", "imageId");
  }
  std::string launch_error() {
    return cloud.ec2_error("RunInstances", named({{"MinCount", "1"}, {"MaxCount", "1"}}));
  }

  TestAccount cloud;
  std::string image;
};

TEST_F(Ec2ImageAttributes, Accounts_are_given_and_lose_the_permission_to_launch) {
  const json::object one{{"UserId", "111111111111"}};
  const json::object two{{"UserId", "222222222222"}};
  modify({{"LaunchPermission", json::object{{"Add", json::array{one, two}}}}});
  EXPECT_EQ(permissions(), (json::array{json::object{{"userId", "111111111111"}},
                                        json::object{{"userId", "222222222222"}}}));
  modify({{"LaunchPermission", json::object{{"Remove", json::array{one}}}}});
  modify({{"Attribute", "launchPermission"},
          {"OperationType", "add"},
          {"UserId", json::array{"333333333333"}}});
  EXPECT_EQ(permissions(), (json::array{json::object{{"userId", "222222222222"}},
                                        json::object{{"userId", "333333333333"}}}));
  EXPECT_THAT(listed({{"ExecutableBy", json::array{"333333333333"}}}), ElementsAre(image));
  EXPECT_THAT(listed({{"ExecutableBy", json::array{"111111111111"}}}), IsEmpty());
  cloud.ec2("ResetImageAttribute", named({{"Attribute", "launchPermission"}}));
  EXPECT_EQ(permissions(), json::array());
  EXPECT_THAT(modify_error({{"LaunchPermission",
                             json::object{{"Add", json::array{json::object{{"UserId", "12"}}}}}}}),
              StartsWith("400 InvalidAMIAttributeItemValue"));
}

TEST_F(Ec2ImageAttributes, The_group_of_all_makes_it_public) {
  const auto all = [](std::string_view direction) {
    return json::object{{"LaunchPermission",
                         json::object{{direction, json::array{json::object{{"Group", "all"}}}}}}};
  };
  modify(all("Add"));
  EXPECT_EQ(text(cloud.image(image), "isPublic"), "true");
  EXPECT_EQ(permissions(), (json::array{json::object{{"group", "all"}}}));
  EXPECT_THAT(listed({{"ExecutableBy", json::array{"all"}}}), ElementsAre(image));
  modify(all("Remove"));
  EXPECT_EQ(text(cloud.image(image), "isPublic"), "false");
  EXPECT_THAT(modify_error({{"Attribute", "launchPermission"},
                            {"OperationType", "add"},
                            {"UserGroup", json::array{"some"}}}),
              StartsWith("400 InvalidAMIAttributeItemValue"));
}

TEST_F(Ec2ImageAttributes, Its_description_can_be_changed) {
  modify({{"Description", json::object{{"Value", "of a test"}}}});
  EXPECT_EQ(text(cloud.image(image), "description"), "of a test");
  EXPECT_EQ(text(member(attribute("description"), "description"), "value"), "of a test");
  EXPECT_THAT(modify_error({}), StartsWith("400 InvalidParameterCombination"));
  EXPECT_THAT(
      cloud.ec2_error("ModifyImageAttribute", {{"ImageId", ec2::public_image},
                                               {"Description", json::object{{"Value", "mine"}}}}),
      StartsWith("403 AuthFailure"));
}

TEST_F(Ec2ImageAttributes, One_that_is_disabled_is_hidden_and_cannot_be_launched) {
  modify({{"Attribute", "launchPermission"},
          {"OperationType", "add"},
          {"UserId", json::array{"333333333333"}}});
  cloud.ec2("DisableImage", named());
  EXPECT_EQ(text(cloud.image(image), "imageState"), "disabled");
  EXPECT_EQ(permissions(), json::array());
  EXPECT_THAT(listed({}), IsEmpty());
  EXPECT_THAT(listed({{"IncludeDisabled", "true"}}), ElementsAre(image));
  EXPECT_THAT(launch_error(), StartsWith("400 InvalidAMIID.Unavailable"));
  EXPECT_THAT(cloud.ec2_error("DisableImage", named()), StartsWith("400 IncorrectState"));
  cloud.ec2("EnableImage", named());
  EXPECT_EQ(launch_error(), "");
  EXPECT_THAT(listed({}), ElementsAre(image));
  EXPECT_THAT(cloud.ec2_error("EnableImage", named()), StartsWith("400 IncorrectState"));
}

TEST_F(Ec2ImageAttributes, One_that_is_protected_cannot_be_deregistered) {
  const auto error = [&] {
    return cloud.ec2_error("DeregisterImage", named({{"DryRun", "true"}}));
  };
  cloud.ec2("EnableImageDeregistrationProtection", named());
  EXPECT_EQ(text(cloud.image(image), "deregistrationProtection"), "enabled-without-cooldown");
  EXPECT_THAT(error(), StartsWith("400 OperationNotPermitted"));
  cloud.ec2("DisableImageDeregistrationProtection", named());
  EXPECT_THAT(error(), StartsWith("412 DryRunOperation"));
  cloud.ec2("EnableImageDeregistrationProtection", named({{"WithCooldown", "true"}}));
  cloud.ec2("DisableImageDeregistrationProtection", named());
  cloud.pass(std::chrono::hours(23));
  EXPECT_THAT(error(), StartsWith("400 OperationNotPermitted"));
  cloud.pass(std::chrono::hours(1));
  EXPECT_THAT(error(), StartsWith("412 DryRunOperation"));
}

TEST_F(Ec2ImageAttributes, Its_owner_sees_it_after_it_is_deprecated) {
  cloud.ec2("EnableImageDeprecation", named({{"DeprecateAt", "2026-01-02T01:00:00Z"}}));
  EXPECT_EQ(text(cloud.image(image), "deprecationTime"), "2026-01-02T01:00:00.000Z");
  cloud.pass(std::chrono::hours(2));
  EXPECT_THAT(listed({}), ElementsAre(image));
  EXPECT_THAT(
      cloud.ec2_error("EnableImageDeprecation", named({{"DeprecateAt", "2026-01-02T01:00:00Z"}})),
      StartsWith("400 InvalidParameterValue"));
  cloud.ec2("DisableImageDeprecation", named());
  EXPECT_FALSE(cloud.image(image).contains("deprecationTime"));
}

}  // namespace
}  // namespace local_cloud
