#include "tests/actions/create_image_cases.h"

#include <gtest/gtest.h>

#include "agent/base/json.h"

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
           }}};
}

}  // namespace actions
