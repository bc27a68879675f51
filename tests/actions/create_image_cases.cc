#include "tests/actions/create_image_cases.h"

#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "tests/support/past.h"

namespace actions {
namespace {

namespace json = boost::json;
using agent::base::member;
using agent::base::text;
using support::Scene;

void expect_default_version(Scene& scene, std::string_view number) {
  for (const auto& version : scene.versions()) {
    EXPECT_EQ(text(version, "defaultVersion"),
              text(version, "versionNumber") == number ? "true" : "false");
  }
}

// Two images are too many, and of the four older ones the first is named by another template.
void set_up_with_a_past(Scene& scene) {
  scene.set_up({{"KeepImages", "2"}}, "1");
  const auto old = support::Past(scene).leave(4);
  scene.machine().aws(
      "ec2", "CreateLaunchTemplate",
      {{"LaunchTemplateName", "other"}, {"LaunchTemplateData", {{"ImageId", old[0].image}}}});
}

void expect_the_past_retired(Scene& scene) {
  EXPECT_EQ(scene.status(), "Succeeded");
  std::set<std::string> names;
  for (const auto& image : scene.images()) names.insert(text(image, "name"));
  EXPECT_EQ(names.size(), 3U);
  EXPECT_TRUE(names.contains("web-shop-Image-web-old-1"));
  EXPECT_TRUE(names.contains("web-shop-Image-web-old-4"));
  EXPECT_EQ(scene.snapshots().size(), 3U);
  std::set<std::string> versions;
  for (const auto& version : scene.versions()) versions.insert(text(version, "versionNumber"));
  EXPECT_EQ(versions, (std::set<std::string>{"1", "5", "6"}));
  const auto retired = text(scene.output_variables(), "RetiredImages");
  EXPECT_EQ(std::ranges::count(retired, ','), 1) << retired;
}

}  // namespace

// Exactly one image with its snapshot, one version that starts it, one success.
void expect_one_of_everything(Scene& scene) {
  EXPECT_EQ(scene.status(), "Succeeded");
  const auto images = scene.images();
  const auto versions = scene.versions();
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(scene.snapshots().size(), 1U);
  ASSERT_EQ(versions.size(), 2U);
  const auto image = text(images[0], "imageId");
  EXPECT_EQ(text(images[0], "imageState"), "available");
  const auto outputs = scene.output_variables();
  EXPECT_EQ(text(outputs, "ImageId"), image);
  EXPECT_EQ(text(outputs, "LaunchTemplateVersion"), "2");
  EXPECT_EQ(text(outputs, "PreviousImageId"), "ami-0abcdef1234567890");
  for (const auto& version : versions) {
    if (text(version, "versionNumber") != "2") continue;
    EXPECT_EQ(text(member(version, "launchTemplateData"), "imageId"), image);
    EXPECT_EQ(text(member(version, "launchTemplateData"), "instanceType"), "t3.micro");
  }
  EXPECT_EQ(text(scene.action(), "externalExecutionId"), image);
}

void expect_nothing_made(Scene& scene) {
  EXPECT_EQ(scene.images().size(), 0U);
  EXPECT_EQ(scene.snapshots().size(), 0U);
  EXPECT_EQ(scene.versions().size(), 1U);
}

std::vector<support::Case> create_image_cases() {
  return {{"CreateImage", [](Scene& scene) { scene.set_up(); }, expect_one_of_everything},
          {"CreateImage as default version",
           [](Scene& scene) { scene.set_up({{"SetDefaultVersion", "true"}}); },
           [](Scene& scene) {
             expect_one_of_everything(scene);
             expect_default_version(scene, "2");
           }},
          {"CreateImage that fails and is undone",
           [](Scene& scene) {
             scene.cloud().accounts().deny({"*", "ec2:CreateLaunchTemplateVersion"});
             scene.set_up();
           },
           [](Scene& scene) {
             EXPECT_EQ(scene.status(), "Failed");
             EXPECT_EQ(text(member(scene.action(), "errorDetails"), "code"), "PermissionError");
             expect_nothing_made(scene);
           }},
          {"CreateImage that retires old images", set_up_with_a_past, expect_the_past_retired}};
}

}  // namespace actions
