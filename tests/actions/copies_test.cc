// CopyToRegions: copies, verified, and versions where a template is named; all or nothing.
#include <gmock/gmock.h>

#include "agent/base/text.h"
#include "tests/actions/create_image_cases.h"
#include "tests/actions/create_image_fixture.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::cat;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CopiesTest : public CreateImageTest {
 protected:
  void make_template(const std::string& region, const std::string& name = "web-there") {
    machine.aws("ec2", "CreateLaunchTemplate",
                {{"LaunchTemplateName", name},
                 {"LaunchTemplateData",
                  {{"ImageId", "ami-0abcdef1234567890"}, {"InstanceType", "t3.large"}}}},
                region);
  }
  std::vector<json::object> versions(const std::string& region,
                                     const std::string& name = "web-there") {
    const auto reply = machine.aws("ec2", "DescribeLaunchTemplateVersions",
                                   {{"LaunchTemplateName", name}}, region);
    std::vector<json::object> all;
    for (const auto* one : objects(reply, "launchTemplateVersionSet")) all.push_back(*one);
    return all;
  }
  void expect_no_copies(const std::string& region) {
    EXPECT_EQ(scene.images(region).size(), 0U);
    EXPECT_EQ(scene.snapshots(region).size(), 0U);
  }
};

TEST_F(CopiesTest, One_copy_in_each_region_and_a_version_where_a_template_is_named) {
  make_template("us-west-2");
  run({{"CopyToRegions", "eu-central-1, us-west-2=web-there"}});
  expect_one_of_everything(scene);
  const auto central = scene.images("eu-central-1");
  const auto west = scene.images("us-west-2");
  ASSERT_EQ(central.size(), 1U);
  ASSERT_EQ(west.size(), 1U);
  EXPECT_EQ(text(central[0], "imageState"), "available");
  EXPECT_EQ(tag(central[0], "codepipeline-agent:group"), "web");
  EXPECT_EQ(text(central[0], "name"), text(scene.images()[0], "name"));
  EXPECT_EQ(scene.snapshots("us-west-2").size(), 1U);
  const auto made = versions("us-west-2");
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(text(member(made[0], "launchTemplateData"), "imageId"), text(west[0], "imageId"));
  EXPECT_EQ(text(member(made[0], "launchTemplateData"), "instanceType"), "t3.large");
  EXPECT_EQ(text(made[0], "defaultVersion"), "false");
  EXPECT_EQ(
      text(scene.output_variables(), "CopiedImages"),
      cat("eu-central-1=", text(central[0], "imageId"), ",us-west-2=", text(west[0], "imageId")));
}

TEST_F(CopiesTest, Versions_become_the_default_there_too_when_told_to) {
  make_template("us-west-2");
  run({{"CopyToRegions", "us-west-2=web-there"}, {"SetDefaultVersion", "true"}});
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(text(versions("us-west-2").at(0), "defaultVersion"), "true");
}

TEST_F(CopiesTest, Nothing_is_published_anywhere_when_one_copy_fails) {
  make_template("us-west-2");
  cloud.settings().copies_fail = "eu-central-1";
  run({{"CopyToRegions", "eu-central-1,us-west-2=web-there"}});
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("JobFailed"), HasSubstr("is failed"), Not(HasSubstr("Left"))));
  expect_nothing_made(scene);
  expect_no_copies("eu-central-1");
  expect_no_copies("us-west-2");
  EXPECT_EQ(versions("us-west-2").size(), 1U);
}

TEST_F(CopiesTest, Copies_are_kept_after_a_failure_when_told_to_and_adopted_by_the_retry) {
  make_template("us-west-2");
  scene.set_up(
      {{"CopyToRegions", "us-west-2=web-there"}, {"Options", R"({"KeepOnFailure":true})"}});
  cloud.accounts().deny({"*", "ec2:CreateLaunchTemplateVersion"});
  work();
  EXPECT_THAT(failure(), HasSubstr("PermissionError"));
  ASSERT_EQ(scene.images("us-west-2").size(), 1U);
  const auto copy = text(scene.images("us-west-2")[0], "imageId");
  cloud.accounts().allow_everything();
  scene.retry();
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }));
  ASSERT_EQ(scene.images("us-west-2").size(), 1U);
  EXPECT_EQ(text(scene.images("us-west-2")[0], "imageId"), copy);
  EXPECT_EQ(scene.images().size(), 1U);
}

TEST_F(CopiesTest, A_version_that_was_made_elsewhere_is_removed_when_the_rest_fails) {
  make_template("us-west-2");
  cloud.settings().unhealthy_images = "web-*";
  run({{"CopyToRegions", "us-west-2=web-there"}, {"Rollout", "refresh"}});
  EXPECT_THAT(failure(), AllOf(HasSubstr("RollbackSuccessful"), Not(HasSubstr("Left"))));
  EXPECT_EQ(versions("us-west-2").size(), 1U);
  expect_no_copies("us-west-2");
  expect_nothing_made(scene);
}

TEST_F(CopiesTest, A_copy_is_encrypted_with_the_key_of_its_region) {
  const std::string key =
      "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  run({{"CopyToRegions", "us-west-2,eu-central-1"},
       {"Options", cat(R"({"KmsKeys":"us-west-2=)", key, R"("})")}});
  EXPECT_EQ(scene.status(), "Succeeded") << failure();
  const auto west = scene.snapshots("us-west-2").at(0);
  EXPECT_EQ(text(west, "encrypted"), "true");
  EXPECT_EQ(text(west, "kmsKeyId"), key);
  EXPECT_EQ(text(scene.snapshots("eu-central-1").at(0), "encrypted"), "false");
}

TEST_F(CopiesTest, A_wrong_key_fails_with_the_copys_own_reason) {
  run({{"CopyToRegions", "us-west-2"},
       {"Options",
        R"({"KmsKeys":"us-west-2=arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"})"}});
  EXPECT_THAT(failure(), AllOf(HasSubstr("us-west-2"), Not(HasSubstr("Left"))));
  expect_nothing_made(scene);
  expect_no_copies("us-west-2");
}

TEST_F(CopiesTest, A_copy_that_fails_while_no_agent_runs_still_says_why) {
  cloud.settings().copies_fail = "us-west-2";
  scene.set_up({{"CopyToRegions", "us-west-2"}});
  const auto copies = [&] { return scene.images("us-west-2"); };
  auto& first = machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return copies().size() == 1; }));
  first.be_lost();
  machine.pass(5min);
  ASSERT_EQ(text(copies().at(0), "imageState"), "failed");
  work();
  EXPECT_THAT(failure(), AllOf(HasSubstr("in us-west-2 is failed"), Not(HasSubstr("Left"))));
  expect_nothing_made(scene);
  expect_no_copies("us-west-2");
}

TEST_F(CopiesTest, Waits_for_a_place_when_EC2_copies_too_many_snapshots) {
  cloud.settings().snapshot_copies_at_once = 1;
  scene.set_up({{"CopyToRegions", "us-west-2"}});
  const auto other = text(
      machine.aws("ec2", "CreateImage",
                  {{"InstanceId", text(*objects(scene.group(), "Instances").at(0), "InstanceId")},
                   {"Name", "other"}}),
      "imageId");
  machine.pass(1min);
  cloud.settings().image_time = 10min;
  machine.aws("ec2", "CopyImage",
              {{"SourceImageId", other}, {"SourceRegion", "eu-west-1"}, {"Name", "other"}},
              "us-west-2");
  cloud.settings().image_time = 20s;
  work();
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(scene.images("us-west-2").size(), 2U);
}

TEST_F(CopiesTest, The_regions_progress_is_shown_side_by_side) {
  cloud.settings().image_time = 2min;
  scene.set_up({{"CopyToRegions", "eu-central-1,us-west-2"}});
  machine.start_agent(state.path(), {.hold = 0s});
  ASSERT_TRUE(machine.run_until([&] {
    const auto summary = text(scene.action(), "summary");
    return summary.contains("eu-central-1: ") && summary.contains("; us-west-2: ");
  }));
  EXPECT_TRUE(scene.action().contains("percentComplete"));
}

struct WrongCopies {
  const char* what;
  json::object configuration;
  std::vector<std::string> message;
};
class WrongCopiesTest : public CopiesTest, public ::testing::WithParamInterface<WrongCopies> {};

TEST_P(WrongCopiesTest, Is_a_configuration_error_and_nothing_is_left) {
  run(GetParam().configuration);
  const auto message = failure();
  EXPECT_THAT(message, HasSubstr("ConfigurationError"));
  for (const auto& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
  expect_nothing_made(scene);
  expect_no_copies("us-west-2");
}

INSTANTIATE_TEST_SUITE_P(
    CopyToRegions, WrongCopiesTest,
    ::testing::Values(
        WrongCopies{"no_region", {{"CopyToRegions", "Ireland"}}, {"CopyToRegions", "Ireland"}},
        WrongCopies{"twice", {{"CopyToRegions", "us-west-2,us-west-2=x"}}, {"us-west-2", "twice"}},
        WrongCopies{"own_region", {{"CopyToRegions", "eu-west-1"}}, {"eu-west-1", "other regions"}},
        WrongCopies{"nothing_behind", {{"CopyToRegions", "us-west-2="}}, {"us-west-2="}},
        WrongCopies{"no_such_template",
                    {{"CopyToRegions", "us-west-2=web-there"}},
                    {"CopyToRegions", "us-west-2=web-there", "Check the name"}},
        WrongCopies{"key_of_another_region",
                    {{"CopyToRegions", "us-west-2"}, {"Options", R"({"KmsKeys":"eu-west-3=x"})"}},
                    {"KmsKeys", "eu-west-3"}}),
    [](const auto& info) { return info.param.what; });

}  // namespace
}  // namespace actions
