#include "actions/parts/image_name.h"

#include <gtest/gtest.h>

#include "tests/fuzz/run_world.h"

namespace {

std::string name_of(std::string_view name_template, std::string execution) {
  fuzz::RunWorld world;
  world.execution.id = std::move(execution);
  auto context = world.context(world.journal());
  const agent::run::Run run(context, "eu-west-1");
  return actions::image_name(run, name_template, "web");
}

TEST(ImageName, Has_three_characters_at_least) {
  EXPECT_EQ(name_of("x", "e"), "x--");
  EXPECT_EQ(name_of("{execution}", "e"), "e--");
}

TEST(ImageName, Is_cut_around_the_execution) {
  const std::string execution(36, 'e');
  const auto name =
      name_of(std::string(200, 'a') + "{execution}" + std::string(50, 'b'), execution);
  EXPECT_EQ(name, std::string(42, 'a') + execution + std::string(50, 'b'));
}

}  // namespace
