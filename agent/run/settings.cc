#include "agent/run/settings.h"

#include <charconv>

#include "agent/aws/endpoint.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace agent::run {
namespace {

namespace json = boost::json;
using base::cat;
using base::Failure;
using base::FailureType;

constexpr std::string_view options_name = "Options";
constexpr std::string_view config_file_name = "ConfigFile";

// A value and where it was given, for messages.
struct Given {
  std::string value;
  std::string place;  // "as a property", "in Options", "in the file conf.json of the artifact App"
};
using Values = std::map<std::string, Given, std::less<>>;

constexpr std::string_view property_place = "as a property";
constexpr std::string_view options_place = "in Options";

Failure configuration_error(const std::string& message) {
  return {FailureType::ConfigurationError, message};
}

std::string quoted(std::string_view value) {
  return json::serialize(json::string(base::cut(base::printable(value), 200)));
}

const Setting* find(std::span<const Setting> table, std::string_view name) {
  const auto place = std::ranges::find(table, name, &Setting::name);
  return place == table.end() ? nullptr : &*place;
}

// " (in the file ...)"; the others are where anybody would look.
std::string hint(std::string_view place) {
  return place.empty() || place == property_place || place == options_place ? std::string()
                                                                            : cat(" (", place, ")");
}

Failure wrong_value(std::string_view name, std::string_view value, std::string_view place,
                    std::string_view why) {
  return configuration_error(
      cat("The setting ", name, " is ", quoted(value), hint(place), ": ", why, "."));
}

Failure unknown_setting(std::span<const Setting> table, std::string_view name,
                        std::string_view place) {
  std::vector<std::string> names;
  for (const auto& setting : table) names.emplace_back(setting.name);
  std::ranges::sort(names);
  const auto near = base::nearest(name, names);
  return configuration_error(cat("There is no setting ", quoted(name), " in this action",
                                 hint(place), near ? cat("; did you mean ", *near, "?") : ".",
                                 " The settings are: ", base::join(names, ", "), "."));
}

// A value in a JSON object: a string, number or boolean, or a list of strings.
std::string option_text(std::string_view name, const json::value& value, std::string_view place) {
  if (const auto* string = value.if_string()) return std::string(*string);
  if (value.is_number() || value.is_bool()) return json::serialize(value);
  if (const auto* array = value.if_array()) {
    std::vector<std::string> parts;
    for (const auto& part : *array) {
      if (!part.is_string()) {
        throw wrong_value(name, json::serialize(value), place, "a list may hold strings only");
      }
      parts.emplace_back(part.get_string());
    }
    return base::join(parts, ",");
  }
  throw wrong_value(name, json::serialize(value), place,
                    "write a string, a number, true, false or a list of strings");
}

class Reader {
 public:
  explicit Reader(std::span<const Setting> table) : table_(table) {}

  // What the pipeline itself says.
  void add_configuration(const json::object& configuration) {
    for (const auto& [name, value] : configuration) {
      if (value.is_null() || name == options_name) continue;
      if (!value.is_string()) {
        throw wrong_setting(name, json::serialize(value), "it must be a string");
      }
      add(name, value.get_string(), property_place);
    }
    add_options(base::text(configuration, options_name));
  }

  void add_file(const ConfigFile& file) {
    const auto settings = base::parse(file.text);
    if (!settings || !settings->is_object()) {
      throw configuration_error(
          cat("The setting ConfigFile names ", file.name,
              ", which is not a JSON object such as {\"Imaging\":\"reboot\"}."));
    }
    if (settings->get_object().contains(config_file_name)) {
      throw configuration_error(
          cat("The setting ConfigFile stands in ", file.name,
              ", which it names itself. Give it in the action's configuration only."));
    }
    add_members(settings->get_object(), cat("in ", file.name));
  }

  std::string given(std::string_view name) const {
    const auto place = values_.find(name);
    return place == values_.end() ? "" : place->second.value;
  }

  std::map<std::string, std::string, std::less<>> finished() {
    for (const auto& setting : table_) finish(setting);
    std::map<std::string, std::string, std::less<>> values;
    for (auto& [name, given] : values_) values.emplace(name, std::move(given.value));
    return values;
  }

 private:
  void add(std::string_view name, std::string_view raw, std::string_view place) {
    if (find(table_, name) == nullptr) throw unknown_setting(table_, name, place);
    const auto value = base::trim(raw);
    if (value.empty()) return;  // an empty one is an absent one
    const auto [first, fresh] =
        values_.emplace(name, Given{std::string(value), std::string(place)});
    if (!fresh && first->second.value != value) {
      throw configuration_error(
          cat("The setting ", name, " is given twice: ", quoted(first->second.value), ' ',
              first->second.place, " and ", quoted(value), ' ', place, ". Keep one of them."));
    }
  }

  void add_options(std::string_view text) {
    if (base::trim(text).empty()) return;
    const auto options = base::parse(text);
    if (!options || !options->is_object()) {
      throw wrong_setting(options_name, text,
                          "it must be a JSON object such as {\"Imaging\":\"reboot\"}");
    }
    add_members(options->get_object(), options_place);
  }

  void add_members(const json::object& object, std::string_view place) {
    for (const auto& [name, value] : object) {
      if (name == options_name) throw unknown_setting(table_, name, place);
      if (!value.is_null()) add(name, option_text(name, value, place), place);
    }
  }

  void finish(const Setting& setting) {
    const auto place = values_.find(setting.name);
    if (place != values_.end()) {
      check(setting, place->second);
    } else if (setting.required) {
      throw configuration_error(cat("The setting ", setting.name, " is missing. ",
                                    setting.description, " Add it to the action's configuration."));
    } else {
      values_.emplace(setting.name, Given{setting.standard, ""});
    }
  }

  static void check(const Setting& setting, const Given& given) {
    const auto& value = given.value;
    switch (setting.kind) {
      case Setting::Kind::boolean:
        if (value != "true" && value != "false") {
          throw wrong_value(setting.name, value, given.place, "write true or false");
        }
        break;
      case Setting::Kind::whole_number:
        check_number(setting, given);
        break;
      case Setting::Kind::text:
      case Setting::Kind::list:
        break;
    }
    if (!setting.allowed.empty() && std::ranges::count(setting.allowed, value) == 0) {
      const std::vector<std::string> allowed(setting.allowed.begin(), setting.allowed.end());
      throw wrong_value(setting.name, value, given.place,
                        cat("write one of ", base::join(allowed, ", ")));
    }
  }

  static void check_number(const Setting& setting, const Given& given) {
    const auto& value = given.value;
    std::int64_t number = 0;
    const auto* last = value.data() + value.size();
    const auto [end, error] = std::from_chars(value.data(), last, number);
    if (error != std::errc{} || end != last || number < setting.least || number > setting.most) {
      throw wrong_value(setting.name, value, given.place,
                        cat("write a whole number from ", setting.least, " to ", setting.most));
    }
  }

  std::span<const Setting> table_;
  Values values_;
};

}  // namespace

Failure wrong_setting(std::string_view name, std::string_view value, std::string_view why) {
  return wrong_value(name, value, property_place, why);
}

void expect_region(std::string_view name, std::string_view value) {
  if (aws::is_region(value)) return;
  throw wrong_setting(name, value, "write a region's name such as eu-west-1");
}

Settings Settings::read(std::span<const Setting> table, const json::object& configuration,
                        const std::optional<ConfigFile>& file) {
  Reader reader(table);
  reader.add_configuration(configuration);
  if (file) reader.add_file(*file);
  Settings settings;
  settings.values_ = reader.finished();
  return settings;
}

std::string Settings::config_file(std::span<const Setting> table,
                                  const json::object& configuration) {
  Reader reader(table);
  reader.add_configuration(configuration);
  return reader.given(config_file_name);
}

const std::string& Settings::text(std::string_view name) const {
  const auto place = values_.find(name);
  if (place == values_.end()) throw std::logic_error(cat("no setting ", name, " in the table"));
  return place->second;
}

std::int64_t Settings::whole_number(std::string_view name) const {
  return std::stoll(text(name));
}

std::vector<std::string> Settings::list(std::string_view name) const {
  return base::split(text(name), ',');
}

std::vector<Setting> common_settings(std::int64_t timeout_minutes) {
  return {
      {.name = "Region",
       .description = "Region to do the work in, if not the pipeline's own, e.g. eu-west-1.",
       .property = true},
      {.name = "Options", .description = "Further settings as a JSON object.", .property = true},
      {.name = "ConfigFile",
       .description = "JSON file with further settings in the input artifact: FILE or "
                      "ARTIFACT::FILE."},
      {.name = "Tags",
       .description = "Tags for everything that is created: key=value,key=value.",
       .kind = Setting::Kind::list},
      {.name = "TimeoutMinutes",
       .description = "The action fails when it takes longer.",
       .kind = Setting::Kind::whole_number,
       .standard = std::to_string(timeout_minutes),
       .least = 1,
       .most = 1'380}};
}

std::vector<Tag> user_tags(const Settings& settings) {
  std::vector<Tag> tags;
  for (const auto& part : settings.list("Tags")) {
    const auto equals = part.find('=');
    const auto key = base::trim(std::string_view(part).substr(0, equals));
    if (equals == std::string::npos || key.empty() || key.size() > 128) {
      throw wrong_setting("Tags", part,
                          "write key=value,key=value with keys of 1 to 128 characters");
    }
    const auto value = base::trim(std::string_view(part).substr(equals + 1));
    if (value.size() > 256) throw wrong_setting("Tags", part, "a value has at most 256 characters");
    if (key.starts_with("aws:") || key.starts_with("codepipeline-agent:")) {
      throw wrong_setting("Tags", part,
                          "keys that begin with aws: or codepipeline-agent: are taken");
    }
    if (std::ranges::count(tags, key, &Tag::first) > 0) {
      throw wrong_setting("Tags", part, "the key is given twice");
    }
    tags.emplace_back(key, value);
  }
  if (tags.size() > 40) throw wrong_setting("Tags", settings.text("Tags"), "at most 40 tags");
  return tags;
}

}  // namespace agent::run
