// Time, a user of AWS, and any number of hosts with agents, all in memory on one event loop.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/host.h"

namespace support {

class Machine {
 public:
  // Time on it begins at `start`.
  Machine(local_cloud::Cloud& cloud, agent::base::TimePoint start);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // A call of AWS as a user of the CLI would make it; throws when it fails.
  boost::json::object aws(const std::string& service, const std::string& operation,
                          boost::json::object params, const std::string& region = home_region);
  agent::aws::Result<agent::aws::Reply> try_aws(const std::string& service,
                                                const std::string& operation,
                                                boost::json::object params,
                                                const std::string& region = home_region);
  agent::aws::Result<agent::aws::Reply> try_call(agent::aws::Call call,
                                                 const std::string& region = home_region);

  // Until the task has ended; throws what it threw.
  template <class T>
  T run(agent::base::Task<T> task) {
    std::optional<T> result;
    std::exception_ptr failed;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr escaped, T value) {
      failed = escaped;
      if (!escaped) result = std::move(value);
    });
    clock_.run_dry([&] { return result || failed; });
    if (failed) std::rethrow_exception(failed);
    return std::move(result).value();
  }

  Host& start_agent(const std::filesystem::path& state, AgentPace pace,
                    std::optional<Kill> kill = {}, std::optional<Trouble> trouble = {});
  Host& host(std::size_t number = 0) { return *hosts_.at(number); }
  const std::vector<std::unique_ptr<Host>>& hosts() const { return hosts_; }

  // Runs until `done` or so long on its clock. True when `done`.
  bool run_until(const std::function<bool()>& done,
                 agent::base::Duration limit = std::chrono::hours(2));
  void pass(agent::base::Duration time) {
    run_until([] { return false; }, time);
  }

  agent::base::TimePoint now() const { return clock_.now(); }
  local_cloud::Cloud& cloud() { return cloud_; }
  FakeClock& clock() { return clock_; }

 private:
  local_cloud::Cloud& cloud_;
  boost::asio::io_context io_;
  FakeClock clock_;
  FakeChance chance_;
  Fate user_fate_;
  LocalHttp user_http_;
  agent::aws::StaticCredentials credentials_;
  agent::aws::Client user_;
  std::vector<std::unique_ptr<Host>> hosts_;
};

}  // namespace support
