#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::text;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> ids(TestAccount& cloud, json::object params) {
  return TestAccount::all(cloud.ec2("DescribeImages", std::move(params)), "imagesSet", "imageId");
}

TEST(Ec2Images, Amazons_are_public) {
  TestAccount cloud;
  const auto image = cloud.image(std::string(ec2::public_image));
  EXPECT_EQ(text(image, "imageState"), "available");
  EXPECT_EQ(text(image, "imageOwnerAlias"), "amazon");
  EXPECT_EQ(text(image, "rootDeviceName"), "/dev/xvda");
  EXPECT_THAT(ids(cloud, {{"Owner", json::array{"amazon"}}}), Contains(ec2::public_image));
  EXPECT_THAT(ids(cloud, {{"Owner", json::array{"self"}}}), ElementsAre());
  EXPECT_THAT(cloud.ec2_error("DeregisterImage", {{"ImageId", ec2::public_image}}),
              StartsWith("403 AuthFailure"));
}

TEST(Ec2Images, They_are_found_by_owner_filters_and_wildcards) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  const auto one = cloud.image_of(instance, "web 1");
  cloud.pass(seconds(100));
  const auto two = cloud.image_of(instance, "web 2");
  cloud.pass(seconds(2));
  cloud.ec2("CreateTags", {{"ResourceId", json::array{two}},
                           {"Tag", json::array{json::object{{"Key", "job"}, {"Value", "j-1"}}}}});
  const auto found = [&](std::string_view name, json::array values) {
    return ids(cloud,
               {{"Owner", json::array{"self"}}, {"Filter", filter(name, std::move(values))}});
  };
  EXPECT_THAT(found("name", {"web *"}), ElementsAre(one, two));
  EXPECT_THAT(found("name", {"web"}), ElementsAre());
  EXPECT_THAT(found("state", {"available"}), ElementsAre(one));
  EXPECT_THAT(found("tag:job", {"j-?"}), ElementsAre(two));
  EXPECT_THAT(found("tag-key", {"job"}), ElementsAre(two));
  EXPECT_THAT(found("image-id", {one}), ElementsAre(one));
  EXPECT_THAT(found("root-device-type", {"ebs"}), ElementsAre(one, two));
  EXPECT_THAT(found("is-public", {"true"}), ElementsAre());
  EXPECT_THAT(cloud.ec2_error("DescribeImages", {{"Filter", filter("colour", {"red"})}}),
              StartsWith("400 InvalidParameterValue"));
}

TEST(Ec2Images, Ids_must_be_well_formed_and_known) {
  TestAccount cloud;
  EXPECT_THAT(cloud.ec2_error("DescribeImages", {{"ImageId", json::array{"ami-xyz"}}}),
              StartsWith("400 InvalidAMIID.Malformed"));
  EXPECT_EQ(
      cloud.ec2_error("DescribeImages", {{"ImageId", json::array{"ami-00000000", "ami-11111111"}}}),
      "400 InvalidAMIID.NotFound: The image id '[ami-00000000, ami-11111111]' does not exist");
}

TEST(Ec2Images, One_that_is_deregistered_is_gone) {
  TestAccount cloud;
  const auto id = cloud.image_of(cloud.running_instance(), "web");
  const json::object named{{"ImageId", id}};
  EXPECT_THAT(cloud.ec2_error("DeregisterImage", named), StartsWith("400 InvalidAMIID.NotFound"));
  cloud.pass(seconds(100));
  cloud.ec2("DeregisterImage", named);
  EXPECT_THAT(cloud.ec2_error("DeregisterImage", named),
              StartsWith("400 InvalidAMIID.Unavailable"));
  EXPECT_THAT(cloud.ec2_error("DescribeImages", {{"ImageId", json::array{id}}}),
              StartsWith("400 InvalidAMIID.NotFound"));
  EXPECT_THAT(ids(cloud, {}), Not(Contains(id)));
  EXPECT_THAT(cloud.ec2_error("CreateTags", {{"ResourceId", json::array{id}},
                                             {"Tag", json::array{json::object{{"Key", "k"}}}}}),
              StartsWith("400 InvalidAMIID.NotFound"));
  EXPECT_THAT(
      cloud.ec2_error("RunInstances", {{"ImageId", id}, {"MinCount", "1"}, {"MaxCount", "1"}}),
      StartsWith("400 InvalidAMIID.NotFound"));
}

TEST(Ec2Images, Snapshots_go_with_it_when_asked) {
  TestAccount cloud;
  const auto id = cloud.image_of(cloud.running_instance(), "web");
  cloud.pass(seconds(100));
  const auto answer =
      cloud.ec2("DeregisterImage", {{"ImageId", id}, {"DeleteAssociatedSnapshots", "true"}});
  EXPECT_EQ(text(TestAccount::first(answer, "deleteSnapshotResultSet"), "returnCode"), "success");
  const auto left = cloud.ec2("DescribeSnapshots", {{"Owner", json::array{"self"}}});
  EXPECT_THAT(TestAccount::all(left, "snapshotSet", "snapshotId"), ElementsAre());
}

TEST(Ec2Snapshots, One_in_use_by_an_image_cannot_be_deleted) {
  TestAccount cloud;
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.pass(seconds(100));
  const auto snapshots = cloud.ec2("DescribeSnapshots", {{"Owner", json::array{"self"}}});
  const auto id = text(TestAccount::first(snapshots, "snapshotSet"), "snapshotId");
  EXPECT_EQ(cloud.ec2_error("DeleteSnapshot", {{"SnapshotId", id}}),
            "400 InvalidSnapshot.InUse: The snapshot " + id + " is currently in use by " + image);
  cloud.ec2("DeregisterImage", {{"ImageId", image}});
  EXPECT_EQ(cloud.ec2_error("DeleteSnapshot", {{"SnapshotId", id}}), "");
  EXPECT_THAT(cloud.ec2_error("DeleteSnapshot", {{"SnapshotId", id}}),
              StartsWith("400 InvalidSnapshot.NotFound"));
}

TEST(Ec2Snapshots, They_are_found_by_filters) {
  TestAccount cloud;
  cloud.image_of(cloud.running_instance(), "web");
  cloud.pass(seconds(50));
  const auto count = [&](std::string_view name, json::array values) {
    return cloud
        .ec2("DescribeSnapshots",
             {{"Owner", json::array{"self"}}, {"Filter", filter(name, std::move(values))}})
        .at("snapshotSet")
        .as_array()
        .size();
  };
  EXPECT_EQ(count("status", {"pending"}), 1U);
  EXPECT_EQ(count("status", {"completed"}), 0U);
  EXPECT_EQ(count("volume-size", {"8"}), 1U);
  EXPECT_EQ(count("description", {"Created by CreateImage(*"}), 1U);
}

TEST(Ec2Tags, They_can_be_changed_listed_and_deleted) {
  TestAccount cloud;
  const auto id = cloud.running_instance();
  const auto tags = [&](json::array list) {
    return json::object{{"ResourceId", json::array{id}}, {"Tag", std::move(list)}};
  };
  const json::object one{{"Key", "one"}, {"Value", "1"}};
  const json::object two{{"Key", "two"}, {"Value", "2"}};
  cloud.ec2("CreateTags", tags({one, two}));
  cloud.ec2("CreateTags", tags({json::object{{"Key", "two"}, {"Value", "two"}}}));
  const auto listed = cloud.ec2("DescribeTags", {{"Filter", filter("resource-id", {id})}});
  EXPECT_THAT(TestAccount::all(listed, "tagSet", "value"), ElementsAre("1", "two"));
  EXPECT_THAT(TestAccount::all(listed, "tagSet", "resourceType"),
              ElementsAre("instance", "instance"));
  cloud.ec2("DeleteTags", tags({json::object{{"Key", "two"}, {"Value", "other"}}}));
  EXPECT_EQ(cloud.instance(id).at("tagSet").as_array().size(), 2U);
  cloud.ec2("DeleteTags", tags({json::object{{"Key", "two"}}}));
  EXPECT_EQ(cloud.instance(id).at("tagSet").as_array().size(), 1U);
  cloud.ec2("DeleteTags", {{"ResourceId", json::array{id}}});
  EXPECT_FALSE(cloud.instance(id).contains("tagSet"));
}

TEST(Ec2Tags, They_have_rules) {
  TestAccount cloud;
  const auto id = cloud.running_instance();
  const auto error = [&](json::array tags) {
    return cloud.ec2_error("CreateTags", {{"ResourceId", json::array{id}}, {"Tag", tags}});
  };
  EXPECT_THAT(error({json::object{{"Key", "aws:mine"}, {"Value", ""}}}),
              StartsWith("400 InvalidParameterValue"));
  EXPECT_THAT(error({json::object{{"Key", std::string(129, 'k')}}}),
              StartsWith("400 InvalidParameterValue"));
  EXPECT_THAT(error({json::object{{"Key", "k"}, {"Value", std::string(257, 'v')}}}),
              StartsWith("400 InvalidParameterValue"));
  json::array many;
  for (int i = 0; i < 51; ++i) many.push_back({{"Key", agent::base::cat("key ", i)}});
  EXPECT_THAT(error(many), StartsWith("400 TagLimitExceeded"));
  EXPECT_THAT(cloud.ec2_error("CreateTags", {{"ResourceId", json::array{"thing-1"}},
                                             {"Tag", json::array{json::object{{"Key", "k"}}}}}),
              StartsWith("400 InvalidID"));
}

}  // namespace
}  // namespace local_cloud
