// The log: a line per event that matters, on stderr. Boost.Log stands behind log.cc alone.
//
//   log(Level::info, "claimed", {{"job", id}, {"pipeline", name}});
//
// A value must not be a secret: there is no way to write a base::Secret. A log that cannot be
// written never stops the agent.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace agent::base {

enum class Level { debug, info, warning, error };
enum class LogFormat { text, json, journald };

struct Field {
  std::string_view name;
  std::string value;
};

// Until it is opened the log is silent.
void open_log(Level threshold, LogFormat format);
bool logs(Level level);
void log(Level level, std::string_view message, std::initializer_list<Field> fields = {});

}  // namespace agent::base
