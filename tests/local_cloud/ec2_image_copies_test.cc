#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto own_key = "11111111-2222-3333-4444-555555555555";

// An image of the first region, and copies of it in the second.
class Ec2CopyImage : public testing::Test {
 public:
  Ec2CopyImage() {
    image = cloud.image_of(cloud.running_instance(), "web");
    cloud.pass(seconds(100));
    cloud.region = "us-east-1";
  }

  json::object params(json::object more = {}) const {
    more.insert({{"SourceImageId", image}, {"SourceRegion", "eu-west-1"}, {"Name", "copied"}});
    return more;
  }
  std::string copied(json::object more = {}) {
    return text(cloud.ec2("CopyImage", params(std::move(more))), "imageId");
  }
  std::string error(json::object more) {
    return cloud.ec2_error("CopyImage", params(std::move(more)));
  }
  json::object snapshot_of(const std::string& id) {
    const auto mapping = TestAccount::first(cloud.image(id), "blockDeviceMapping");
    const json::array ids{text(member(mapping, "ebs"), "snapshotId")};
    return TestAccount::first(cloud.ec2("DescribeSnapshots", {{"SnapshotId", ids}}), "snapshotSet");
  }
  std::string key_of(const std::string& copy) {
    cloud.pass(seconds(2));
    const auto shown = snapshot_of(copy);
    EXPECT_EQ(text(shown, "encrypted"), "true");
    return text(shown, "kmsKeyId");
  }

  TestAccount cloud;
  std::string image;
};

TEST_F(Ec2CopyImage, A_copy_is_made_in_another_region_once_for_a_token) {
  const json::object token{{"ClientToken", "abc"}};
  const auto copy = copied(token);
  EXPECT_EQ(copied(token), copy);
  cloud.pass(seconds(100));
  EXPECT_EQ(text(cloud.image(copy), "name"), "copied");
  EXPECT_EQ(text(cloud.image(copy), "imageState"), "available");
  EXPECT_EQ(text(cloud.image(copy), "description"), "[Copied " + image + " from eu-west-1] web");
  EXPECT_THAT(error({{"ClientToken", "abc"}, {"Name", "copied otherwise"}}),
              StartsWith("400 IdempotentParameterMismatch"));
}

TEST_F(Ec2CopyImage, It_is_the_same_machine_and_says_where_it_comes_from) {
  const auto copy = copied();
  cloud.pass(seconds(100));
  const auto made = cloud.image(copy);
  cloud.region = "eu-west-1";
  const auto source = cloud.image(image);
  for (const auto* name : {"architecture", "bootMode", "imdsSupport", "rootDeviceName",
                           "enaSupport", "virtualizationType"}) {
    EXPECT_EQ(text(made, name), text(source, name)) << name;
    EXPECT_NE(text(made, name), "") << name;
  }
  EXPECT_EQ(text(made, "sourceImageId"), image);
  EXPECT_EQ(text(made, "sourceImageRegion"), "eu-west-1");
  EXPECT_FALSE(made.contains("sourceInstanceId"));
  EXPECT_EQ(text(member(TestAccount::first(made, "blockDeviceMapping"), "ebs"), "volumeSize"), "8");
}

TEST_F(Ec2CopyImage, Its_snapshots_make_progress_and_have_tags) {
  const auto tags = [](std::string_view type) {
    const json::object tag{{"Key", "kind"}, {"Value", type}};
    return json::object{{"ResourceType", type}, {"Tag", json::array{tag}}};
  };
  const auto copy = copied({{"TagSpecification", json::array{tags("image"), tags("snapshot")}}});
  cloud.pass(seconds(45));
  auto snapshot = snapshot_of(copy);
  EXPECT_EQ(text(snapshot, "status"), "pending");
  EXPECT_EQ(text(snapshot, "progress"), "50%");
  EXPECT_THAT(text(snapshot, "description"), AllOf(HasSubstr(image), HasSubstr(copy)));
  EXPECT_EQ(text(TestAccount::first(snapshot, "tagSet"), "value"), "snapshot");
  EXPECT_EQ(text(TestAccount::first(cloud.image(copy), "tagSet"), "value"), "image");
  cloud.pass(seconds(45));
  snapshot = snapshot_of(copy);
  EXPECT_EQ(text(snapshot, "status"), "completed");
  EXPECT_EQ(text(cloud.image(copy), "imageState"), "pending");
}

TEST_F(Ec2CopyImage, Keys_are_named_in_several_ways_and_are_the_regions_own) {
  const auto here = std::string("arn:aws:kms:us-east-1:123456789012:key/");
  const auto with_key = [&](std::string_view name, std::string_view key) {
    return key_of(copied({{"Name", name}, {"Encrypted", "true"}, {"KmsKeyId", key}}));
  };
  const auto by_default = key_of(copied({{"Encrypted", "true"}}));
  EXPECT_THAT(by_default, StartsWith(here));
  EXPECT_EQ(with_key("alias", "alias/aws/ebs"), by_default);
  EXPECT_EQ(with_key("alias arn", "arn:aws:kms:us-east-1:123456789012:alias/aws/ebs"), by_default);
  EXPECT_NE(with_key("other alias", "alias/web"), by_default);
  EXPECT_EQ(with_key("key id", own_key), here + own_key);
  EXPECT_EQ(with_key("arn", here + own_key), here + own_key);
  EXPECT_THAT(error({{"KmsKeyId", own_key}}), StartsWith("400 InvalidParameterDependency"));
}

TEST_F(Ec2CopyImage, What_is_encrypted_stays_so_with_a_key_of_the_new_region) {
  const auto encrypted = copied({{"Encrypted", "true"}});
  cloud.pass(seconds(100));
  const auto snapshot = text(snapshot_of(encrypted), "snapshotId");
  cloud.region = "eu-north-1";
  const json::object from{{"SourceImageId", encrypted}, {"SourceRegion", "us-east-1"}};
  auto plain = from;
  plain["Encrypted"] = "false";
  EXPECT_EQ(error(plain), "400 InvalidRequest: Snapshot " + snapshot +
                              " is encrypted. Creating unencrypted copy from an encrypted snapshot "
                              "is not supported.");
  EXPECT_THAT(key_of(copied(from)), StartsWith("arn:aws:kms:eu-north-1:123456789012:key/"));
}

TEST_F(Ec2CopyImage, One_with_a_key_that_cannot_be_used_fails_later) {
  cloud.settings.unusable_kms_keys = "*:key/11111111-*";
  int count = 0;
  for (const auto* key : {own_key, "nonsense", "arn:aws:kms:eu-west-1:123456789012:alias/aws/ebs",
                          "arn:aws:kms:eu-west-1:123456789012:key/99999999-2222-3333-4444-5555"}) {
    const auto copy = copied(
        {{"Name", agent::base::cat("copy ", ++count)}, {"Encrypted", "true"}, {"KmsKeyId", key}});
    cloud.pass(seconds(80));
    EXPECT_EQ(text(cloud.image(copy), "imageState"), "pending") << key;
    cloud.pass(seconds(20));
    EXPECT_EQ(text(cloud.image(copy), "imageState"), "failed") << key;
    EXPECT_EQ(text(member(cloud.image(copy), "stateReason"), "message"),
              "Copy image failed with an internal error.");
    const auto snapshot = snapshot_of(copy);
    EXPECT_EQ(text(snapshot, "status"), "error");
    EXPECT_EQ(text(snapshot, "statusMessage"), "Given key ID is not accessible");
  }
}

TEST_F(Ec2CopyImage, Those_into_some_regions_can_be_made_to_fail) {
  cloud.settings.copies_fail = "ap-*, us-east-1";
  const auto bad = copied();
  cloud.pass(seconds(100));
  EXPECT_EQ(text(cloud.image(bad), "imageState"), "failed");
  EXPECT_EQ(text(snapshot_of(bad), "status"), "error");
  EXPECT_NE(text(snapshot_of(bad), "statusMessage"), "");
  cloud.region = "us-east-2";
  const auto good = copied();
  cloud.pass(seconds(100));
  EXPECT_EQ(text(cloud.image(good), "imageState"), "available");
}

TEST_F(Ec2CopyImage, Only_so_many_snapshots_are_copied_into_a_region_at_once) {
  cloud.settings.snapshot_copies_at_once = 2;
  copied({{"Name", "one"}});
  copied({{"Name", "two"}});
  EXPECT_EQ(error({}),
            "400 ResourceLimitExceeded: Too many snapshot copies in progress. The limit is 2 for "
            "this destination region.");
  cloud.region = "us-east-2";
  EXPECT_EQ(error({}), "");
  cloud.region = "us-east-1";
  cloud.pass(seconds(90));
  EXPECT_EQ(error({}), "");
}

TEST_F(Ec2CopyImage, Only_what_is_available_can_be_copied_from_regions_that_there_are) {
  EXPECT_THAT(error({{"SourceRegion", "mars-1"}}), StartsWith("400 InvalidParameterValue"));
  EXPECT_THAT(error({{"SourceImageId", "ami-00000000"}}), StartsWith("400 InvalidAMIID.NotFound"));
  cloud.settings.disabled_regions = "eu-west-*";
  EXPECT_THAT(error({}), StartsWith("403 OptInRequired"));
  cloud.settings.disabled_regions.clear();
  const auto copy = copied();
  cloud.pass(seconds(50));
  cloud.region = "eu-north-1";
  EXPECT_THAT(error({{"SourceImageId", copy}, {"SourceRegion", "us-east-1"}}),
              StartsWith("400 InvalidAMIID.Unavailable"));
}

TEST_F(Ec2CopyImage, The_time_that_it_may_take_has_steps) {
  const auto within = [&](std::string_view minutes) {
    return error({{"SnapshotCopyCompletionDurationMinutes", minutes}});
  };
  EXPECT_THAT(within("20"), StartsWith("400 InvalidParameterValue"));
  EXPECT_THAT(within("0"), StartsWith("400 InvalidParameterValue"));
  EXPECT_THAT(within("2895"), StartsWith("400 InvalidParameterValue"));
  EXPECT_EQ(within("30"), "");
}

TEST(Ec2Regions, Those_not_opted_in_to_are_shown_when_asked_for) {
  TestAccount cloud;
  cloud.settings.disabled_regions = "sa-*";
  const auto shown = [&](json::object params) {
    return TestAccount::all(cloud.ec2("DescribeRegions", std::move(params)), "regionInfo",
                            "optInStatus");
  };
  EXPECT_THAT(shown({}), testing::Each("opt-in-not-required"));
  EXPECT_THAT(shown({{"RegionName", json::array{"sa-east-1"}}}), ElementsAre("not-opted-in"));
  EXPECT_EQ(shown({{"AllRegions", "true"}}).size(), shown({}).size() + 1);
}

}  // namespace
}  // namespace local_cloud
