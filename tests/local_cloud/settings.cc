#include "tests/local_cloud/settings.h"

#include <boost/mp11/algorithm.hpp>
#include <charconv>

#include "agent/base/text.h"
#include "agent/base/time_text.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using Members = boost::describe::describe_members<Settings, boost::describe::mod_public>;

// Converts to any member, so that an aggregate can be asked how many it has.
struct Anything {
  template <class T>
  operator T() const;
};
template <class... Args>
constexpr std::size_t count_members() {
  if constexpr (requires { Settings{Args{}..., Anything{}}; }) {
    return count_members<Args..., Anything>();
  } else {
    return sizeof...(Args);
  }
}
static_assert(count_members<>() == boost::mp11::mp_size<Members>::value,
              "a member of Settings is missing from BOOST_DESCRIBE_STRUCT");

template <class Function>
void for_each_member(Function function) {
  boost::mp11::mp_for_each<Members>([&](auto member) { function(member.name, member.pointer); });
}

std::optional<std::string> read(Settings::Duration& into, std::string_view value) {
  const bool negative = value.starts_with('-');
  const auto duration = agent::base::parse_duration(value.substr(negative ? 1 : 0));
  if (!duration) return "a duration such as 500ms, 20s, 5m or 2h";
  into = negative ? -*duration : *duration;
  return {};
}

std::optional<std::string> read(bool& into, std::string_view value) {
  if (value != "true" && value != "false") return "true or false";
  into = value == "true";
  return {};
}

std::optional<std::string> read(int& into, std::string_view value) {
  int number = 0;
  const auto end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) return "a whole number";
  into = number;
  return {};
}

std::optional<std::string> read(std::string& into, std::string_view value) {
  into = value;
  return {};
}

std::string unknown(std::string_view name) {
  const auto near = agent::base::nearest(name, setting_names());
  return cat("unknown setting '", name, "'", near ? cat("; did you mean '", *near, "'?") : "");
}

}  // namespace

std::vector<std::string> setting_names() {
  std::vector<std::string> names;
  for_each_member([&](const char* name, auto) { names.emplace_back(name); });
  return names;
}

std::optional<std::string> set(Settings& settings, std::string_view name, std::string_view value) {
  auto problem = std::optional(unknown(name));
  for_each_member([&](const char* member, auto pointer) {
    if (name != member) return;
    const auto wanted = read(settings.*pointer, value);
    problem =
        wanted ? std::optional(cat("setting '", name, "' takes ", *wanted, ", not '", value, "'"))
               : std::nullopt;
  });
  return problem;
}

boost::json::object as_json(const Settings& settings) {
  boost::json::object all;
  for_each_member([&](const char* name, auto pointer) {
    const auto& value = settings.*pointer;
    if constexpr (requires { value.count(); }) {
      all[name] = static_cast<std::int64_t>(value.count());
    } else {
      all[name] = value;
    }
  });
  return all;
}

}  // namespace local_cloud
