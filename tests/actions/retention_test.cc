// KeepImages: the newest images stay, older ones go with their versions and snapshots.
#include "actions/parts/retention.h"

#include "tests/actions/retention_scene.h"

namespace actions {
namespace {

using agent::base::cat;
using agent::base::member;
using agent::base::text;
using support::Leftover;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

class KeepImagesTest : public RetentionTest {
 protected:
  std::string run_again() {
    scene.start();
    machine.pass(std::chrono::seconds(1));
    run_well();
    return output("ImageId");
  }
  std::string failure() {
    EXPECT_EQ(scene.status(), "Failed");
    const auto error = member(scene.action(), "errorDetails");
    return cat(text(error, "code"), ": ", text(error, "message"));
  }
  // By operation, of those services; all of them under "".
  std::map<std::string, int> requests(const std::set<std::string>& services) {
    std::map<std::string, int> count;
    for (const auto& one : cloud.log().entries()) {
      if (!services.contains(one.service)) continue;
      ++count[one.operation];
      ++count[""];
    }
    return count;
  }
};

TEST_F(KeepImagesTest, After_ten_executions_three_images_are_left_with_their_versions) {
  set_up(3, "$Latest");
  run_well();
  std::vector<std::string> made{output("ImageId")};
  while (made.size() < 10) made.push_back(run_again());
  EXPECT_EQ(output("RetiredImages"), made[6]);
  EXPECT_THAT(images(), UnorderedElementsAre(made[7], made[8], made[9]));
  EXPECT_EQ(snapshots().size(), 3U);
  // The first one is the default.
  EXPECT_THAT(versions(), UnorderedElementsAre("1", "9", "10", "11"));
}

TEST_F(KeepImagesTest, What_the_group_runs_stays_for_as_long_as_it_does) {
  set_up(3, "$Latest");
  run_well();
  const auto first = output("ImageId");
  for (const auto& instance : scene.instances_of(1)) {
    aws("ec2", "TerminateInstances", {{"InstanceId", {instance}}});
  }
  machine.pass(std::chrono::minutes(5));  // until it has launched new ones, from version 2
  std::vector<std::string> made;
  while (made.size() < 4) made.push_back(run_again());
  EXPECT_THAT(images(), UnorderedElementsAre(first, made[1], made[2], made[3]));
  EXPECT_EQ(snapshots().size(), 4U);
  EXPECT_THAT(versions(), UnorderedElementsAre("1", "2", "4", "5", "6"));
}

TEST_F(KeepImagesTest, Keeps_all_without_the_setting) {
  scene.set_up({}, "1");
  past.leave(4);
  run_well();
  EXPECT_EQ(images().size(), 5U);
  EXPECT_FALSE(scene.output_variables().contains("RetiredImages"));
}

TEST_F(KeepImagesTest, Leaves_what_is_not_of_this_action_and_group) {
  set_up(2);
  const auto strange = past.leave({{.execution = "a", .pipeline = "other"},
                                   {.execution = "b", .action = "Other"},
                                   {.execution = "c", .group = "other"},
                                   {.execution = "d", .group = ""},
                                   {.execution = ""},
                                   {.execution = "", .pipeline = "", .action = "", .group = ""}});
  const auto old = past.leave(3);
  run_well();
  std::vector<std::string> expected{old[2].image, output("ImageId")};
  std::vector<std::string> versions_left{"1", old[2].version, output("LaunchTemplateVersion")};
  for (const auto& one : strange) {
    expected.push_back(one.image);
    versions_left.push_back(one.version);
  }
  EXPECT_THAT(images(), UnorderedElementsAreArray(expected));
  EXPECT_THAT(versions(), UnorderedElementsAreArray(versions_left));
  EXPECT_EQ(snapshots().size(), expected.size());
}

TEST_F(KeepImagesTest, Leaves_a_snapshot_that_has_lost_its_tags) {
  set_up(2);
  const auto old = past.leave(3);
  const json::object tag{{"Key", "codepipeline-agent:pipeline"}};
  aws("ec2", "DeleteTags", {{"ResourceId", {old[0].snapshot}}, {"Tag", json::array{tag}}});
  run_well();
  EXPECT_EQ(output("RetiredImages"), old[0].image + "," + old[1].image);
  EXPECT_EQ(std::ranges::count(snapshots(), old[0].snapshot), 1);
  EXPECT_EQ(std::ranges::count(snapshots(), old[1].snapshot), 0);
}

TEST_F(KeepImagesTest, A_failed_image_is_not_counted_and_goes_when_it_is_old) {
  set_up(2);
  cloud.settings().images_fail = true;
  const auto failed = past.leave({{.execution = "failed"}});
  cloud.settings().images_fail = false;
  const auto old = past.leave(2);
  run_well();
  EXPECT_EQ(output("RetiredImages"), failed[0].image + "," + old[0].image);
}

TEST_F(KeepImagesTest, A_failed_image_that_is_new_stays_and_is_not_counted) {
  set_up(2);
  const auto old = past.leave(2);
  cloud.settings().images_fail = true;
  const auto failed = past.leave({{.execution = "failed"}});
  cloud.settings().images_fail = false;
  run_well();
  EXPECT_EQ(output("RetiredImages"), old[0].image);
  EXPECT_THAT(images(), UnorderedElementsAre(failed[0].image, old[1].image, output("ImageId")));
}

TEST_F(KeepImagesTest, An_image_that_another_execution_is_making_stays_and_is_not_counted) {
  set_up(2);
  cloud.settings().image_time = std::chrono::hours(10);
  const auto pending = past.begin_image({.execution = "other"});
  cloud.settings().image_time = settings().image_time;
  const auto old = past.leave(2);
  run_well();
  EXPECT_EQ(output("RetiredImages"), old[0].image);
  EXPECT_THAT(images(), UnorderedElementsAre(pending, old[1].image, output("ImageId")));
}

TEST_F(KeepImagesTest, Retires_copies_in_their_region_too) {
  scene.set_up({{"KeepImages", "2"}, {"CopyToRegions", "us-west-2"}}, "1");
  run_well();
  for (int i = 0; i < 3; ++i) run_again();
  EXPECT_EQ(scene.images("us-west-2").size(), 2U);
  EXPECT_EQ(scene.snapshots("us-west-2").size(), 2U);
  EXPECT_EQ(images().size(), 2U);
  EXPECT_EQ(agent::base::split(output("RetiredImages"), ',').size(), 2U);
}

// What names every hundredth of them is to be found on whatever page it is.
TEST_F(KeepImagesTest, Two_thousand_images_over_several_pages) {
  set_up(2);
  const auto old = past.leave(2'000);
  cloud.settings().page_size = 150;
  cloud.settings().empty_pages = true;
  std::vector<std::string> named;
  for (std::size_t i = 0; i + 10 < old.size(); i += 100) {
    named.push_back(old[i].image);
    switch (i / 100 % 4) {
      case 0:
        launch_template(cat("other-", i), {{"ImageId", old[i].image}});
        break;
      case 1:
        aws("autoscaling", "CreateLaunchConfiguration",
            {{"LaunchConfigurationName", cat("legacy-", i)},
             {"ImageId", old[i].image},
             {"InstanceType", "t3.micro"}});
        break;
      case 2:
        group(cat("other-", i),
              {{"LaunchTemplate", {{"LaunchTemplateName", "web"}, {"Version", old[i].version}}}});
        break;
      default:
        aws("ec2", "RunInstances",
            {{"ImageId", old[i].image},
             {"InstanceType", "t3.micro"},
             {"MinCount", 1},
             {"MaxCount", 1}});
    }
  }
  cloud.log().clear();
  run_well();
  auto count = requests({"ec2", "autoscaling", "ssm"});
  std::cout << "requests for 2,000 images: " << count[""] << '\n';
  for (const auto& [operation, times] : count)
    std::cout << "  " << operation << ' ' << times << '\n';
  cloud.settings().page_size = 0;
  named.push_back(old.back().image);
  named.push_back(output("ImageId"));
  EXPECT_THAT(images(), UnorderedElementsAreArray(named));
  EXPECT_EQ(snapshots().size(), named.size());
  EXPECT_EQ(versions().size(), 1U + 5U + 2U);
  EXPECT_LE(output("RetiredImages").size(), 1'000U);
  EXPECT_EQ(count["DeregisterImage"], 1'979);
  EXPECT_EQ(count["DeleteSnapshot"], 1'979);
  // Three for each image (its permissions, its removal and its snapshot's), and for each fifty of
  // them the pages of all that may name one: of 2,000 versions, 6 groups and what else there is.
  EXPECT_LT(count[""], 3 * 2'000 + 40 * 50);
}

// What AWS calls a permission, and how the action's message names it.
class DeniedTest : public KeepImagesTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(DeniedTest, Fails_naming_it_and_comes_to_the_same_end_when_it_is_allowed) {
  set_up(2);
  const auto old = past.leave(3);
  const json::object tag{{"Key", "codepipeline-agent:pipeline"}, {"Value", "shop"}};
  aws("ssm", "PutParameter",
      {{"Name", "/published"},
       {"Value", "nothing"},
       {"Type", "String"},
       {"Tags", json::array{tag}}});
  cloud.accounts().deny({"*", GetParam()});
  run();
  EXPECT_THAT(failure(), AllOf(HasSubstr("PermissionError"), HasSubstr(GetParam())));
  EXPECT_THAT(images(), Contains(old[2].image));

  cloud.accounts().allow_everything();
  scene.retry();
  machine.pass(std::chrono::seconds(1));
  run_well();
  EXPECT_THAT(images(), UnorderedElementsAre(old[2].image, output("ImageId")));
  EXPECT_THAT(versions(),
              UnorderedElementsAre("1", old[2].version, output("LaunchTemplateVersion")));
}

INSTANTIATE_TEST_SUITE_P(Each, DeniedTest,
                         ::testing::Values("ec2:DescribeLaunchTemplates",
                                           "autoscaling:DescribeLaunchConfigurations",
                                           "autoscaling:DescribeInstanceRefreshes",
                                           "ssm:DescribeParameters", "ssm:GetParameters",
                                           "ec2:DescribeImageAttribute",
                                           "ec2:DeleteLaunchTemplateVersions",
                                           "ec2:DeregisterImage", "ec2:DeleteSnapshot"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, ':', '_');
                           return name;
                         });

TEST(RetiredVariableTest, Is_a_list) {
  EXPECT_EQ(retired_variable({}), "");
  EXPECT_EQ(retired_variable({"ami-1", "ami-2"}), "ami-1,ami-2");
}

TEST(RetiredVariableTest, Holds_whole_ids_only) {
  const std::vector<std::string> images(100, "ami-0123456789abcdef0");
  const auto variable = retired_variable(images);
  EXPECT_EQ(variable.size(), 45U * 22U - 1U);
  EXPECT_TRUE(variable.ends_with(",ami-0123456789abcdef0"));
}

}  // namespace
}  // namespace actions
