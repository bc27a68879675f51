#include "tests/local_cloud/ec2_filters.h"

#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud::ec2 {
namespace {

constexpr FilterPath paths[] = {{"state", "state/name"}, {"disk", "disks/id"}};

json::object resource() {
  return {{"state", json::object{{"name", "running"}}},
          {"disks", json::array{json::object{{"id", "vol-1"}}, json::object{{"id", "vol-2"}}}},
          {"tagSet", json::array{json::object{{"key", "Name"}, {"value", "web 1"}}}}};
}

bool passes(std::string_view name, json::array values) {
  return Filters({{"Filter", filter(name, std::move(values))}}, paths).match(resource());
}

TEST(Ec2Filters, Wildcards_stand_for_any_text_and_any_character) {
  EXPECT_TRUE(like("web-*", "web-"));
  EXPECT_TRUE(like("*-1?-*", "web-12-a"));
  EXPECT_TRUE(like("", ""));
  EXPECT_FALSE(like("web-?", "web-"));
  EXPECT_FALSE(like("web", "Web"));
  EXPECT_TRUE(like("a\\*b", "a*b"));
  EXPECT_FALSE(like("a\\*b", "axb"));
}

TEST(Ec2Filters, A_filter_follows_its_path_through_structures_and_lists) {
  EXPECT_TRUE(passes("state", {"stopped", "running"}));
  EXPECT_FALSE(passes("state", {"stopped"}));
  EXPECT_TRUE(passes("disk", {"vol-2"}));
  EXPECT_FALSE(passes("disk", {"vol-3"}));
}

TEST(Ec2Filters, Tags_are_found_by_key_by_value_and_by_both) {
  EXPECT_TRUE(passes("tag:Name", {"web *"}));
  EXPECT_FALSE(passes("tag:name", {"web 1"}));
  EXPECT_TRUE(passes("tag-key", {"Name"}));
  EXPECT_TRUE(passes("tag-value", {"web 1"}));
}

TEST(Ec2Filters, All_filters_have_to_match) {
  json::array both = filter("state", {"running"});
  both.push_back(filter("disk", {"vol-3"}).at(0));
  EXPECT_FALSE(Filters({{"Filter", both}}, paths).match(resource()));
}

TEST(Ec2Filters, An_unknown_filter_is_refused) {
  EXPECT_THROW(passes("colour", {"red"}), ApiError);
}

}  // namespace
}  // namespace local_cloud::ec2
