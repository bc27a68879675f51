// What the user says: lines that begin with "-" are arguments, those that begin with
// CODEPIPELINE_AGENT_ or STATE_DIRECTORY are variables, all others are the configuration file.
#include "agent/options.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

namespace {

using agent::base::Duration;
using fuzz::require;

// A file without a folder.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view contents) : fd_(::memfd_create("agent.conf", 0)) {
    require(fd_ >= 0, "there are file descriptors left");
    require(::write(fd_, contents.data(), contents.size()) == static_cast<ssize_t>(contents.size()),
            "there is memory left");
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

struct Said {
  explicit Said(std::string_view input) {
    while (!input.empty()) {
      const auto line = fuzz::take_line(input);
      const bool variable =
          line.starts_with("CODEPIPELINE_AGENT_") || line.starts_with("STATE_DIRECTORY");
      if (line.starts_with("--config") || line.starts_with("CODEPIPELINE_AGENT_CONFIG")) continue;
      if (variable && line.contains('=')) {
        environment.emplace(line.substr(0, line.find('=')), line.substr(line.find('=') + 1));
      } else if (line.starts_with('-')) {
        arguments.emplace_back(line);
      } else {
        file.append(line).append("\n");
      }
    }
  }

  std::vector<std::string> arguments{"run"};
  agent::aws::Environment environment;
  std::string file;
};

void check(const agent::Options& options) {
  if (options.command == agent::Command::help) return;
  require(options.command == agent::Command::run, "run is run");
  require(options.max_jobs >= 1 && options.max_jobs <= 100'000, "the number of jobs has limits");
  require(options.poll_interval > Duration(0) && options.wait_interval > Duration(0),
          "nothing is asked without a pause");
  require(options.hold >= Duration(0), "no time is negative");
  require(!options.exit_after || *options.exit_after > 0, "a count begins at 1");
  require(!options.state_dir.empty(), "there is a state directory");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Said said(fuzz::text_of(data, size));
  const MemoryFile file(said.file);
  said.arguments.emplace_back("--config=" + file.path());
  try {
    check(agent::read_options(said.arguments, said.environment));
  } catch (const agent::OptionError& error) {
    require(error.exit_code == 64 || error.exit_code == 78, "the exit code is sysexits'");
    require(!std::string_view(error.what()).empty(), "an error has words");
  }
  return 0;
}
