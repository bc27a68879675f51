// The name of an image: template, group, pipeline and execution, a line each.
#include "actions/parts/image_name.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/run_world.h"

namespace {

using fuzz::require;

bool is_allowed(char c) {
  return std::string_view(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
             "()[] ./-'@_")
      .contains(c);
}

void check(const std::string& name, std::string_view name_template, std::string_view execution) {
  require(name.size() >= 3 && name.size() <= 128, "an image's name has 3 to 128 characters");
  require(std::ranges::all_of(name, is_allowed), "an image's name has allowed characters only");
  const bool plain = std::ranges::all_of(execution, is_allowed) && execution.size() <= 128;
  if (plain && name_template.contains("{execution}")) {
    require(name.contains(execution), "the execution is never cut");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::text_of(data, size);
  const auto name_template = fuzz::take_line(rest);
  const auto group = fuzz::take_line(rest);
  const auto pipeline = fuzz::take_line(rest);
  try {
    actions::check_image_name(name_template);
  } catch (const agent::base::Failure& failure) {
    require(failure.type == agent::base::FailureType::ConfigurationError,
            "a wrong template is the user's to mend");
    return 0;
  }
  if (rest.empty()) return 0;  // CodePipeline always names the execution
  fuzz::RunWorld world;
  world.execution.pipeline = pipeline;
  world.execution.id = rest;
  auto context = world.context(world.journal());
  const agent::run::Run run(context, "eu-west-1");
  check(actions::image_name(run, name_template, group), name_template, rest);
  return 0;
}
