#include "agent/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::base {
namespace {

using ::testing::ElementsAre;

TEST(Text, Splits_and_drops_what_is_empty) {
  EXPECT_THAT(split(" a, b,,c ,", ','), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split("", ','), ElementsAre());
}

TEST(Text, Cuts_between_characters_only) {
  EXPECT_EQ(cut("häuser", 2), "h");
  EXPECT_EQ(cut("häuser", 3), "hä");
  EXPECT_EQ(cut("abc", 3), "abc");
}

TEST(Text, Printable_has_no_control_characters_and_is_UTF_8) {
  EXPECT_EQ(printable("a\nb\x7f\x01"), "a b  ");
  EXPECT_EQ(printable("ok \xE2\x82\xAC"), "ok \xE2\x82\xAC");
  EXPECT_EQ(printable("\xC0\x80\xED\xA0\x80\xF5\xE2\x82"), "????????");
}

TEST(Text, Percent_encodes_all_but_unreserved) {
  EXPECT_EQ(percent_encode("a b/c~\xC3\xA4"), "a%20b%2Fc~%C3%A4");
  EXPECT_EQ(percent_encode("a/b", "/"), "a/b");
}

TEST(Text, Finds_the_nearest_word_or_none) {
  const std::vector<std::string> words{"Imaging", "ImageName", "Region"};
  EXPECT_EQ(nearest("imageing", words), "Imaging");
  EXPECT_EQ(nearest("Regoin", words), "Region");
  EXPECT_EQ(nearest("Quarterdeck", words), std::nullopt);
}

}  // namespace
}  // namespace agent::base
