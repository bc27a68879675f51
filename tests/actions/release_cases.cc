#include "tests/actions/release_cases.h"

#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "tests/actions/create_image_cases.h"

namespace actions {
namespace {

namespace json = boost::json;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using support::Scene;

constexpr const char* elsewhere = "us-west-2";

// The group as it was set up, but for the version that its instances run.
void expect_group(Scene& scene, int version, const std::string& follows) {
  scene.machine().pass(std::chrono::minutes(3));  // until what is on its way has arrived
  const auto group = scene.group();
  EXPECT_EQ(text(group, "DesiredCapacity"), "2");
  EXPECT_EQ(objects(group, "Instances").size(), 2U);
  EXPECT_EQ(scene.instances_of(version).size(), 2U);
  EXPECT_EQ(text(member(group, "LaunchTemplate"), "Version"), follows);
  EXPECT_TRUE(objects(group, "Tags").empty());
}

void expect_untagged_instances(Scene& scene) {
  const auto reply = scene.machine().aws("ec2", "DescribeInstances", {});
  for (const auto* reservation : objects(reply, "reservationSet")) {
    for (const auto* instance : objects(*reservation, "instancesSet")) {
      // One that the group has ended since is left as it was.
      if (text(member(*instance, "instanceState"), "name") != "running") continue;
      for (const auto* tag : objects(*instance, "tagSet")) {
        EXPECT_FALSE(text(*tag, "key").starts_with("codepipeline-agent:")) << text(*tag, "key");
      }
    }
  }
}

support::Case standby() {
  return {"CreateImage in standby",
          [](Scene& scene) {
            scene.cloud().settings().reboot_fails_health_check = true;
            scene.set_up({{"Imaging", "standby"}}, "$Latest", {{"MinSize", 2}});
          },
          [](Scene& scene) {
            expect_one_of_everything(scene);
            expect_group(scene, 1, "$Latest");
            expect_untagged_instances(scene);
          }};
}

support::Case rolled_out() {
  return {"CreateImage rolled out",
          [](Scene& scene) { scene.set_up({{"Rollout", "refresh"}}, "$Default"); },
          [](Scene& scene) {
            expect_one_of_everything(scene);
            expect_group(scene, 2, "$Default");
            EXPECT_EQ(scene.refreshes().size(), 1U);
          }};
}

support::Case rolled_back() {
  return {"CreateImage rolled back",
          [](Scene& scene) {
            scene.cloud().settings().unhealthy_images = "web-*";
            scene.set_up({{"Rollout", "refresh"}});
          },
          [](Scene& scene) {
            EXPECT_EQ(scene.status(), "Failed");
            expect_nothing_made(scene);
            expect_group(scene, 1, "$Latest");
            EXPECT_EQ(scene.refreshes().size(), 1U);
          }};
}

support::Case copied() {
  return {"CreateImage copied",
          [](Scene& scene) {
            scene.machine().aws("ec2", "CreateLaunchTemplate",
                                {{"LaunchTemplateName", "there"},
                                 {"LaunchTemplateData", {{"ImageId", "ami-0abcdef1234567890"}}}},
                                elsewhere);
            scene.set_up({{"CopyToRegions", "us-west-2=there,eu-central-1"}});
          },
          [](Scene& scene) {
            expect_one_of_everything(scene);
            for (const auto* region : {elsewhere, "eu-central-1"}) {
              EXPECT_EQ(scene.images(region).size(), 1U) << region;
              EXPECT_EQ(scene.snapshots(region).size(), 1U) << region;
            }
            const auto versions = scene.machine().aws("ec2", "DescribeLaunchTemplateVersions",
                                                      {{"LaunchTemplateName", "there"}}, elsewhere);
            EXPECT_EQ(objects(versions, "launchTemplateVersionSet").size(), 2U);
          }};
}

}  // namespace

std::vector<support::Case> release_cases() {
  return {standby(), rolled_out(), rolled_back(), copied()};
}

}  // namespace actions
