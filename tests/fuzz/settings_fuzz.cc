// An action's configuration, with its property Options, for every action of the catalog.
#include "agent/run/settings.h"

#include "actions/catalog.h"
#include "agent/base/json.h"
#include "agent/pipeline/result.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace json = boost::json;
using agent::base::Failure;
using agent::base::FailureType;
using agent::run::Action;
using agent::run::Setting;
using agent::run::Settings;
using fuzz::require;

void check(const Failure& failure) {
  require(failure.type == FailureType::ConfigurationError, "wrong settings are the user's to mend");
  require(fuzz::is_utf8(std::string_view(failure.what())), "the message is UTF-8");
  const auto message = agent::pipeline::Result::failure(failure, {}).message();
  require(!message.empty() && message.size() <= 5'000, "CodePipeline takes 5,000 characters");
  require(fuzz::is_printable(message), "what is reported is printable");
}

void check(const Setting& setting, const Settings& settings) {
  const auto& value = settings.text(setting.name);
  if (setting.required) require(!value.empty(), "what is required is there");
  if (setting.kind == Setting::Kind::boolean && !value.empty()) {
    require(value == "true" || value == "false", "a boolean is true or false");
  }
  if (setting.kind == Setting::Kind::whole_number && !value.empty()) {
    const auto number = settings.whole_number(setting.name);
    require(number >= setting.least && number <= setting.most, "a number keeps its limits");
  }
  if (!setting.allowed.empty()) {
    require(std::ranges::count(setting.allowed, value) == 1, "a value is one of those allowed");
  }
}

// All settings given as Options mean the same.
void check_in_options(const Action& action, const Settings& settings) {
  json::object options;
  for (const auto& setting : action.settings) {
    if (setting.name != "Options") options[setting.name] = settings.text(setting.name);
  }
  const auto again = Settings::read(action.settings, {{"Options", json::serialize(options)}});
  for (const auto& setting : action.settings) {
    if (setting.name == "Options") continue;
    require(again.text(setting.name) == settings.text(setting.name), "Options say the same");
  }
}

void check_tags(const Settings& settings) {
  const auto tags = agent::run::user_tags(settings);
  require(tags.size() <= 40, "at most 40 tags");
  for (const auto& [key, value] : tags) {
    require(!key.empty() && key.size() <= 128 && value.size() <= 256, "tags keep AWS's limits");
    require(!key.starts_with("aws:"), "aws: is AWS's");
    require(std::ranges::count(tags, key, &agent::run::Tag::first) == 1, "a key comes once");
  }
}

void read(const Action& action, const json::object& configuration) {
  const auto settings = Settings::read(action.settings, configuration);
  for (const auto& setting : action.settings) check(setting, settings);
  check_in_options(action, settings);
  check_tags(settings);
  require(static_cast<bool>(action.recipe(settings)), "there is a recipe");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto catalog = actions::catalog();
  const auto configuration = agent::base::parse(fuzz::text_of(data, size));
  if (!configuration || !configuration->is_object()) return 0;
  for (const auto& action : catalog) {
    try {
      read(action, configuration->get_object());
    } catch (const Failure& failure) {
      check(failure);
    }
  }
  return 0;
}
