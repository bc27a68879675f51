#include "agent/run/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::run {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<Setting> table() {
  std::vector<Setting> all{
      {.name = "Group", .description = "The group.", .property = true, .required = true},
      {.name = "Imaging",
       .description = "How.",
       .standard = "no-reboot",
       .allowed = {"no-reboot", "reboot"}},
      {.name = "Keep",
       .description = "Whether.",
       .kind = Setting::Kind::boolean,
       .standard = "true"}};
  const auto common = common_settings(360);
  all.insert(all.end(), common.begin(), common.end());
  return all;
}

std::string failure_of(const json::object& configuration) {
  try {
    const auto settings = Settings::read(table(), configuration);
    user_tags(settings);
    return "";
  } catch (const base::Failure& failure) {
    EXPECT_EQ(failure.type, base::FailureType::ConfigurationError);
    return failure.what();
  }
}

TEST(Settings, Come_from_properties_and_options_with_defaults) {
  const auto settings = Settings::read(
      table(),
      {{"Group", " web "}, {"Options", R"({"TimeoutMinutes":5,"Keep":false,"Region":""})"}});
  EXPECT_EQ(settings.text("Group"), "web");
  EXPECT_EQ(settings.text("Imaging"), "no-reboot");
  EXPECT_EQ(settings.whole_number("TimeoutMinutes"), 5);
  EXPECT_FALSE(settings.boolean("Keep"));
  EXPECT_EQ(settings.text("Region"), "");
}

TEST(Settings, Twice_with_the_same_value_is_fine) {
  const auto settings =
      Settings::read(table(), {{"Group", "web"}, {"Options", R"({"Group":" web"})"}});
  EXPECT_EQ(settings.text("Group"), "web");
}

TEST(Settings, Twice_with_different_values_is_an_error_that_shows_both) {
  EXPECT_THAT(failure_of({{"Group", "web"}, {"Options", R"({"Group":"api"})"}}),
              AllOf(HasSubstr("Group"), HasSubstr("\"web\""), HasSubstr("\"api\"")));
}

TEST(Settings, A_missing_one_is_named_and_described) {
  EXPECT_THAT(failure_of({{"Imaging", "reboot"}}),
              AllOf(HasSubstr("Group"), HasSubstr("The group.")));
  EXPECT_THAT(failure_of({{"Group", "  "}}), HasSubstr("missing"));
}

TEST(Settings, An_unknown_one_names_the_nearest) {
  EXPECT_THAT(failure_of({{"Group", "web"}, {"Imageing", "reboot"}}),
              AllOf(HasSubstr("Imageing"), HasSubstr("did you mean Imaging?")));
  EXPECT_THAT(failure_of({{"Group", "web"}, {"Options", R"({"Zzzzzzzz":"1"})"}}),
              AllOf(HasSubstr("Zzzzzzzz"), HasSubstr("Group, Imaging")));
}

TEST(Settings, A_value_that_is_not_allowed_names_what_is) {
  EXPECT_THAT(failure_of({{"Group", "web"}, {"Imaging", "maybe"}}),
              AllOf(HasSubstr("Imaging"), HasSubstr("maybe"), HasSubstr("no-reboot, reboot")));
  EXPECT_THAT(failure_of({{"Group", "web"}, {"Keep", "yes"}}), HasSubstr("true or false"));
  for (const auto* const minutes : {"0", "1381", "-1", "5m", "1e2", "99999999999999999999"}) {
    EXPECT_THAT(failure_of({{"Group", "web"}, {"TimeoutMinutes", minutes}}),
                AllOf(HasSubstr(minutes), HasSubstr("1 to 1380")));
  }
}

TEST(Settings, Options_must_be_a_flat_object) {
  for (const auto* const options : {"{", "[]", "1", "{\"a\":{}}", R"({"Group":{"x":1}})",
                                    R"({"Tags":[1]})", R"({"Options":"{}"})"}) {
    EXPECT_NE(failure_of({{"Group", "web"}, {"Options", options}}), "") << options;
  }
}

std::string failure_with_file(const json::object& configuration, const std::string& text) {
  try {
    Settings::read(table(), configuration, ConfigFile{"the file c.json of the artifact App", text});
    return "";
  } catch (const base::Failure& failure) {
    EXPECT_EQ(failure.type, base::FailureType::ConfigurationError);
    return failure.what();
  }
}

TEST(Settings, Come_from_a_file_too) {
  const auto settings = Settings::read(
      table(), {{"Group", "web"}, {"Options", R"({"ConfigFile":"c.json","Keep":false})"}},
      ConfigFile{"the file", R"({"Imaging":"reboot","TimeoutMinutes":7,"Keep":false,)"
                             R"("Tags":["a=b","c=d"],"Region":null})"});
  EXPECT_EQ(settings.text("Imaging"), "reboot");
  EXPECT_EQ(settings.whole_number("TimeoutMinutes"), 7);
  EXPECT_EQ(settings.text("Tags"), "a=b,c=d");
  EXPECT_EQ(settings.text("Region"), "");
}

TEST(Settings, In_a_file_and_elsewhere_with_different_values_say_where_each_came_from) {
  EXPECT_THAT(failure_with_file({{"Group", "web"}}, R"({"Group":"api"})"),
              AllOf(HasSubstr("\"web\" as a property"),
                    HasSubstr("\"api\" in the file c.json of the artifact App")));
  EXPECT_THAT(
      failure_with_file({{"Group", "web"}, {"Options", R"({"Keep":true})"}}, R"({"Keep":"false"})"),
      AllOf(HasSubstr("\"true\" in Options"), HasSubstr("\"false\" in the file c.json")));
}

TEST(Settings, Wrong_in_a_file_name_the_file) {
  const json::object web{{"Group", "web"}};
  EXPECT_THAT(failure_with_file(web, R"({"Imageing":"reboot"})"),
              AllOf(HasSubstr("c.json"), HasSubstr("did you mean Imaging?")));
  for (const auto* const text :
       {R"({"Imaging":"maybe"})", R"({"Keep":"yes"})", R"({"Keep":{}})", R"({"TimeoutMinutes":0})",
        R"({"Tags":[1]})", R"({"Options":{}})", "[]", "", "{", "\xff"}) {
    EXPECT_THAT(failure_with_file(web, text), HasSubstr("the file c.json of the artifact App"))
        << text;
  }
  EXPECT_THAT(failure_with_file(web, R"({"ConfigFile":"d.json"})"), HasSubstr("itself"));
}

TEST(Settings, The_file_is_known_before_all_else) {
  const json::object in_options{{"Options", R"({"ConfigFile":" c.json "})"}};
  EXPECT_EQ(Settings::config_file(table(), in_options), "c.json");
  EXPECT_EQ(Settings::config_file(table(), {{"ConfigFile", "c.json"}}), "c.json");
  EXPECT_EQ(Settings::config_file(table(), {{"Group", "web"}}), "");
}

TEST(Settings, Hostile_values_are_shown_harmlessly) {
  const auto message =
      failure_of({{"Group", "web"}, {"Imaging", std::string(5'000, 'x') + "\n\x01"}});
  EXPECT_LT(message.size(), 500U);
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(Settings, Of_another_type_than_text_are_refused) {
  EXPECT_THAT(failure_of({{"Group", json::array{1}}}), HasSubstr("must be a string"));
}

TEST(Settings, Tags_are_keys_and_values) {
  const auto settings =
      Settings::read(table(), {{"Group", "web"}, {"Tags", "team = shop, url=a=b ,empty="}});
  EXPECT_THAT(user_tags(settings),
              ElementsAre(Pair("team", "shop"), Pair("url", "a=b"), Pair("empty", "")));
}

TEST(Settings, Tags_that_AWS_would_refuse_are_refused) {
  for (const auto* const tags :
       {"novalue", "=x", "aws:x=1", "codepipeline-agent:execution=1", "a=1,a=2"}) {
    EXPECT_THAT(failure_of({{"Group", "web"}, {"Tags", tags}}), HasSubstr("Tags")) << tags;
  }
}

}  // namespace
}  // namespace agent::run
