// codepipeline-agent: makes everything and passes references. The process's environment, its clock
// (but for the time on log lines) and its signals are named here and nowhere else.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/version.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "actions/catalog.h"
#include "agent/aws/client.h"
#include "agent/aws/credentials_cached.h"
#include "agent/aws/credentials_chain.h"
#include "agent/aws/credentials_environment.h"
#include "agent/aws/credentials_imds.h"
#include "agent/aws/credentials_profile.h"
#include "agent/aws/region.h"
#include "agent/base/event.h"
#include "agent/base/log.h"
#include "agent/base/system_clock.h"
#include "agent/base/text.h"
#include "agent/http/curl_http.h"
#include "agent/options.h"
#include "agent/pipeline/agent.h"
#include "agent/pipeline/state_file.h"

namespace agent {
namespace {

using base::cat;
using base::Level;
using base::log;
using base::Task;

constexpr const char* version = AGENT_VERSION;
constexpr int exit_bug = 70;            // EX_SOFTWARE
constexpr int exit_configuration = 78;  // EX_CONFIG

template <class T>
T valid(std::expected<T, std::string> setting) {
  if (!setting) throw OptionError(exit_configuration, setting.error());
  return std::move(*setting);
}

// Those to poll for.
std::vector<run::Action> served_actions(const Options& options, std::vector<run::Action> catalog) {
  if (options.actions.empty()) return catalog;
  std::vector<std::string> names;
  for (const auto& action : catalog) names.push_back(action.name);
  for (const auto& name : options.actions) {
    if (std::ranges::count(names, name) > 0) continue;
    throw OptionError(exit_configuration,
                      cat("there is no action ", name, "; there are ", base::join(names, ", ")));
  }
  std::erase_if(catalog, [&](const run::Action& action) {
    return std::ranges::count(options.actions, action.name) == 0;
  });
  return catalog;
}

std::vector<pipeline::Queue> queues(const std::vector<std::string>& regions,
                                    const std::vector<run::Action>& actions,
                                    const std::string& action_version) {
  std::vector<pipeline::Queue> result;
  for (const auto& region : regions) {
    for (const auto& action : actions) {
      result.push_back({region, action.category, action.name, action_version});
    }
  }
  return result;
}

pipeline::AgentSettings agent_settings(const Options& options,
                                       std::vector<pipeline::Queue> queues) {
  return {
      .queues = std::move(queues),
      .poll = {.interval = options.poll_interval, .may_be_unregistered = options.actions.empty()},
      .work = {.max_jobs = options.max_jobs,
               .hold = options.hold,
               .wait_interval = options.wait_interval},
      .exit_after = options.exit_after,
      .exit_when_idle = options.exit_when_idle};
}

// A request may need a socket beside those that are kept open, and two more while a name is looked
// up; 20 is for all else.
std::size_t requests_at_once() {
  constexpr rlim_t least = 32;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < least) {
    throw OptionError(exit_configuration,
                      cat("this process may open ", files.rlim_cur, " files and needs at least ",
                          least, "; raise the limit (ulimit -n, LimitNOFILE= of the unit)"));
  }
  return std::clamp<rlim_t>((files.rlim_cur - 20) / 4, 1, 256);
}

// Runs the loop until the task has ended, and returns what it returned. What else is on the loop
// stays where it is.
template <class T>
T complete(boost::asio::io_context& io, Task<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr escaped, T value) {
    if (escaped) std::rethrow_exception(escaped);
    result = std::move(value);
  });
  while (!result) io.run_one();
  return std::move(*result);
}

// The first signal is a request to leave, whenever it comes; the second ends the process where it
// is: what is in the state file goes on at the next start.
void leave_on_signals(boost::asio::signal_set& signals, base::Event& leave) {
  signals.async_wait([&](const boost::system::error_code& cancelled, int) {
    if (cancelled) return;
    leave.set();
    signals.async_wait([](const boost::system::error_code& again_cancelled, int) {
      if (!again_cancelled) std::_Exit(EXIT_FAILURE);
    });
  });
}

// Nothing when a signal came first.
Task<std::optional<aws::Result<std::string>>> find_region(const aws::Environment& environment,
                                                          aws::ProfileStore& profiles,
                                                          aws::Imds& imds, base::Event& leave) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto found = co_await (aws::find_region(environment, profiles, imds) || leave.wait());
  if (auto* region = std::get_if<0>(&found)) co_return std::move(*region);
  co_return std::nullopt;
}

Task<> pass_on(base::Event& leave, pipeline::Agent& agent) {
  co_await leave.wait();
  log(Level::info, "leaving", {{"held", std::to_string(agent.held())}});
  agent.leave();
}

Task<bool> run_to_the_end(pipeline::Agent& agent) {
  co_await agent.run();
  co_return true;
}

int run(const Options& options, const aws::Environment& environment) {
  const auto concurrency = requests_at_once();
  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  base::Event leave(io.get_executor());
  leave_on_signals(signals, leave);
  base::SystemClock clock(io.get_executor());
  base::SystemChance chance;
  const auto insecure = options.allow_insecure_endpoints;

  http::CurlHttp http(
      io, {.concurrency = concurrency, .ca_bundle = aws::variable(environment, "AWS_CA_BUNDLE")});
  aws::ProfileStore profiles(aws::ProfilePaths::from(environment));
  aws::Imds imds(http, clock, valid(aws::ImdsSettings::from(environment, insecure)));
  aws::EnvironmentCredentials from_environment(environment);
  aws::ProfileCredentials from_profile(profiles);
  aws::ImdsCredentials from_instance(imds);
  aws::ChainCredentials chain({&from_environment, &from_profile, &from_instance});
  aws::CachedCredentials credentials(chain, clock);
  aws::Client client(http, credentials, valid(aws::Endpoints::from(environment, insecure)), clock,
                     chance, valid(aws::retry_settings(environment)),
                     cat("codepipeline-agent/", version));

  auto regions = options.regions;
  if (regions.empty()) {
    const auto region = complete(io, find_region(environment, profiles, imds, leave));
    if (!region) return EXIT_SUCCESS;
    if (!*region) throw OptionError(exit_configuration, region->error().message);
    regions.push_back(**region);
  }
  for (const auto& region : regions) {
    if (aws::is_region(region)) continue;
    throw OptionError(exit_configuration,
                      cat("\"", region, "\" is no region; write a name such as eu-west-1"));
  }
  // A job that is held is gone on with, whatever is polled for now.
  const auto catalog = actions::catalog();
  const auto served = served_actions(options, catalog);

  pipeline::StateFile state(pipeline::open_state_directory(options.state_dir), io.get_executor());
  for (const auto& warning : state.warnings()) log(Level::warning, warning);
  pipeline::Agent agent(io.get_executor(), client, clock, chance, state, catalog,
                        agent_settings(options, queues(regions, served, options.action_version)));
  boost::asio::co_spawn(io, pass_on(leave, agent), boost::asio::detached);

  log(Level::info, "started",
      {{"version", version}, {"regions", base::join(regions, ",")}, {"state", options.state_dir}});
  complete(io, run_to_the_end(agent));
  const auto left = state.jobs().size();
  log(left == 0 ? Level::info : Level::warning, "stopped",
      {{"jobs-left-for-the-next-start", std::to_string(left)}});
  return EXIT_SUCCESS;
}

// Under the journal lines carry priorities; it says so by naming our stderr (systemd.exec(5)).
base::LogFormat fitting_format(const aws::Environment& environment) {
  struct stat info{};
  const auto stream = aws::variable(environment, "JOURNAL_STREAM");
  const auto journal =
      ::fstat(STDERR_FILENO, &info) == 0 && stream == cat(info.st_dev, ':', info.st_ino);
  return journal ? base::LogFormat::journald : base::LogFormat::text;
}

// Keys are in memory: no core dump, not even to a program that the system pipes them to (core(5):
// RLIMIT_CORE does not hold for those), no debugger of the same user, no file that others can
// read. A closed pipe is no reason to die.
void protect_process() {
  constexpr rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::umask(0077);
  std::signal(SIGPIPE, SIG_IGN);
}

void print_version() {
  std::cout << "codepipeline-agent " << version << '\n'
            << "built with " << AGENT_COMPILER << ", " << AGENT_BUILD_TYPE << '\n'
            << "Boost " << BOOST_LIB_VERSION << "; " << http::libraries() << '\n';
}

aws::Environment process_environment() {
  aws::Environment result;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
      result.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return result;
}

int main_of(const std::vector<std::string>& arguments) {
  const auto environment = process_environment();
  const auto options = read_options(arguments, environment);
  switch (options.command) {
    case Command::help:
      std::cout << options.help_text;
      return EXIT_SUCCESS;
    case Command::version:
      print_version();
      return EXIT_SUCCESS;
    case Command::run:
      break;
  }
  protect_process();
  base::open_log(options.log_level, options.log_format.value_or(fitting_format(environment)));
  return run(options, environment);
}

int complain(int exit_code, std::string_view message) {
  std::cerr << "codepipeline-agent: " << message << '\n';
  return exit_code;
}

}  // namespace
}  // namespace agent

int main(int argc, char** argv) {
  try {
    return agent::main_of({argv + 1, argv + argc});
  } catch (const agent::OptionError& error) {
    return agent::complain(error.exit_code, error.what());
  } catch (const agent::pipeline::StateError& error) {
    return agent::complain(error.exit_code, error.what());
  } catch (const std::exception& error) {
    return agent::complain(
        agent::exit_bug, agent::base::cat("internal error: ", error.what(), "; please report it"));
  }
}
