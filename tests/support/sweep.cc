#include "tests/support/sweep.h"

#include <gtest/gtest.h>

#include "agent/base/text.h"
#include "tests/support/temporary_directory.h"

namespace support {
namespace {

using namespace std::chrono_literals;

const agent::base::TimePoint first_day = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};

local_cloud::Settings cloud_settings() {
  local_cloud::Settings settings;
  settings.image_time = 6s;
  settings.reoffer_after = 30s;
  return settings;
}

std::string name(const Kill& kill) {
  using enum Kill::When;
  return agent::base::cat("request ", kill.request, ", ",
                          kill.when == before  ? "before"
                          : kill.when == after ? "after"
                                               : "answered");
}

// One life of the scene: the first agent is killed at `kill`, later ones bring it to its end.
class Life {
 public:
  Life(const Sweep& sweep, std::optional<Kill> kill) : sweep_(sweep), cloud_(cloud_settings()) {
    Machine user(cloud_, first_day);
    Scene scene(user);
    sweep.set_up(scene);
    auto now = run_agent(user.now(), home_.path(), kill, 2h);
    if (kill && sweep.another_host) {
      const auto away = struck_ == "AcknowledgeJob" ? 10s : 90s;
      now = run_agent(now, elsewhere_.path(), {}, away);
    }
    if (kill) now = run_agent(now, home_.path(), {}, 2h);
    Machine after(cloud_, now);
    scene.use(after);
    EXPECT_TRUE(over_) << "the pipeline did not end";
    sweep.check(scene);
    expect_nothing_held();
  }

  // Those that are worth a kill.
  const std::vector<std::size_t>& requests() const { return requests_; }
  bool was_killed() const { return killed_; }
  std::size_t largest_token() const { return largest_token_; }

 private:
  agent::base::TimePoint run_agent(agent::base::TimePoint start, const std::filesystem::path& state,
                                   std::optional<Kill> kill, agent::base::Duration limit) {
    Machine machine(cloud_, start);
    Scene scene(machine);
    if (kill) machine.network().kill_at(*kill);
    machine.start_agent(state, sweep_.pace);
    // Looking costs the cloud a request each time, so not at every turn.
    auto next_look = machine.now();
    machine.run_until(
        [&] {
          if (machine.now() < next_look) return over_;
          next_look = machine.now() + 1s;
          return over_ = scene.is_over();
        },
        limit);
    if (over_) machine.pass(30s);  // the last answer is still on its way, or a stale claim is here
    note(machine.network());
    if (kill && machine.network().killed()) struck_ = machine.network().requests()[kill->request];
    killed_ = killed_ || machine.network().killed();
    largest_token_ = std::max(largest_token_, machine.network().largest_token());
    return machine.now();
  }

  void note(const LocalHttp& network) {
    if (!requests_.empty()) return;
    for (std::size_t i = 0; i < network.requests().size(); ++i) {
      if (!network.was_idle(i)) requests_.push_back(i);
    }
  }

  void expect_nothing_held() {
    boost::asio::io_context io;
    for (const auto* directory : {&home_, &elsewhere_}) {
      agent::pipeline::StateFile state(directory->path(), io.get_executor());
      EXPECT_TRUE(state.jobs().empty()) << "a job is still in the state file";
    }
  }

  const Sweep& sweep_;
  local_cloud::Cloud cloud_;
  TemporaryDirectory home_;
  TemporaryDirectory elsewhere_;
  bool over_ = false;
  bool killed_ = false;
  std::vector<std::size_t> requests_;
  std::string struck_;  // the operation that was cut off
  std::size_t largest_token_ = 0;
};

}  // namespace

SweepReport kill_everywhere(const Sweep& sweep) {
  SweepReport report;
  std::vector<std::size_t> requests;
  {
    SCOPED_TRACE("without a kill");
    requests = Life(sweep, {}).requests();
  }
  for (const auto request : requests) {
    for (const auto when : {Kill::When::before, Kill::When::after, Kill::When::answered}) {
      const Kill kill{request, when};
      SCOPED_TRACE(name(kill));
      const Life life(sweep, kill);
      if (life.was_killed()) ++report.kill_points;
      report.largest_token = std::max(report.largest_token, life.largest_token());
      if (::testing::Test::HasFailure()) return report;
    }
  }
  return report;
}

}  // namespace support
