#include "tests/local_cloud/settings.h"

#include <gtest/gtest.h>

namespace local_cloud {
namespace {

using std::chrono::milliseconds;

TEST(Settings, Every_kind_is_set_by_name) {
  Settings settings;
  EXPECT_FALSE(set(settings, "image_time", "20s"));
  EXPECT_FALSE(set(settings, "clock_offset", "-5m"));
  EXPECT_FALSE(set(settings, "explicit_nulls", "false"));
  EXPECT_FALSE(set(settings, "poll_batch_limit", "3"));
  EXPECT_FALSE(set(settings, "imds_role", "worker"));
  EXPECT_EQ(settings.image_time, milliseconds(20'000));
  EXPECT_EQ(settings.clock_offset, milliseconds(-300'000));
  EXPECT_FALSE(settings.explicit_nulls);
  EXPECT_EQ(settings.poll_batch_limit, 3);
  EXPECT_EQ(settings.imds_role, "worker");
}

TEST(Settings, What_is_wrong_is_said_and_changes_nothing) {
  Settings settings;
  EXPECT_EQ(set(settings, "image_tme", "20s"),
            "unknown setting 'image_tme'; did you mean 'image_time'?");
  EXPECT_EQ(set(settings, "image_time", "soon"),
            "setting 'image_time' takes a duration such as 500ms, 20s, 5m or 2h, not 'soon'");
  EXPECT_EQ(set(settings, "explicit_nulls", "yes"),
            "setting 'explicit_nulls' takes true or false, not 'yes'");
  EXPECT_EQ(set(settings, "log_limit", "-1"), "setting 'log_limit' takes a whole number, not '-1'");
  EXPECT_EQ(as_json(settings), as_json(Settings()));
}

TEST(Settings, All_are_listed_with_their_values) {
  EXPECT_EQ(as_json(Settings()).size(), setting_names().size());
  EXPECT_EQ(as_json(Settings()).at("image_time"), 3000);
}

}  // namespace
}  // namespace local_cloud
