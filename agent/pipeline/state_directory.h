// The directory that an agent keeps its state in, for itself alone: one file that is appended to
// and replaced as a whole. What it cannot do it says in an error code; what it must not go on
// without is a StateError.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace agent::pipeline {

// The state cannot be used: another agent has it, it cannot be read or written, or a newer agent
// wrote it. `exit_code` is sysexits': 75 when it is worth trying again (another agent, no space),
// else 78.
struct StateError : std::runtime_error {
  StateError(int exit_code, const std::string& message)
      : std::runtime_error(message), exit_code(exit_code) {}
  int exit_code;
};

class StateDirectory {
 public:
  virtual ~StateDirectory() = default;

  virtual std::string file() const = 0;  // its path, for people
  virtual std::string read() = 0;        // "" when there is no file; throws StateError

  // Kept, but after a loss of power only what was synced is surely there. After an error nobody
  // knows what the file holds: replace it.
  virtual std::error_code append(std::string_view data) = 0;
  virtual std::error_code sync() = 0;
  // All or nothing, and durable when it is done.
  virtual std::error_code replace(std::string_view data) = 0;

  // Keeps `damaged` beside the file and returns where; throws StateError.
  virtual std::string set_aside(std::string_view damaged) = 0;
};

// Makes the directory (0700) and locks it until it is destroyed or the process ends. Throws
// StateError.
std::unique_ptr<StateDirectory> open_state_directory(std::filesystem::path path);

}  // namespace agent::pipeline
