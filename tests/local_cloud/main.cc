// local-cloud: the AWS of tests, benchmarks and the quick start, on a loopback port.
#include <boost/asio/signal_set.hpp>
#include <boost/program_options.hpp>
#include <iostream>

#include "agent/base/text.h"
#include "tests/local_cloud/cloud.h"
#include "tests/local_cloud/server.h"

namespace {

namespace asio = boost::asio;
namespace options = boost::program_options;

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

local_cloud::Time now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

options::options_description described() {
  options::options_description all("Options");
  auto add = all.add_options();
  add("port", options::value<std::uint16_t>()->default_value(0),
      "port on 127.0.0.1; 0 chooses one");
  add("imds-port", options::value<std::uint16_t>(),
      "also serve instance metadata (IMDSv2) on this port; 0 chooses one");
  add("set", options::value<std::vector<std::string>>()->composing(), "NAME=VALUE, repeatable");
  add("help", "this text");
  return all;
}

void print_help() {
  std::cout << "Usage: local-cloud [--port N] [--imds-port N] [--set NAME=VALUE ...]\n\n"
            << described()
            << "\nSettings (milliseconds where they are durations, which are given as "
            << "500ms, 20s, 5m, 2h):\n";
  for (const auto& [name, value] : as_json(local_cloud::Settings())) {
    std::cout << "  " << std::string_view(name) << "=" << value << "\n";
  }
  std::cout << "\nIt is steered by HTTP under /_control/ (faults, request log, keys, settings).\n";
}

local_cloud::Settings read_settings(const options::variables_map& given) {
  local_cloud::Settings settings;
  if (given.count("set") == 0) return settings;
  for (const auto& text : given["set"].as<std::vector<std::string>>()) {
    const auto equals = text.find('=');
    if (equals == text.npos)
      throw Wrong(agent::base::cat("--set takes NAME=VALUE, not '", text, "'"));
    const auto problem = set(settings, text.substr(0, equals), text.substr(equals + 1));
    if (problem) throw Wrong(*problem);
  }
  return settings;
}

void run(const options::variables_map& given) {
  using local_cloud::Request;
  using local_cloud::Server;
  local_cloud::Cloud cloud(read_settings(given));
  asio::io_context io;
  Server server(io.get_executor(), given["port"].as<std::uint16_t>(),
                [&](const Request& request) { return cloud.handle(request, now()); });
  std::optional<Server> metadata;
  if (given.count("imds-port") != 0) {
    metadata.emplace(io.get_executor(), given["imds-port"].as<std::uint16_t>(),
                     [&](const Request& request) { return cloud.handle_metadata(request, now()); });
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code&, int) {
    server.stop();
    if (metadata) metadata->stop();
  });
  std::cout << "local-cloud: listening on http://127.0.0.1:" << server.port() << std::endl;
  if (metadata) {
    std::cout << "local-cloud: instance metadata on http://127.0.0.1:" << metadata->port()
              << std::endl;
  }
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    options::variables_map given;
    options::store(options::parse_command_line(argc, argv, described()), given);
    if (given.count("help") != 0) {
      print_help();
    } else {
      run(given);
    }
    return 0;
  } catch (const options::error& error) {
    std::cerr << "local-cloud: " << error.what() << "; see --help\n";
    return 64;
  } catch (const Wrong& wrong) {
    std::cerr << "local-cloud: " << wrong.what() << "; see --help\n";
    return 64;
  } catch (const boost::system::system_error& error) {
    std::cerr << "local-cloud: cannot listen: " << error.code().message()
              << "; choose another --port\n";
    return 69;
  } catch (const std::exception& error) {
    std::cerr << "local-cloud: " << error.what() << "\n";
    return 69;
  }
}
