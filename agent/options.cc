#include "agent/options.h"

#include <boost/program_options.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "agent/base/text.h"
#include "agent/base/time_text.h"

namespace agent {
namespace {

namespace po = boost::program_options;
using base::cat;
using Texts = std::vector<std::string>;

constexpr int usage = 64;          // EX_USAGE
constexpr int configuration = 78;  // EX_CONFIG
constexpr std::string_view variable_prefix = "CODEPIPELINE_AGENT_";
constexpr const char* default_file = "/etc/codepipeline-agent/agent.conf";

constexpr std::string_view overview =
    R"(codepipeline-agent - does the work of AWS CodePipeline custom actions

Usage: codepipeline-agent COMMAND [options]

Commands:
  run       poll CodePipeline, do the jobs, report; until SIGTERM or SIGINT
  version   version, build and libraries

'codepipeline-agent COMMAND --help' tells about a command.
)";

constexpr std::string_view version_overview =
    R"(Usage: codepipeline-agent version

Prints the version, how it was built, and the libraries it runs with.
)";

constexpr std::string_view run_overview =
    R"(Usage: codepipeline-agent run [options]

Polls CodePipeline for jobs of its custom actions, does them and reports, until SIGTERM or
SIGINT. Every option is also a key of the configuration file (key = value) and, as
CODEPIPELINE_AGENT_<KEY>, an environment variable. AWS settings are taken from where the AWS
SDKs take them. Durations are written as 500ms, 20s, 5m, 2h.

)";

// The ones that only make sense on the command line.
po::options_description flags() {
  po::options_description result("Once");
  result.add_options()                                                                     //
      ("exit-after", po::value<std::string>()->value_name("N"),                            //
       "exit after N final results were accepted")                                         //
      ("exit-when-idle", po::value<std::string>()->value_name("DURATION"),                 //
       "exit when for that long nothing was held, offered or outstanding")                 //
      ("config", po::value<std::string>()->value_name("FILE"),                             //
       "configuration file (default /etc/codepipeline-agent/agent.conf, if it is there)")  //
      ("help,h", "this text");
  return result;
}

po::options_description keys() {
  po::options_description result("Options");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto texts = [](const char* name) { return po::value<Texts>()->value_name(name); };
  result.add_options()                                                                        //
      ("region", texts("REGION"), "region to poll; repeatable (default: the AWS settings')")  //
      ("action", texts("ACTION"), "action to serve; repeatable (default: all)")               //
      ("action-version", text("VERSION"), "version of the action types (default 1)")          //
      ("max-jobs", text("N"), "jobs held at once (default 1000)")                             //
      ("poll-interval", text("DURATION"), "longest wait between two polls (default 15s)")     //
      ("hold", text("DURATION"),
       "how long a job that only waits is held before it is handed back (default 20s)")  //
      ("wait-interval", text("DURATION"),
       "first interval of waits on AWS resources; grows to four times (default 15s)")  //
      ("state-dir", text("DIR"),
       "where the jobs held are kept (default $STATE_DIRECTORY, then "
       "/var/lib/codepipeline-agent)")                                               //
      ("log-level", text("LEVEL"), "debug, info, warning or error (default info)")   //
      ("log-format", text("FORMAT"), "auto, text, json or journald (default auto)")  //
      ("allow-insecure-endpoints",
       po::value<std::string>()->implicit_value("true")->value_name("BOOL"),
       "accept plain http for other endpoints than loopback");
  return result;
}

Texts names(const po::options_description& description) {
  Texts result;
  for (const auto& option : description.options()) result.push_back(option->long_name());
  return result;
}

std::string did_you_mean(const std::string& word, const Texts& known, std::string_view dashes) {
  const auto near = base::nearest(word, known);
  return near ? cat("; did you mean ", dashes, *near, "?") : std::string();
}

// The value, if there is one, is not repeated: it may be a secret.
[[noreturn]] void unknown_option(std::string given, const Texts& known) {
  given.resize(std::min(given.find('='), given.size()));
  const auto name = given.substr(std::min(given.find_first_not_of('-'), given.size()));
  throw OptionError(
      usage,
      cat("there is no option ", given, did_you_mean(name, known, "--"),
          did_you_mean(name, known, "").empty() ? "; see codepipeline-agent run --help" : ""));
}

void read_arguments(const Texts& arguments, po::variables_map& values) {
  auto all = keys();
  all.add(flags());
  try {
    constexpr auto style =
        po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const auto parsed = po::command_line_parser(arguments)
                            .options(all)
                            .positional({})
                            .style(static_cast<int>(style))
                            .run();
    po::store(parsed, values);
  } catch (const po::unknown_option& error) {
    auto known = names(all);
    unknown_option(error.get_option_name(), known);
  } catch (const po::error& error) {
    throw OptionError(usage, cat(error.what(), "; see codepipeline-agent run --help"));
  }
}

void read_variables(const aws::Environment& environment, po::variables_map& values) {
  auto description = keys();
  description.add_options()("config", po::value<std::string>());
  const auto known = names(description);
  po::parsed_options parsed(&description);
  for (const auto& [variable, value] : environment) {
    if (!variable.starts_with(variable_prefix) || value.empty()) continue;
    auto key = base::lower(std::string_view(variable).substr(variable_prefix.size()));
    std::ranges::replace(key, '_', '-');
    if (std::ranges::find(known, key) == known.end()) {
      throw OptionError(configuration, cat("the environment variable ", variable,
                                           " is none of ours", did_you_mean(key, known, "")));
    }
    const auto repeatable = key == "region" || key == "action";
    parsed.options.emplace_back(key, repeatable ? base::split(value, ',') : Texts{value});
  }
  try {
    po::store(parsed, values);
  } catch (const po::error& error) {
    throw OptionError(configuration, cat("the environment's CODEPIPELINE_AGENT_…: ", error.what()));
  }
}

void read_file(const std::string& path, bool required, po::variables_map& values) {
  std::error_code unknown;
  const auto exists = std::filesystem::exists(path, unknown) || unknown;
  if (!exists && !required) return;
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path, unknown)) {
    throw OptionError(configuration, cat("cannot read the configuration file ", path));
  }
  const auto description = keys();
  try {
    po::store(po::parse_config_file(file, description), values);
  } catch (const po::unknown_option& error) {
    throw OptionError(configuration,
                      cat(path, ": there is no key ", error.get_option_name(),
                          did_you_mean(error.get_option_name(), names(description), "")));
  } catch (const po::error& error) {
    throw OptionError(configuration, cat(path, ": ", error.what()));
  }
}

// Turns the texts into what they mean.
class Reader {
 public:
  // `typed`: how many of the values were on the command line tells whose mistake one is.
  Reader(const po::variables_map& values, const po::variables_map& typed)
      : values_(values), typed_(typed) {}

  std::string text(const char* key, std::string standard = {}) const {
    if (values_.contains(key)) return values_[key].as<std::string>();
    return standard;
  }
  Texts texts(const char* key) const {
    return values_.contains(key) ? values_[key].as<Texts>() : Texts();
  }
  base::Duration duration(const char* key, base::Duration standard) const {
    return duration(key).value_or(standard);
  }
  base::Duration interval(const char* key, base::Duration standard) const {
    const auto value = duration(key, standard);
    if (value <= base::Duration(0)) wrong(key, "a duration above 0, such as 15s");
    return value;
  }
  std::optional<base::Duration> duration(const char* key) const {
    if (!values_.contains(key)) return std::nullopt;
    const auto value = base::parse_duration(text(key));
    if (!value) wrong(key, "a duration such as 500ms, 20s, 5m or 2h");
    return value;
  }
  std::optional<std::size_t> count(const char* key) const {
    if (!values_.contains(key)) return std::nullopt;
    const auto value = text(key);
    std::size_t result = 0;
    const auto* last = value.data() + value.size();
    const auto [end, error] = std::from_chars(value.data(), last, result);
    if (error != std::errc{} || end != last || result < 1 || result > 100'000) {
      wrong(key, "a whole number from 1 to 100000");
    }
    return result;
  }
  bool boolean(const char* key) const {
    const auto value = text(key, "false");
    if (value != "true" && value != "false") wrong(key, "true or false");
    return value == "true";
  }
  template <class T>
  T one_of(const char* key, const std::vector<std::pair<std::string, T>>& choices,
           T standard) const {
    if (!values_.contains(key)) return standard;
    Texts allowed;
    for (const auto& [name, value] : choices) {
      if (name == text(key)) return value;
      allowed.push_back(name);
    }
    wrong(key, base::join(allowed, ", "));
  }

 private:
  [[noreturn]] void wrong(const char* key, std::string_view wanted) const {
    throw OptionError(typed_.contains(key) ? usage : configuration,
                      cat("the option ", key, " is \"", text(key), "\"; write ", wanted));
  }

  const po::variables_map& values_;
  const po::variables_map& typed_;
};

std::string state_dir(const Reader& reader, const aws::Environment& environment) {
  auto given = reader.text("state-dir");
  if (!given.empty()) return given;
  const auto systemd = aws::variable(environment, "STATE_DIRECTORY");  // systemd.exec(5); a list
  return systemd.empty() ? "/var/lib/codepipeline-agent" : systemd.substr(0, systemd.find(':'));
}

Options run_options(const po::variables_map& values, const po::variables_map& typed,
                    const aws::Environment& environment) {
  using base::Level;
  using base::LogFormat;
  const Reader reader(values, typed);
  Options options{.command = Command::run,
                  .regions = reader.texts("region"),
                  .actions = reader.texts("action"),
                  .action_version = reader.text("action-version", "1")};
  options.max_jobs = reader.count("max-jobs").value_or(options.max_jobs);
  options.poll_interval = reader.interval("poll-interval", options.poll_interval);
  options.hold = reader.duration("hold", options.hold);
  options.wait_interval = reader.interval("wait-interval", options.wait_interval);
  options.exit_after = reader.count("exit-after");
  options.exit_when_idle = reader.duration("exit-when-idle");
  options.allow_insecure_endpoints = reader.boolean("allow-insecure-endpoints");
  options.log_level = reader.one_of<Level>("log-level",
                                           {{"debug", Level::debug},
                                            {"info", Level::info},
                                            {"warning", Level::warning},
                                            {"error", Level::error}},
                                           Level::info);
  options.log_format = reader.one_of<std::optional<LogFormat>>("log-format",
                                                               {{"auto", std::nullopt},
                                                                {"text", LogFormat::text},
                                                                {"json", LogFormat::json},
                                                                {"journald", LogFormat::journald}},
                                                               std::nullopt);
  options.state_dir = state_dir(reader, environment);
  return options;
}

std::string run_help() {
  std::ostringstream out;
  out << run_overview << keys() << '\n' << flags();
  return std::move(out).str();
}

Options read_run(const Texts& arguments, const aws::Environment& environment) {
  po::variables_map values;
  read_arguments(arguments, values);
  if (values.contains("help")) return {.command = Command::help, .help_text = run_help()};
  const auto typed = values;
  read_variables(environment, values);
  const auto named = values.contains("config");
  read_file(named ? values["config"].as<std::string>() : default_file, named, values);
  return run_options(values, typed, environment);
}

Options read_version(const Texts& arguments) {
  if (arguments.empty()) return {.command = Command::version};
  if (arguments.front() == "--help" || arguments.front() == "-h") {
    return {.command = Command::help, .help_text = std::string(version_overview)};
  }
  throw OptionError(usage, cat("version takes no ", arguments.front()));
}

}  // namespace

Options read_options(const Texts& arguments, const aws::Environment& environment) {
  const Texts commands{"run", "version"};
  if (arguments.empty()) {
    throw OptionError(usage, "no command; see codepipeline-agent --help");
  }
  const auto& command = arguments.front();
  const Texts rest(arguments.begin() + 1, arguments.end());
  if (command == "--help" || command == "-h" || command == "help") {
    return {.command = Command::help, .help_text = std::string(overview)};
  }
  if (command == "run") return read_run(rest, environment);
  if (command == "version" || command == "--version") return read_version(rest);
  throw OptionError(usage, cat("there is no command ", command, did_you_mean(command, commands, ""),
                               " See codepipeline-agent --help"));
}

}  // namespace agent
