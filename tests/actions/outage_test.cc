// Faults that do not end: what the action comes to, and what it leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/actions/create_image_cases.h"
#include "tests/support/temporary_directory.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::cat;
using agent::base::member;
using agent::base::text;
using support::report;
using support::Scene;
using ::testing::HasSubstr;
using Effect = local_cloud::Fault::Effect;

enum class Left { nothing, image, image_and_version };

struct Outage {
  std::string name;
  std::string operation;
  local_cloud::Fault fault;
  std::string failure_type;  // "" = the action succeeds
  std::vector<std::string> message = {};
  Left left = Left::nothing;
  std::int64_t skip = 0;  // so many requests go well before
};

std::vector<Outage> outages() {
  const local_cloud::Fault down{.effect = Effect::error, .takes_effect = false, .status = 503};
  const local_cloud::Fault lost{.effect = Effect::error, .takes_effect = true, .status = 500};
  const local_cloud::Fault throttled{.effect = Effect::throttle, .takes_effect = false};
  const local_cloud::Fault page{.effect = Effect::html, .takes_effect = false};
  const local_cloud::Fault expired{.effect = Effect::expired_token, .takes_effect = false};
  const std::string unavailable = "SystemUnavailable";
  using enum Left;
  return {
      {"groups cannot be described",
       "DescribeAutoScalingGroups",
       down,
       unavailable,
       {"DescribeAutoScalingGroups"}},
      {"Auto Scaling throttles",
       "DescribeAutoScalingGroups",
       throttled,
       unavailable,
       {"DescribeAutoScalingGroups", "Throttling"}},
      {"a proxy answers for Auto Scaling", "DescribeAutoScalingGroups", page, unavailable},
      {"EC2 throttles template versions",
       "DescribeLaunchTemplateVersions",
       throttled,
       unavailable,
       {"RequestLimitExceeded"}},
      {"images cannot be described", "DescribeImages", down, unavailable, {"DescribeImages"}},
      {"images cannot be described once there is one",
       "DescribeImages",
       down,
       "JobFailed",
       {"TimeoutMinutes", "Left behind: ami-"},
       image,
       4},
      {"snapshots cannot be described", "DescribeSnapshots", down, "", {}, image_and_version},
      {"no image can be created", "CreateImage", down, unavailable, {"CreateImage"}},
      {"images are created and nobody is told", "CreateImage", lost, "", {}, image_and_version},
      {"no version can be created",
       "CreateLaunchTemplateVersion",
       down,
       unavailable,
       {"CreateLaunchTemplateVersion"}},
      {"versions are created and nobody is told",
       "CreateLaunchTemplateVersion",
       lost,
       "",
       {},
       image_and_version},
      {"the default version cannot be set",
       "ModifyLaunchTemplate",
       down,
       unavailable,
       {"ModifyLaunchTemplate"},
       image_and_version},
      {"the default version is set and nobody is told",
       "ModifyLaunchTemplate",
       lost,
       unavailable,
       {"ModifyLaunchTemplate"},
       image_and_version},
      {"credentials expired for good",
       "CreateImage",
       expired,
       unavailable,
       {"credentials are not valid"}},
      {"nobody can tell whether it was abandoned",
       "ListActionExecutions",
       down,
       "",
       {},
       image_and_version},
  };
}

class OutageTest : public ::testing::Test {
 protected:
  static local_cloud::Settings settings() {
    local_cloud::Settings settings;
    settings.image_time = 20s;
    return settings;
  }
  // Looking costs the cloud a request, so not at every turn.
  std::function<bool()> is_over() {
    return [this, next = machine.now()] mutable {
      if (machine.now() < next) return false;
      next = machine.now() + 10s;
      return scene.is_over();
    };
  }
  void fault(const std::string& id, const std::string& operation, const local_cloud::Fault& what,
             std::int64_t skip = 0) {
    cloud.faults().add({.id = id, .operation = operation, .skip = skip, .fault = what});
  }

  // As it is by default: what lasts for hours should not take many requests.
  support::AgentPace pace{.hold = 20s, .wait_interval = 15s, .poll_interval = 15s};
  support::TemporaryDirectory state;
  local_cloud::Cloud cloud{settings()};
  support::Machine machine{cloud, std::chrono::sys_days{std::chrono::year(2026) / 11 / 21}};
  Scene scene{machine};
};

class EndlessOutageTest : public OutageTest, public ::testing::WithParamInterface<Outage> {};

TEST_P(EndlessOutageTest, Comes_to_what_is_written_down) {
  const auto& outage = GetParam();
  scene.set_up({{"SetDefaultVersion", "true"}});
  fault("outage", outage.operation, outage.fault, outage.skip);
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until(is_over(), 12h));
  cloud.faults().clear();
  const auto error = member(scene.action(), "errorDetails");
  EXPECT_EQ(text(error, "code"), outage.failure_type) << text(error, "message");
  for (const auto& part : outage.message) EXPECT_THAT(text(error, "message"), HasSubstr(part));
  machine.pass(1min);
  EXPECT_EQ(scene.images().size(), outage.left == Left::nothing ? 0U : 1U);
  EXPECT_EQ(scene.snapshots().size(), scene.images().size());
  EXPECT_EQ(scene.versions().size(), outage.left == Left::image_and_version ? 2U : 1U);
  EXPECT_TRUE(machine.host().state().jobs().empty());
  const auto end = outage.failure_type.empty() ? "Succeeded" : outage.failure_type;
  report("faults", "for ever: " + outage.name,
         cat(end, ", ",
             outage.left == Left::nothing ? "nothing is left"
             : outage.left == Left::image ? "the image is left, and named"
                                          : "image and version stay"),
         {.tried = 1});
}

INSTANTIATE_TEST_SUITE_P(CreateImage, EndlessOutageTest, ::testing::ValuesIn(outages()),
                         [](const auto& info) {
                           auto name = info.param.name;
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

// Results are told for hours.
TEST_F(OutageTest, A_result_that_cannot_be_reported_for_five_hours_is_reported_then) {
  scene.set_up();
  fault("outage", "PutJob*", {.effect = Effect::error, .takes_effect = false, .status = 500});
  machine.start_agent(state.path(), pace);
  machine.pass(5h);
  EXPECT_EQ(scene.status(), "InProgress");
  cloud.faults().clear();
  ASSERT_TRUE(machine.run_until(is_over()));
  expect_one_of_everything(scene);
  report("faults", "results are not taken for five hours", "reported then, and once", {.tried = 1});
}

TEST_F(OutageTest, A_job_that_cannot_be_acknowledged_is_not_begun) {
  scene.set_up();
  fault("outage", "AcknowledgeJob",
        {.effect = Effect::error, .takes_effect = false, .status = 503});
  machine.start_agent(state.path(), pace);
  machine.pass(1h);
  expect_nothing_made(scene);
  EXPECT_EQ(scene.status(), "InProgress");
  cloud.faults().clear();
  ASSERT_TRUE(machine.run_until(is_over()));
  expect_one_of_everything(scene);
  report("faults", "jobs cannot be acknowledged for an hour",
         "nothing is begun before one is; then one of everything", {.tried = 1});
}

TEST_F(OutageTest, A_job_whose_details_cannot_be_had_after_a_restart_waits_for_them) {
  scene.set_up();
  const support::Kill in_the_midst{support::Event::What::request, 8, support::Kill::When::after};
  const auto& killed = machine.start_agent(state.path(), pace, in_the_midst);
  ASSERT_TRUE(machine.run_until([&] { return killed.is_dead(); }));
  fault("outage", "GetJobDetails", {.effect = Effect::error, .takes_effect = false, .status = 503});
  const auto& next = machine.start_agent(state.path(), pace);
  machine.pass(1h);
  EXPECT_GT(std::ranges::count(next.network().requests(), "GetJobDetails"), 10);
  EXPECT_EQ(scene.status(), "InProgress");
  cloud.faults().clear();
  ASSERT_TRUE(machine.run_until(is_over()));
  expect_one_of_everything(scene);
  report("faults", "job details cannot be had for an hour after a restart",
         "one of everything, success", {.tried = 1});
}

TEST_F(OutageTest, Expired_credentials_are_waited_for) {
  scene.set_up();
  machine.start_agent(state.path(), {.hold = 20s});
  machine.pass(3s);
  for (const auto* operation : {"Describe*", "CreateImage", "CreateLaunch*", "PutJob*",
                                "AcknowledgeJob", "PollForJobs", "GetJobDetails"}) {
    fault(operation, operation, {.effect = Effect::expired_token, .takes_effect = false});
  }
  machine.pass(10min);
  cloud.faults().clear();
  ASSERT_TRUE(machine.run_until(is_over()));
  expect_one_of_everything(scene);
  report("faults", "credentials expired for ten minutes", "one of everything, success",
         {.tried = 1});
}

// A clock that is wrong from the start, or begins to be: signatures are refused until the client
// has learned by how much.
TEST_F(OutageTest, A_wrong_clock_is_allowed_for) {
  std::size_t tried = 0;
  for (const auto wrong : {std::chrono::milliseconds(1h), std::chrono::milliseconds(-1h)}) {
    for (const auto after : {0s, 2s, 10s}) {
      local_cloud::Cloud other_cloud{settings()};
      support::Machine host{other_cloud, std::chrono::sys_days{std::chrono::year(2026) / 11 / 21}};
      support::TemporaryDirectory home;
      Scene shop(host);
      shop.set_up();
      host.start_agent(home.path(), {.hold = 5s});
      host.pass(after);
      host.clock().set_wrong_by(wrong);
      EXPECT_TRUE(host.run_until([&] { return shop.is_over(); }));
      expect_one_of_everything(shop);
      const auto& log = other_cloud.log().entries();
      EXPECT_TRUE(std::ranges::any_of(log, [](const auto& exchange) {
        return exchange.error.contains("Skewed") || exchange.error.contains("Signature") ||
               exchange.error.contains("AuthFailure") || exchange.error.contains("RequestExpired");
      })) << "nobody minded the wrong clock";
      ++tried;
    }
  }
  report("faults", "the agent's clock is wrong by an hour, from the start or suddenly",
         "one of everything, success", {.tried = tried});
}

}  // namespace
}  // namespace actions
