// An action's settings: what the person who wrote the pipeline may say, and what was said.
//
// They come from the action's configuration in the pipeline, from its property Options, a JSON
// object, and from the file of an input artifact that the setting ConfigFile names, another one.
// One flat table, so every setting has one name, one place where it is described, and one kind of
// error: ConfigurationError, naming setting, value and way out.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/failure.h"
#include "agent/run/execution.h"

namespace agent::run {

// CodePipeline: a property's name has at most 50 characters, its description 160.
struct Setting {
  enum class Kind { text, boolean, whole_number, list };

  std::string_view name;
  std::string_view description;
  Kind kind = Kind::text;
  bool property = false;  // of the action type; all can be given in Options
  bool required = false;
  std::string standard = "";                   // the default, as it would be written
  std::vector<std::string_view> allowed = {};  // empty: any
  std::int64_t least = 0, most = 0;            // whole numbers only
};

// What the setting ConfigFile leads to.
struct ConfigFile {
  std::string name;  // for messages: the file conf.json of the artifact App
  std::string text;
};

class Settings {
 public:
  // Throws base::Failure(ConfigurationError) for what is missing, malformed, contradictory,
  // unknown.
  static Settings read(std::span<const Setting> table, const boost::json::object& configuration,
                       const std::optional<ConfigFile>& file = std::nullopt);

  // What ConfigFile says, "" when it is not given: it must be known before all can be read. Throws
  // as read does.
  static std::string config_file(std::span<const Setting> table,
                                 const boost::json::object& configuration);

  // The value or the default; `name` must be in the table.
  const std::string& text(std::string_view name) const;
  bool boolean(std::string_view name) const { return text(name) == "true"; }
  std::int64_t whole_number(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// What every action has: Region, Options, ConfigFile, TimeoutMinutes, Tags.
std::vector<Setting> common_settings(std::int64_t timeout_minutes);

// "key=value,…" of the setting Tags. AWS allows 50 tags on a resource and keeps names that begin
// with "aws:" for itself (Tagging AWS resources, "Tag naming limits and requirements").
std::vector<Tag> user_tags(const Settings& settings);

// For messages: The setting ImageName is "x": ...
base::Failure wrong_setting(std::string_view name, std::string_view value, std::string_view why);
// Throws it when the value has not the form of a region's name.
void expect_region(std::string_view name, std::string_view value);

}  // namespace agent::run
