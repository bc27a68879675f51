#include <gmock/gmock.h>

#include "tests/local_cloud/autoscaling_refresh_scene.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A group of one whose pool is told so, once all is ready.
class PooledGroup : public RefreshedGroup {
 public:
  explicit PooledGroup(json::object pool) : RefreshedGroup("1") {
    groups("PutWarmPool", named(std::move(pool)));
    pass(seconds(60));
  }
  json::object pool() { return groups("DescribeWarmPool", named()); }
  std::vector<std::string> warm(std::string_view what) { return all(pool(), "Instances", what); }
};

TEST(WarmPool, A_group_has_none_at_first) {
  RefreshedGroup cloud("1");
  const auto answer = cloud.groups("DescribeWarmPool", cloud.named());
  EXPECT_FALSE(answer.contains("WarmPoolConfiguration"));
  EXPECT_TRUE(answer.at("Instances").as_array().empty());
  EXPECT_FALSE(cloud.group("web").contains("WarmPoolSize"));
  EXPECT_THAT(cloud.groups_error("DeleteWarmPool", cloud.named()), StartsWith("400 Validation"));
}

TEST(WarmPool, Its_instances_are_launched_and_rest) {
  PooledGroup cloud({{"MaxGroupPreparedCapacity", "3"}});
  EXPECT_THAT(cloud.warm("LifecycleState"), ElementsAre("Warmed:Stopped", "Warmed:Stopped"));
  EXPECT_EQ(cloud.state(cloud.warm("InstanceId")[0]), "stopped");
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService"));
  const auto group = cloud.group("web");
  EXPECT_EQ(text(group, "WarmPoolSize"), "2");
  EXPECT_EQ(
      member(group, "WarmPoolConfiguration"),
      (json::object{{"MaxGroupPreparedCapacity", "3"}, {"MinSize", 0}, {"PoolState", "Stopped"}}));
  const auto answer = cloud.groups("DescribeAutoScalingInstances");
  EXPECT_THAT(TestAccount::all(answer, "AutoScalingInstances", "LifecycleState"),
              ElementsAre("InService", "Warmed:Stopped", "Warmed:Stopped"));
}

TEST(WarmPool, They_are_on_their_way_first) {
  RefreshedGroup cloud("1");
  cloud.groups("PutWarmPool", cloud.named({{"MinSize", "1"}, {"MaxGroupPreparedCapacity", "1"}}));
  const auto state = [&] {
    const auto answer = cloud.groups("DescribeWarmPool", cloud.named());
    return text(TestAccount::first(answer, "Instances"), "LifecycleState");
  };
  EXPECT_EQ(state(), "Warmed:Pending");
  cloud.pass(seconds(14));
  EXPECT_EQ(state(), "Warmed:Pending");
  cloud.pass(seconds(1));
  EXPECT_EQ(state(), "Warmed:Stopped");
}

TEST(WarmPool, Running_ones_go_on_running) {
  PooledGroup cloud({{"MaxGroupPreparedCapacity", "2"}, {"PoolState", "Running"}});
  EXPECT_THAT(cloud.warm("LifecycleState"), ElementsAre("Warmed:Running"));
  EXPECT_EQ(cloud.state(cloud.warm("InstanceId")[0]), "running");
  EXPECT_THAT(cloud.groups_error("PutWarmPool", cloud.named({{"PoolState", "Frozen"}})),
              HasSubstr("at 'poolState'"));
}

TEST(WarmPool, A_group_that_scales_out_takes_from_it) {
  PooledGroup cloud({{"MaxGroupPreparedCapacity", "2"}});
  const auto warm = cloud.warm("InstanceId")[0];
  cloud.groups("SetDesiredCapacity", cloud.named({{"DesiredCapacity", "2"}}));
  EXPECT_THAT(cloud.members(), Contains(warm));
  EXPECT_THAT(cloud.activities("Description")[0],
              "Launching a new EC2 instance from warm pool: " + warm);
  cloud.pass(seconds(10));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "InService"));
  EXPECT_EQ(cloud.state(warm), "running");
  EXPECT_THAT(cloud.warm("InstanceId"), ElementsAre());
}

TEST(WarmPool, Its_instances_are_no_members_to_put_into_standby) {
  PooledGroup cloud({{"MaxGroupPreparedCapacity", "2"}});
  const json::object params{{"InstanceIds", json::array{cloud.warm("InstanceId")[0]}},
                            {"ShouldDecrementDesiredCapacity", "false"}};
  EXPECT_THAT(cloud.groups_error("EnterStandby", cloud.named(params)),
              HasSubstr("is not in InService"));
}

TEST(WarmPool, It_is_deleted_after_its_instances) {
  PooledGroup cloud({{"MaxGroupPreparedCapacity", "2"}});
  EXPECT_THAT(cloud.groups_error("DeleteAutoScalingGroup", cloud.named()),
              StartsWith("400 ResourceInUse"));
  cloud.groups("DeleteWarmPool", cloud.named());
  EXPECT_EQ(text(member(cloud.pool(), "WarmPoolConfiguration"), "Status"), "PendingDelete");
  EXPECT_THAT(cloud.warm("LifecycleState"), ElementsAre("Warmed:Terminating"));
  cloud.pass(seconds(10));
  EXPECT_FALSE(cloud.pool().contains("WarmPoolConfiguration"));
}

TEST(WarmPool, An_instance_refresh_replaces_it_last) {
  PooledGroup cloud({{"MaxGroupPreparedCapacity", "3"}});
  const auto before = cloud.warm("InstanceId");
  cloud.start();
  EXPECT_THAT(cloud.groups_error("PutWarmPool", cloud.named()),
              StartsWith("400 InstanceRefreshInProgress"));
  cloud.pass(seconds(2));
  EXPECT_EQ(cloud.of_newest("InstancesToUpdate"), "3");
  EXPECT_THAT(cloud.members("LifecycleState"), Contains("Terminating"));
  EXPECT_EQ(cloud.warm("InstanceId"), before);
  cloud.pass(seconds(10));
  const auto newest = cloud.newest();
  const auto& details = member(newest, "ProgressDetails");
  EXPECT_EQ(text(member(details, "LivePoolProgress"), "PercentageComplete"), "100");
  EXPECT_EQ(text(member(details, "WarmPoolProgress"), "InstancesToUpdate"), "2");
  ASSERT_TRUE(cloud.reaches("Successful"));
  cloud.pass(seconds(60));
  EXPECT_THAT(cloud.warm("LifecycleState"), ElementsAre("Warmed:Stopped", "Warmed:Stopped"));
  for (const auto& old : before) EXPECT_THAT(cloud.warm("InstanceId"), Not(Contains(old)));
  const auto pool = cloud.pool();
  for (const auto* each : agent::base::objects(pool, "Instances")) {
    EXPECT_EQ(text(member(*each, "LaunchTemplate"), "Version"), "2");
  }
}

TEST(WarmPool, A_rollback_replaces_what_the_refresh_put_there) {
  PooledGroup cloud({{"MaxGroupPreparedCapacity", "2"}});
  cloud.start({{"BakeTime", "600"}});
  ASSERT_TRUE(cloud.reaches("Baking"));
  cloud.groups("RollbackInstanceRefresh", cloud.named());
  ASSERT_TRUE(cloud.reaches("RollbackSuccessful"));
  cloud.pass(seconds(60));
  EXPECT_THAT(cloud.versions(), ElementsAre("1"));
  const auto pool = cloud.pool();
  EXPECT_EQ(text(member(TestAccount::first(pool, "Instances"), "LaunchTemplate"), "Version"), "1");
}

// CreateAutoScalingGroup, Operator.
TEST(OperatedGroup, Only_its_service_may_change_it) {
  RefreshedGroup cloud("1", {{"Operator", json::object{{"Principal", "ecs.amazonaws.com"}}}});
  EXPECT_EQ(text(member(cloud.group("web"), "Operator"), "Principal"), "ecs.amazonaws.com");
  const auto denied = StartsWith("403 AccessDenied: ");
  for (const auto* operation :
       {"UpdateAutoScalingGroup", "DeleteAutoScalingGroup", "SuspendProcesses", "ResumeProcesses",
        "StartInstanceRefresh", "CancelInstanceRefresh", "RollbackInstanceRefresh", "PutWarmPool",
        "DeleteWarmPool", "ExitStandby"}) {
    EXPECT_THAT(cloud.groups_error(operation, cloud.named()), denied) << operation;
  }
  const json::object end{{"InstanceId", cloud.members()[0]},
                         {"ShouldDecrementDesiredCapacity", "false"}};
  EXPECT_THAT(cloud.groups_error("TerminateInstanceInAutoScalingGroup", end), denied);
  EXPECT_EQ(cloud.groups_error("DescribeInstanceRefreshes", cloud.named()), "");
  EXPECT_EQ(cloud.groups_error("DescribeWarmPool", cloud.named()), "");
}

}  // namespace
}  // namespace local_cloud
