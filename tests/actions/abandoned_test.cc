// Executions that are stopped and abandoned while an agent works for them: CodePipeline tells
// nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "tests/actions/create_image_cases.h"
#include "tests/support/scene.h"
#include "tests/support/temporary_directory.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::text;

class AbandonedTest : public ::testing::Test {
 protected:
  static local_cloud::Settings settings() {
    local_cloud::Settings settings;
    settings.image_time = 60s;
    return settings;
  }

  // The agent has asked for the image and waits for it.
  void start() {
    scene.set_up();
    machine.start_agent(state.path(), pace);
    ASSERT_TRUE(machine.run_until([&] { return !scene.images().empty(); }));
  }

  std::size_t requests(std::string_view operation) {
    return static_cast<std::size_t>(
        std::ranges::count(machine.host().network().requests(), std::string(operation)));
  }

  void expect_nothing_held() { EXPECT_EQ(machine.host().agent().held(), 0U); }

  support::AgentPace pace;
  support::TemporaryDirectory state;
  local_cloud::Cloud cloud{settings()};
  support::Machine machine{cloud, std::chrono::sys_days{std::chrono::year(2026) / 11 / 21}};
  support::Scene scene{machine};
};

TEST_F(AbandonedTest, Work_stops_before_the_version_and_the_image_is_removed) {
  start();
  scene.abandon();
  machine.pass(15min);
  EXPECT_EQ(text(scene.action(), "status"), "Abandoned");
  EXPECT_EQ(requests("CreateLaunchTemplateVersion"), 0U);
  expect_nothing_made(scene);
  expect_nothing_held();
}

TEST_F(AbandonedTest, A_hand_back_that_is_refused_has_the_image_removed) {
  pace.hold = 20s;
  start();
  scene.abandon();
  machine.pass(15min);
  EXPECT_EQ(requests("PutJobSuccessResult"), 1U);
  EXPECT_EQ(requests("PutJobFailureResult"), 0U);
  expect_nothing_made(scene);
  expect_nothing_held();
}

TEST_F(AbandonedTest, The_same_when_CodePipeline_has_forgotten_the_job) {
  cloud.settings().abandoned_result_is_job_not_found = true;
  pace.hold = 20s;
  start();
  scene.abandon();
  machine.pass(15min);
  expect_nothing_made(scene);
  expect_nothing_held();
}

class AbandonedAndRetriedTest : public AbandonedTest,
                                public ::testing::WithParamInterface<std::chrono::seconds> {};

TEST_P(AbandonedAndRetriedTest, The_older_attempt_leaves_the_image_to_the_newer_one) {
  pace.hold = GetParam();
  start();
  scene.abandon();
  scene.retry();
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }));
  machine.pass(15min);
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.versions().size(), 2U);
  expect_nothing_held();
}

INSTANTIATE_TEST_SUITE_P(Held, AbandonedAndRetriedTest, ::testing::Values(20s, 3'600s));

TEST_F(AbandonedTest, What_has_a_version_already_stays) {
  scene.set_up({{"SetDefaultVersion", "true"}});
  local_cloud::FaultRule slow{.operation = "CreateLaunchTemplateVersion"};
  slow.fault.latency = 10s;
  cloud.faults().add(slow);
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return requests("CreateLaunchTemplateVersion") == 1; }));
  scene.abandon();
  machine.pass(15min);
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.versions().size(), 2U);
  EXPECT_EQ(requests("ModifyLaunchTemplate"), 0U);
  expect_nothing_held();
}

// The first attempt made image and version, the second finds them and fails before it could note
// so.
TEST_F(AbandonedTest, An_image_that_a_version_of_an_earlier_attempt_starts_is_not_removed) {
  cloud.accounts().deny({"*", "ec2:ModifyLaunchTemplate"});
  scene.set_up({{"SetDefaultVersion", "true"}});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Failed"; }));
  ASSERT_EQ(scene.versions().size(), 2U);
  cloud.accounts().deny({"*", "ec2:CreateLaunchTemplateVersion"});
  local_cloud::FaultRule blind{.operation = "DescribeLaunchTemplateVersions", .skip = 2};
  blind.fault = {.effect = local_cloud::Fault::Effect::error,
                 .takes_effect = false,
                 .status = 400,
                 .code = "UnsupportedOperation",
                 .message = "not now"};
  blind.times = 1;
  cloud.faults().add(blind);
  scene.retry();
  machine.pass(1s);
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Failed"; }));
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.snapshots().size(), 1U);
  const auto error = agent::base::member(scene.action(), "errorDetails");
  EXPECT_THAT(text(error, "message"), ::testing::HasSubstr("version 2 of launch template"));
}

// CodePipeline does not say at first whether there is a newer attempt.
TEST_F(AbandonedTest, Nothing_is_undone_before_it_is_known_whether_there_is_a_newer_attempt) {
  start();
  scene.abandon();
  scene.retry();
  local_cloud::FaultRule silent{.operation = "ListActionExecutions", .skip = 1, .times = 8};
  silent.fault = {
      .effect = local_cloud::Fault::Effect::error, .takes_effect = false, .status = 503};
  cloud.faults().add(silent);
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }));
  machine.pass(30min);
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.versions().size(), 2U);
  EXPECT_EQ(requests("DeregisterImage"), 0U);
  expect_nothing_held();
}

TEST_F(AbandonedTest, Without_the_permission_to_look_the_work_goes_on) {
  cloud.accounts().deny({"*", "codepipeline:ListActionExecutions"});
  start();
  machine.pass(15min);
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(scene.versions().size(), 2U);
}

TEST_F(AbandonedTest, Without_that_permission_a_refused_hand_back_leaves_the_image_alone) {
  cloud.accounts().deny({"*", "codepipeline:ListActionExecutions"});
  pace.hold = 20s;
  start();
  scene.abandon();
  machine.pass(15min);
  EXPECT_EQ(scene.images().size(), 1U);
  expect_nothing_held();
}

}  // namespace
}  // namespace actions
