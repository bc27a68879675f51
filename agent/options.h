// What the user says: command, flags, environment (CODEPIPELINE_AGENT_<KEY>) and configuration
// file, in this order of precedence.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/aws/environment.h"
#include "agent/base/clock.h"
#include "agent/base/log.h"

namespace agent {

enum class Command { run, version, help };

struct Options {
  Command command = Command::help;
  std::string help_text;  // for Command::help

  std::vector<std::string> regions;  // empty: what the AWS settings say
  std::vector<std::string> actions;  // empty: all
  std::string action_version = "1";
  std::size_t max_jobs = 1'000;
  base::Duration poll_interval{15'000};
  base::Duration hold{20'000};
  base::Duration wait_interval{15'000};
  std::optional<std::size_t> exit_after;
  std::optional<base::Duration> exit_when_idle;
  bool allow_insecure_endpoints = false;
  base::Level log_level = base::Level::info;
  std::optional<base::LogFormat> log_format;  // nothing: as fits where stderr goes
  std::string state_dir;
};

// `exit_code` is sysexits': 64 for the command line, 78 for environment and configuration file.
struct OptionError : std::runtime_error {
  OptionError(int exit_code, const std::string& message)
      : std::runtime_error(message), exit_code(exit_code) {}
  int exit_code;
};

// Throws OptionError with a message that names the option, the value and the way out.
Options read_options(const std::vector<std::string>& arguments,
                     const aws::Environment& environment);

}  // namespace agent
