#include <gmock/gmock.h>

#include "tests/local_cloud/autoscaling_refresh_scene.h"

namespace local_cloud {
namespace {

using agent::base::text;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

json::object percentages(std::string_view least, std::string_view most = "") {
  json::object preferences{{"MinHealthyPercentage", least}};
  if (!most.empty()) preferences["MaxHealthyPercentage"] = most;
  return preferences;
}

// What a group of `size` looks like once its refresh has begun.
std::vector<std::string> first_batch(std::string_view size, json::object preferences) {
  RefreshedGroup cloud(size);
  cloud.start(std::move(preferences));
  cloud.pass(seconds(1));
  return cloud.members("LifecycleState");
}

TEST(InstanceRefreshBatches, A_group_of_one_is_ended_before_it_is_launched_anew) {
  EXPECT_THAT(first_batch("1", {}), ElementsAre("Terminating", "Pending"));
  EXPECT_THAT(first_batch("1", percentages("90")), ElementsAre("Terminating", "Pending"));
}

TEST(InstanceRefreshBatches, With_all_to_be_healthy_one_is_launched_first) {
  EXPECT_THAT(first_batch("1", percentages("100")), ElementsAre("InService", "Pending"));
  EXPECT_THAT(first_batch("2", percentages("100", "100")),
              ElementsAre("InService", "InService", "Pending"));
}

// API_RefreshPreferences, MaxHealthyPercentage: given, even as 100, it is not the same as omitted.
TEST(InstanceRefreshBatches, A_bound_that_is_given_and_too_narrow_launches_first) {
  EXPECT_THAT(first_batch("2", percentages("90", "100")),
              ElementsAre("InService", "InService", "Pending"));
  EXPECT_THAT(first_batch("2", percentages("90")),
              ElementsAre("Terminating", "InService", "Pending"));
}

TEST(InstanceRefreshBatches, The_least_healthy_percentage_is_rounded_up) {
  EXPECT_THAT(first_batch("3", percentages("50")),
              ElementsAre("Terminating", "InService", "InService", "Pending"));
  EXPECT_THAT(first_batch("2", percentages("0")),
              ElementsAre("Terminating", "Terminating", "Pending", "Pending"));
}

TEST(InstanceRefreshBatches, The_most_healthy_percentage_launches_so_many_more) {
  EXPECT_THAT(first_batch("2", percentages("100", "200")),
              ElementsAre("InService", "InService", "Pending", "Pending"));
  EXPECT_THAT(first_batch("3", percentages("100", "150")),
              ElementsAre("InService", "InService", "InService", "Pending"));
}

TEST(InstanceRefreshBatches, The_group_never_serves_less_nor_has_more_than_it_may) {
  RefreshedGroup cloud("4");
  cloud.start(
      {{"MinHealthyPercentage", "75"}, {"MaxHealthyPercentage", "125"}, {"InstanceWarmup", "5"}});
  while (cloud.of_newest("Status") != "Successful") {
    const auto states = cloud.members("LifecycleState");
    const auto in_service = std::ranges::count(states, "InService");
    EXPECT_GE(in_service, 3);
    EXPECT_LE(in_service + std::ranges::count(states, "Pending"), 5);
    cloud.pass(seconds(1));
    ASSERT_LT(cloud.activities("ActivityId").size(), 40U);
  }
  cloud.pass(seconds(60));
  EXPECT_THAT(cloud.members("LifecycleState"),
              ElementsAre("InService", "InService", "InService", "InService"));
}

TEST(InstanceRefreshBatches, A_group_that_launches_first_is_as_large_as_before_in_the_end) {
  for (const auto* size : {"1", "2", "3"}) {
    RefreshedGroup cloud(size);
    cloud.start(percentages("100", "150"));
    ASSERT_TRUE(cloud.reaches("Successful"));
    cloud.pass(seconds(60));
    EXPECT_EQ(std::to_string(cloud.members().size()), size);
    EXPECT_THAT(cloud.versions(), Not(Contains("1")));
  }
}

TEST(InstanceRefreshBatches, The_next_one_waits_until_the_last_is_warm) {
  RefreshedGroup cloud("2");
  cloud.start({{"InstanceWarmup", "100"}});
  cloud.pass(seconds(11));
  EXPECT_THAT(cloud.of_newest("StatusReason"),
              HasSubstr("Waiting for instances to warm up before continuing. For example: i-"));
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "0");
  cloud.pass(seconds(99));
  EXPECT_THAT(cloud.versions(), UnorderedElementsAre("1", "2"));
  cloud.pass(seconds(1));
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "50");
  EXPECT_EQ(cloud.of_newest("InstancesToUpdate"), "1");
  EXPECT_THAT(cloud.versions(), ElementsAre("2", "2"));
}

TEST(InstanceRefreshBatches, It_stops_at_a_checkpoint_for_the_delay) {
  RefreshedGroup cloud("4");
  cloud.start({{"MinHealthyPercentage", "0"},
               {"CheckpointPercentages", json::array{"50", "100"}},
               {"CheckpointDelay", "300"}});
  cloud.pass(seconds(11));
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "50");
  EXPECT_THAT(cloud.of_newest("StatusReason"), HasSubstr("checkpoint at 50 percent"));
  cloud.pass(seconds(299));
  EXPECT_THAT(cloud.versions(), UnorderedElementsAre("1", "1", "2", "2"));
  cloud.pass(seconds(1));
  EXPECT_THAT(cloud.versions(), UnorderedElementsAre("2", "2", "2", "2"));
  EXPECT_EQ(cloud.of_newest("Status"), "InProgress");
  cloud.pass(seconds(10));
  EXPECT_EQ(cloud.of_newest("Status"), "Successful");
}

TEST(InstanceRefreshBatches, A_last_checkpoint_below_all_leaves_the_rest_as_it_is) {
  RefreshedGroup cloud("4");
  cloud.start({{"CheckpointPercentages", json::array{"25"}}, {"CheckpointDelay", "10"}});
  ASSERT_TRUE(cloud.reaches("Successful"));
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "25");
  EXPECT_THAT(cloud.versions(), UnorderedElementsAre("1", "1", "1", "2"));
}

TEST(InstanceRefreshBatches, It_bakes_before_it_is_successful) {
  RefreshedGroup cloud("1");
  cloud.start({{"BakeTime", "120"}});
  ASSERT_TRUE(cloud.reaches("Baking"));
  EXPECT_EQ(cloud.of_newest("PercentageComplete"), "100");
  EXPECT_EQ(cloud.version_of_group(), "1");
  cloud.pass(seconds(119));
  EXPECT_EQ(cloud.of_newest("Status"), "Baking");
  cloud.pass(seconds(1));
  EXPECT_EQ(cloud.of_newest("Status"), "Successful");
  EXPECT_EQ(cloud.version_of_group(), "2");
}

TEST(InstanceRefreshBatches, A_maintenance_policy_of_the_group_is_the_usual_one) {
  const json::object policy{{"MinHealthyPercentage", "100"}, {"MaxHealthyPercentage", "200"}};
  RefreshedGroup cloud("1", {{"InstanceMaintenancePolicy", policy}});
  cloud.start();
  const auto newest = cloud.newest();
  EXPECT_EQ(text(agent::base::member(newest, "Preferences"), "MaxHealthyPercentage"), "200");
  cloud.pass(seconds(1));
  EXPECT_THAT(cloud.members("LifecycleState"), ElementsAre("InService", "Pending"));
}

TEST(InstanceRefreshBatches, A_group_that_shrinks_meanwhile_still_gets_done) {
  RefreshedGroup cloud("3");
  cloud.start();
  cloud.pass(seconds(5));
  cloud.groups("SetDesiredCapacity", cloud.named({{"DesiredCapacity", "1"}}));
  ASSERT_TRUE(cloud.reaches("Successful"));
  EXPECT_THAT(cloud.versions(), ElementsAre("2"));
}

}  // namespace
}  // namespace local_cloud
