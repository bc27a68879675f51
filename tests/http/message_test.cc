#include "agent/http/message.h"

#include <gtest/gtest.h>

namespace {

using agent::http::Headers;

TEST(Headers, Are_found_whatever_the_case) {
  const Headers headers{{"Content-Type", "text/plain"}};
  EXPECT_EQ(headers.get("content-type"), "text/plain");
  EXPECT_EQ(headers.get("content-typ"), "");
}

TEST(Headers, Set_replaces_and_add_does_not) {
  Headers headers{{"A", "1"}, {"a", "2"}};
  headers.add("B", "3");
  headers.set("A", "4");
  EXPECT_EQ(headers.get("a"), "4");
  EXPECT_EQ(std::distance(headers.begin(), headers.end()), 2);
}

}  // namespace
