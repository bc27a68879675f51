#include "actions/create_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "tests/actions/create_image_cases.h"
#include "tests/actions/create_image_fixture.h"
#include "tests/support/scene.h"
#include "tests/support/temporary_directory.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::list;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using support::Scene;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace json = boost::json;

TEST_F(CreateImageTest, Makes_an_image_the_next_version_of_the_groups_template) {
  run();
  expect_one_of_everything(scene);
}

TEST_F(CreateImageTest, Tags_what_it_makes_with_its_execution) {
  run({{"Options", R"({"Tags":"team=shop"})"}});
  const auto image = scene.images().at(0);
  const auto snapshot = scene.snapshots().at(0);
  for (const auto& one : {image, snapshot}) {
    EXPECT_EQ(tag(one, "codepipeline-agent:pipeline"), "shop");
    EXPECT_EQ(tag(one, "codepipeline-agent:action"), "Image/Image");
    EXPECT_EQ(tag(one, "codepipeline-agent:group"), "web");
    EXPECT_EQ(tag(one, "team"), "shop");
    EXPECT_THAT(text(image, "name"), HasSubstr(tag(one, "codepipeline-agent:execution")));
  }
}

TEST_F(CreateImageTest, Leaves_the_default_version_alone_when_the_group_follows_the_latest) {
  run();
  for (const auto& version : scene.versions()) {
    EXPECT_EQ(text(version, "defaultVersion"),
              text(version, "versionNumber") == "1" ? "true" : "false");
  }
}

TEST_F(CreateImageTest, Makes_the_version_the_default_when_the_group_follows_that) {
  run({}, "$Default");
  for (const auto& version : scene.versions()) {
    EXPECT_EQ(text(version, "defaultVersion"),
              text(version, "versionNumber") == "2" ? "true" : "false");
  }
}

TEST_F(CreateImageTest, Makes_the_version_the_default_when_told_to) {
  run({{"SetDefaultVersion", "true"}});
  EXPECT_EQ(scene.status(), "Succeeded");
  for (const auto& version : scene.versions()) {
    EXPECT_EQ(text(version, "defaultVersion"),
              text(version, "versionNumber") == "2" ? "true" : "false");
  }
}

TEST_F(CreateImageTest, Hands_a_waiting_job_back_and_goes_on_with_it) {
  pace.hold = 0s;
  run();
  expect_one_of_everything(scene);
}

TEST_F(CreateImageTest, Adopts_its_image_and_version_when_the_stage_is_retried) {
  scene.set_up({{"SetDefaultVersion", "true"}});
  // The last step fails for want of a permission; what was made before it stays.
  cloud.accounts().deny({"*", "ec2:ModifyLaunchTemplate"});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }));
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("PermissionError"), HasSubstr("ec2:ModifyLaunchTemplate")));
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.versions().size(), 2U);

  cloud.accounts().allow_everything();
  scene.retry();
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }));
  expect_one_of_everything(scene);
}

TEST_F(CreateImageTest, Removes_the_image_when_a_later_step_fails) {
  scene.set_up();
  cloud.accounts().deny({"*", "ec2:CreateLaunchTemplateVersion"});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }));
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("PermissionError"), HasSubstr("ec2:CreateLaunchTemplateVersion")));
  expect_nothing_made(scene);
}

TEST_F(CreateImageTest, Fails_with_the_images_own_reason_and_removes_it) {
  scene.set_up();
  cloud.settings().images_fail = true;
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }));
  EXPECT_THAT(failure(), AllOf(HasSubstr("JobFailed"), HasSubstr("is failed")));
  expect_nothing_made(scene);
}

TEST_F(CreateImageTest, A_name_that_another_execution_has_taken_is_a_configuration_error) {
  run({{"ImageName", "golden"}});
  scene.start();
  machine.pass(1s);
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }));
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("golden"),
                               HasSubstr("{execution}")));
  EXPECT_EQ(scene.images().size(), 1U);
}

// What is wrong with the settings is said within one poll, and nothing has been made.
struct WrongSettings {
  const char* what;
  json::object configuration;
  std::vector<std::string> message;
};

class WrongSettingsTest : public CreateImageTest,
                          public ::testing::WithParamInterface<WrongSettings> {};

TEST_P(WrongSettingsTest, Is_a_configuration_error_that_names_setting_value_and_remedy) {
  run(GetParam().configuration);
  const auto message = failure();
  EXPECT_THAT(message, HasSubstr("ConfigurationError"));
  for (const auto& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
  expect_nothing_made(scene);
}

INSTANTIATE_TEST_SUITE_P(
    CreateImage, WrongSettingsTest,
    ::testing::Values(
        WrongSettings{"missing_group",
                      {{"AutoScalingGroupName", "wbe"}},
                      {"AutoScalingGroupName", "wbe", "Check the name"}},
        WrongSettings{"unknown_setting",
                      {{"Options", R"({"Imageing":"reboot"})"}},
                      {"Imageing", "did you mean Imaging?"}},
        WrongSettings{"bad_boolean",
                      {{"SetDefaultVersion", "yes"}},
                      {"SetDefaultVersion", "yes", "auto, true, false"}},
        WrongSettings{"contradiction",
                      {{"Imaging", "reboot"}, {"Options", R"({"Imaging":"no-reboot"})"}},
                      {"Imaging", "reboot", "no-reboot", "Keep one"}},
        WrongSettings{"unknown_template",
                      {{"LaunchTemplateName", "wob"}},
                      {"LaunchTemplateName", "wob", "Check the name"}},
        WrongSettings{"unknown_template_id",
                      {{"LaunchTemplateName", "lt-0123456789abcdef0"}},
                      {"LaunchTemplateName", "lt-0123456789abcdef0"}},
        WrongSettings{
            "bad_image_name", {{"ImageName", "{grup}-1"}}, {"ImageName", "{grup}", "{group}"}},
        WrongSettings{"bad_region", {{"Region", "Ireland"}}, {"Region", "Ireland", "eu-west-1"}},
        WrongSettings{"bad_options", {{"Options", "Imaging=reboot"}}, {"Options", "JSON object"}},
        WrongSettings{"bad_timeout",
                      {{"Options", R"({"TimeoutMinutes":"soon"})"}},
                      {"TimeoutMinutes", "soon", "1 to 1380"}}),
    [](const auto& info) { return info.param.what; });

}  // namespace
}  // namespace actions
