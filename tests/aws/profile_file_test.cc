#include "agent/aws/profile_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using agent::aws::parse_profiles;
using agent::aws::Profile;
using agent::aws::ProfileSyntax;
using testing::HasSubstr;

TEST(ProfileFile, Config_sections_say_profile_and_credentials_sections_do_not) {
  const auto config = parse_profiles(
      "[default]\nregion = eu-west-1\n[profile  \"my own\"]\r\nRegion=us-east-1\r\n"
      "[services x]\nregion=no\n[stray]\nregion=no\n",
      ProfileSyntax::config);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->size(), 2U);
  EXPECT_EQ(config->at("default").at("region"), "eu-west-1");
  EXPECT_EQ(config->at("my own").at("region"), "us-east-1");
  const auto credentials = parse_profiles("[ a ]\nk=v\n", ProfileSyntax::credentials);
  EXPECT_EQ(credentials->at("a"), (Profile{{"k", "v"}}));
}

TEST(ProfileFile, Comments_and_nested_settings_are_passed_over) {
  const auto config = parse_profiles(
      "# one\n; two\n[default] # three\ns3 =\n  addressing_style = path\n  region = no\n\n"
      "region = eu-west-1 # four\nsecret = a#b;c=d\n",
      ProfileSyntax::config);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->at("default"),
            (Profile{{"s3", ""}, {"region", "eu-west-1"}, {"secret", "a#b;c=d"}}));
}

TEST(ProfileFile, A_section_that_comes_twice_is_one) {
  const auto config = parse_profiles("[default]\na=1\nb=1\n[default]\nb=2", ProfileSyntax::config);
  EXPECT_EQ(config->at("default"), (Profile{{"a", "1"}, {"b", "2"}}));
}

TEST(ProfileFile, What_is_not_understood_is_named_by_its_line) {
  for (const auto* bad :
       {"[default]\n\nnonsense\n", "[default]\n\n[half\n", "\n\na=1\n", "[default]\n\n=1\n"}) {
    const auto config = parse_profiles(bad, ProfileSyntax::config);
    ASSERT_FALSE(config) << bad;
    EXPECT_THAT(config.error(), HasSubstr("line 3"));
  }
}

}  // namespace
