// Imaging=standby: the instance is out of service while it is restarted, and back on every path.
#include <gmock/gmock.h>

#include "agent/base/text.h"
#include "tests/actions/create_image_cases.h"
#include "tests/actions/create_image_fixture.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::objects;
using agent::base::text;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class StandbyTest : public CreateImageTest {
 protected:
  StandbyTest() {
    cloud.settings().reboot_fails_health_check = true;  // as a load balancer's check would
    cloud.settings().instance_reboot_time = 30s;
  }

  void image_in_standby(json::object configuration = {}, const json::object& group = {}) {
    configuration["Imaging"] = "standby";
    run(std::move(configuration), "$Latest", group);
  }

  // Those of the group, as it was set up.
  std::vector<std::string> instances() {
    std::vector<std::string> ids;
    for (const auto* one : objects(scene.group(), "Instances")) {
      ids.push_back(text(*one, "InstanceId"));
    }
    std::ranges::sort(ids);
    return ids;
  }
  std::string lifecycle(const std::string& instance) {
    for (const auto* one : objects(scene.group(), "Instances")) {
      if (text(*one, "InstanceId") == instance) return text(*one, "LifecycleState");
    }
    return "";
  }
  std::string standing_by() {
    for (const auto* one : objects(scene.group(), "Instances")) {
      if (text(*one, "LifecycleState") == "Standby") return text(*one, "InstanceId");
    }
    return "";
  }
  json::object instance(const std::string& id) {
    const auto reply = machine.aws("ec2", "DescribeInstances", {{"InstanceId", json::array{id}}});
    return *objects(*objects(reply, "reservationSet").at(0), "instancesSet").at(0);
  }

  void expect_back_in_service(std::size_t size = 2) {
    machine.pass(5min);
    EXPECT_EQ(text(scene.group(), "DesiredCapacity"), std::to_string(size));
    const auto ids = instances();
    EXPECT_EQ(ids.size(), size);
    for (const auto& id : ids) {
      EXPECT_EQ(lifecycle(id), "InService");
      EXPECT_EQ(tag(instance(id), "codepipeline-agent:execution"), "");
      EXPECT_EQ(tag(instance(id), "codepipeline-agent:standby"), "");
    }
  }
};

TEST_F(StandbyTest, The_instance_is_restarted_out_of_service_and_comes_back) {
  image_in_standby();
  expect_one_of_everything(scene);
  const auto imaged = text(scene.output_variables(), "SourceInstanceId");
  expect_back_in_service();
  EXPECT_EQ(lifecycle(imaged), "InService");  // and not one that replaces it
}

// What standby is there for.
TEST_F(StandbyTest, Without_it_the_group_replaces_an_instance_that_is_restarted) {
  run({{"Imaging", "reboot"}});
  const auto imaged = text(scene.output_variables(), "SourceInstanceId");
  EXPECT_NE(lifecycle(imaged), "InService");
}

TEST_F(StandbyTest, It_comes_back_as_soon_as_it_runs_again_and_not_when_the_image_is_ready) {
  cloud.settings().image_time = 1h;
  scene.set_up({{"Imaging", "standby"}});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return !standing_by().empty(); }));
  const auto imaged = standing_by();
  ASSERT_TRUE(machine.run_until([&] { return lifecycle(imaged) == "InService"; }, 50min));
  EXPECT_EQ(scene.status(), "InProgress");
}

TEST_F(StandbyTest, It_does_not_come_back_before_its_status_checks_pass) {
  scene.set_up({{"Imaging", "standby"}});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 12h));
  EXPECT_EQ(scene.status(), "Succeeded");
  for (const auto* one : objects(scene.group(), "Instances")) {
    EXPECT_EQ(text(*one, "HealthStatus"), "Healthy");
  }
  expect_back_in_service();
}

TEST_F(StandbyTest, A_group_at_its_minimum_gets_a_replacement_and_its_size_back) {
  image_in_standby({}, {{"MinSize", 2}});
  expect_one_of_everything(scene);
  expect_back_in_service();
}

TEST_F(StandbyTest, A_group_of_one_is_never_without_room_for_its_instance) {
  image_in_standby({}, {{"MinSize", 1}, {"DesiredCapacity", 1}, {"MaxSize", 2}});
  EXPECT_EQ(scene.status(), "Succeeded");
  expect_back_in_service(1);
}

TEST_F(StandbyTest, A_group_that_can_neither_shrink_nor_grow_is_refused_before_anything_is_done) {
  image_in_standby({}, {{"MinSize", 2}, {"MaxSize", 2}});
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("ConfigurationError"), HasSubstr("MaxSize"), HasSubstr("no-reboot")));
  expect_nothing_made(scene);
  expect_back_in_service();
}

TEST_F(StandbyTest, It_comes_back_when_the_image_cannot_be_made) {
  cloud.accounts().deny({"*", "ec2:CreateImage"});
  image_in_standby();
  EXPECT_THAT(failure(), AllOf(HasSubstr("ec2:CreateImage"), Not(HasSubstr("Left"))));
  expect_back_in_service();
  expect_nothing_made(scene);
}

TEST_F(StandbyTest, It_comes_back_when_the_image_fails) {
  cloud.settings().images_fail = true;
  image_in_standby();
  EXPECT_THAT(failure(), HasSubstr("is failed"));
  expect_back_in_service();
}

TEST_F(StandbyTest, It_comes_back_to_a_group_that_has_grown_to_its_maximum) {
  scene.set_up({{"Imaging", "standby"}});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return !standing_by().empty(); }));
  machine.aws("autoscaling", "SetDesiredCapacity",
              {{"AutoScalingGroupName", "web"}, {"DesiredCapacity", 4}});
  ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 12h));
  EXPECT_EQ(scene.status(), "Succeeded");
  expect_back_in_service(4);
}

TEST_F(StandbyTest, A_retry_on_a_host_that_knows_nothing_finds_the_instance_that_was_taken_out) {
  scene.set_up({{"Imaging", "standby"}});
  machine.start_agent(state.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return !standing_by().empty(); }));
  const auto imaged = standing_by();
  scene.abandon();
  machine.host().be_lost();
  scene.retry();
  support::TemporaryDirectory elsewhere;
  machine.start_agent(elsewhere.path(), pace);
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }, 12h));
  EXPECT_EQ(text(scene.output_variables(), "SourceInstanceId"), imaged);
  expect_back_in_service();
}

TEST_F(StandbyTest, An_instance_can_be_named) {
  scene.set_up();
  const auto wanted = instances().at(1);
  scene.configure(
      {{"AutoScalingGroupName", "web"}, {"Options", R"({"InstanceId":")" + wanted + R"("})"}});
  scene.start();
  work();
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_EQ(text(scene.output_variables(), "SourceInstanceId"), wanted);
}

TEST_F(StandbyTest, An_instance_of_another_group_cannot_be_named) {
  run({{"Options", R"({"InstanceId":"i-0123456789abcdef0"})"}});
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("InstanceId"),
                               HasSubstr("i-0123456789abcdef0")));
  expect_nothing_made(scene);
}

}  // namespace
}  // namespace actions
