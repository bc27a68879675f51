#include "tests/local_cloud/ec2_pages.h"

#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud::ec2 {
namespace {

using agent::base::text;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::Lt;
using testing::StartsWith;

// Whatever comes, page after page, each with the tokens that follow.
std::vector<json::array> pages(const Settings& settings, const json::array& all,
                               json::object params) {
  std::vector<json::array> result;
  while (result.size() < 20) {
    const auto answer = paged_answer("all", all, Page(settings, params, {}));
    result.push_back(answer.at("all").as_array());
    if (!answer.contains("nextToken")) break;
    params["NextToken"] = answer.at("nextToken");
  }
  return result;
}

const json::array seven{1, 2, 3, 4, 5, 6, 7};

TEST(Ec2Pages, They_follow_each_other_until_the_token_is_gone) {
  const auto all = pages({}, seven, {{"MaxResults", "5"}});
  EXPECT_THAT(all, ElementsAre(json::array{1, 2, 3, 4, 5}, json::array{6, 7}));
  EXPECT_THAT(pages({}, seven, {{"MaxResults", "7"}}), ElementsAre(seven));
}

TEST(Ec2Pages, The_service_may_make_them_shorter_than_asked) {
  Settings settings;
  settings.page_size = 3;
  const auto three = ElementsAre(json::array{1, 2, 3}, json::array{4, 5, 6}, json::array{7});
  EXPECT_THAT(pages(settings, seven, {}), three);
  EXPECT_THAT(pages(settings, seven, {{"MaxResults", "5"}}), three);
}

TEST(Ec2Pages, Empty_ones_may_come_before_those_with_something) {
  Settings settings;
  settings.empty_pages = true;
  EXPECT_THAT(
      pages(settings, seven, {{"MaxResults", "5"}}),
      ElementsAre(json::array{}, json::array{1, 2, 3, 4, 5}, json::array{}, json::array{6, 7}));
  EXPECT_THAT(pages(settings, {}, {}), ElementsAre(json::array{}));
}

TEST(Ec2Pages, Those_asked_for_by_id_come_together) {
  Settings settings;
  settings.page_size = 3;
  settings.empty_pages = true;
  const Page page(settings, {{"Id", "x"}}, {.ids = "Id"});
  EXPECT_EQ(paged_answer("all", seven, page).at("all").as_array(), seven);
}

TEST(Ec2Pages, Ones_of_a_wrong_size_and_foreign_tokens_are_refused) {
  const auto error = [](const json::object& params) {
    EXPECT_THROW(Page({}, params, {.ids = "Id"}), ApiError);
  };
  error({{"MaxResults", "4"}});
  error({{"MaxResults", "1001"}});
  error({{"NextToken", "xyz"}});
  error({{"MaxResults", "5"}, {"Id", "x"}});
}

TEST(Ec2Pages, There_is_a_token_only_if_something_matches_later) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  for (const auto* name : {"web 1", "data 1", "web 2", "data 2"}) cloud.image_of(instance, name);
  cloud.pass(seconds(2));
  json::object params{{"Filter", filter("name", {"web *"})}, {"MaxResults", "1"}};
  const auto one = cloud.ec2("DescribeImages", params);
  EXPECT_THAT(TestAccount::all(one, "imagesSet", "name"), ElementsAre("web 1"));
  params["NextToken"] = one.at("nextToken");
  const auto two = cloud.ec2("DescribeImages", params);
  EXPECT_THAT(TestAccount::all(two, "imagesSet", "name"), ElementsAre("web 2"));
  EXPECT_FALSE(two.contains("nextToken"));
}

// A region that has been used for years: lists must not become slow with what they leave out.
TEST(Ec2Pages, Three_thousand_images_are_listed_in_a_moment) {
  TestAccount cloud;
  const auto instance = cloud.running_instance();
  for (int i = 0; i < 3000; ++i) cloud.image_of(instance, agent::base::cat("web ", i));
  cloud.pass(seconds(100));
  json::object params{{"Owner", json::array{"self"}}, {"MaxResults", "100"}};
  std::size_t seen = 0;
  auto slowest = std::chrono::steady_clock::duration::zero();
  for (std::string token = "first"; !token.empty();) {
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = cloud.ec2("DescribeImages", params);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begun);
    seen += answer.at("imagesSet").as_array().size();
    token = text(answer, "nextToken");
    params["NextToken"] = token;
  }
  EXPECT_EQ(seen, 3000U);
  RecordProperty(
      "slowest_page_us",
      static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(slowest).count()));
  EXPECT_THAT(slowest, Lt(std::chrono::milliseconds(200)));  // with room for sanitizers
}

}  // namespace
}  // namespace local_cloud::ec2
