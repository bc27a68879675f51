// One synchronous Boost.Log sink that writes whole lines to stderr. Text and JSON lines begin with
// the time; under the journal, which has its own, a line begins with its priority (sd-daemon(3)).
#include "agent/base/log.h"

#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/log/attributes/constant.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/log/sources/severity_logger.hpp>
#include <boost/smart_ptr/make_shared.hpp>
#include <chrono>

#include "agent/base/text.h"
#include "agent/base/time_text.h"

namespace agent::base {
namespace {

namespace logging = boost::log;

struct Settings {
  bool open = false;  // before that, silence
  Level threshold = Level::info;
  LogFormat format = LogFormat::text;
};

// Boost.Log's core is the process's own; these go with it.
Settings& settings() {
  static Settings current;
  return current;
}

struct ToStderr
    : logging::sinks::basic_formatted_sink_backend<char, logging::sinks::synchronized_feeding> {
  void consume(const logging::record_view&, const std::string& line) {
    std::string_view rest = line;
    while (!rest.empty()) {
      const auto written = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (written <= 0) return;  // a log that cannot be written is no reason to stop
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
};

std::string_view name(Level level) {
  constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
  return names.at(static_cast<std::size_t>(level));
}

char syslog_priority(Level level) {
  constexpr std::string_view priorities = "7643";
  return priorities.at(static_cast<std::size_t>(level));
}

std::string now_text() {
  return rfc3339(std::chrono::floor<Duration>(std::chrono::system_clock::now()));
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\\") != std::string_view::npos;
}

std::string text_fields(std::initializer_list<Field> fields) {
  std::string result;
  for (const auto& field : fields) {
    const auto value = printable(field.value);
    result += cat(' ', field.name, '=');
    result += needs_quotes(value) ? boost::json::serialize(boost::json::string(value)) : value;
  }
  return result;
}

std::string json_line(Level level, std::string_view message, std::initializer_list<Field> fields) {
  boost::json::object line{{"time", now_text()}, {"level", name(level)}};
  line["message"] = printable(message);
  for (const auto& field : fields) line[field.name] = printable(field.value);
  return boost::json::serialize(line) + '\n';
}

std::string line_of(Level level, std::string_view message, std::initializer_list<Field> fields) {
  switch (settings().format) {
    case LogFormat::json:
      return json_line(level, message, fields);
    case LogFormat::journald:
      return cat('<', syslog_priority(level), '>', printable(message), text_fields(fields), '\n');
    case LogFormat::text:
      break;
  }
  return cat(now_text(), ' ', name(level), ' ', printable(message), text_fields(fields), '\n');
}

}  // namespace

void open_log(Level threshold, LogFormat format) {
  settings() = {.open = true, .threshold = threshold, .format = format};
  const auto sink = boost::make_shared<logging::sinks::synchronous_sink<ToStderr>>();
  sink->set_formatter(logging::expressions::stream << logging::expressions::message);
  logging::core::get()->remove_all_sinks();
  logging::core::get()->add_sink(sink);
}

bool logs(Level level) {
  return settings().open && level >= settings().threshold;
}

void log(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!logs(level)) return;
  logging::sources::severity_logger<Level> logger(logging::keywords::severity = level);
  BOOST_LOG(logger) << line_of(level, message, fields);
}

}  // namespace agent::base
