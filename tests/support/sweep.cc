#include "tests/support/sweep.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <numeric>

#include "agent/base/text.h"
#include "tests/support/temporary_directory.h"

namespace support {
namespace {

using namespace std::chrono_literals;
using agent::base::cat;

const agent::base::TimePoint first_day = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};

local_cloud::Settings cloud_settings() {
  local_cloud::Settings settings;
  settings.image_time = 6s;
  settings.reoffer_after = 30s;
  return settings;
}

// One execution from its beginning to its end.
class Life {
 public:
  Life(const Case& the_case, const Plan& plan) : plan_(plan) {
    the_case.set_up(scene_);
    live();
    EXPECT_TRUE(over_) << "the pipeline did not end";
    machine_.run_until([&] { return is_at_rest(); }, 10min);
    the_case.check(scene_);
    EXPECT_TRUE(is_at_rest()) << "a job is still held";
  }

  // What the first host's agent, in its so manieth life, did that is worth a kill.
  std::vector<Event> events(std::size_t life) const {
    std::vector<Event> result;
    if (life >= lives_.size()) return result;
    std::ranges::copy_if(lives_[life]->fate().events(), std::back_inserter(result),
                         [](const Event& event) { return !event.idle; });
    return result;
  }
  bool was_troubled() const { return lives_.front()->network().troubled() > 0; }
  bool was_killed(std::size_t life) const {
    return life < lives_.size() && lives_[life]->is_dead();
  }
  std::size_t largest_token() const {
    std::size_t most = 0;
    for (const auto& host : machine_.hosts()) {
      most = std::max(most, host->network().largest_token());
    }
    return most;
  }

 private:
  void live() {
    const auto kill = plan_.kills.empty() ? std::optional<Kill>() : plan_.kills.front();
    const auto& first = begin_life(kill, plan_.trouble);
    if (plan_.who == Plan::Who::two_hosts) machine_.start_agent(elsewhere_.path(), plan_.pace);
    go_on(&first);
    if (!first.is_dead()) return;
    stay_away();
    for (std::size_t i = 1; i < plan_.kills.size(); ++i) {
      const auto& next = begin_life(plan_.kills[i], {});
      go_on(&next);
      if (!next.is_dead()) return;
    }
    begin_life({}, {});
    go_on(nullptr);
  }

  const Host& begin_life(std::optional<Kill> kill, std::optional<Trouble> trouble) {
    lives_.push_back(&machine_.start_agent(home_.path(), plan_.pace, kill, std::move(trouble)));
    return *lives_.back();
  }

  // CodePipeline tells for a while only whose a job is whose acknowledgement was cut off.
  void stay_away() {
    if (plan_.who == Plan::Who::same_host) return;
    if (plan_.who == Plan::Who::another_host) {
      machine_.start_agent(elsewhere_.path(), plan_.pace);
    }
    machine_.pass(has_open_claim() ? 10s : 90s);
  }

  bool has_open_claim() const {
    boost::asio::io_context io;
    const agent::pipeline::StateFile state(agent::pipeline::open_state_directory(home_.path()),
                                           io.get_executor());
    return std::ranges::any_of(state.jobs(), [](const auto& job) { return !job.owned; });
  }

  // Until the pipeline has ended, or the host has died.
  void go_on(const Host* host) {
    // Looking costs the cloud a request each time, so not at every turn.
    auto next_look = machine_.now();
    machine_.run_until(
        [&] {
          if (host != nullptr && host->is_dead()) return true;
          if (machine_.now() < next_look) return over_;
          next_look = machine_.now() + 1s;
          return over_ = scene_.is_over();
        },
        5h);
  }

  // The last answer is still on its way, or a stale claim is here.
  bool is_at_rest() const {
    return std::ranges::all_of(machine_.hosts(), [](const auto& host) {
      return host->is_dead() || (host->agent().held() == 0 && host->state().jobs().empty());
    });
  }

  const Plan& plan_;
  local_cloud::Cloud cloud_{cloud_settings()};
  TemporaryDirectory home_;
  TemporaryDirectory elsewhere_;
  Machine machine_{cloud_, first_day};
  Scene scene_{machine_};
  std::vector<Host*> lives_;
  bool over_ = false;
};

// Evenly spread, and of every kind: the step has no factor in common with the number of kinds.
std::vector<Kill> some_of(const std::vector<Kill>& all, std::size_t most) {
  if (tries_everything() || all.size() <= most) return all;
  auto step = all.size() / most;
  while (std::gcd(step, all.size()) != 1 || std::gcd(step, std::size_t{6}) != 1) ++step;
  std::vector<Kill> result;
  for (std::size_t i = 0; i < most; ++i) result.push_back(all[i * step % all.size()]);
  return result;
}

// Those that change something first.
std::vector<Event> some_of(std::vector<Event> all, std::size_t most) {
  if (tries_everything() || all.size() <= most) return all;
  std::ranges::partition(all, [](const Event& event) {
    return !event.name.starts_with("Describe") && !event.name.starts_with("List");
  });
  all.resize(most);
  return all;
}

std::vector<Kill> kills_at(const std::vector<Event>& events) {
  std::vector<Kill> kills;
  for (const auto& event : events) {
    for (const auto when : {Kill::When::before, Kill::When::middle, Kill::When::after}) {
      for (const auto power : {false, true}) {
        kills.push_back({event.what, event.number, when, power});
      }
    }
  }
  return kills;
}

std::string names(const std::vector<Kill>& kills) {
  std::string result;
  for (const auto& kill : kills) result += name(kill) + "; ";
  return result;
}

std::vector<Event> undisturbed(const Case& the_case, const Plan& plan) {
  SCOPED_TRACE(the_case.name + ", undisturbed");
  return Life(the_case, plan).events(0);
}

// False when something is wrong.
bool live(const Case& the_case, const Plan& plan, Sweep& sweep) {
  SCOPED_TRACE(cat(the_case.name, ": ", names(plan.kills)));
  const Life life(the_case, plan);
  sweep.largest_token = std::max(sweep.largest_token, life.largest_token());
  if (life.was_killed(plan.kills.size() - 1)) ++sweep.tried;
  return !::testing::Test::HasFailure();
}

}  // namespace

bool tries_everything() {
  const char* const fire = std::getenv("AGENT_FIRE");
  return fire != nullptr && std::string_view(fire) == "all";
}

Sweep kill_everywhere(const Case& the_case, Plan plan, std::size_t most) {
  Sweep sweep;
  for (const auto& kill : some_of(kills_at(undisturbed(the_case, plan)), most)) {
    plan.kills = {kill};
    if (!live(the_case, plan, sweep)) break;
  }
  return sweep;
}

Sweep kill_twice(const Case& the_case, Plan plan, std::size_t most) {
  Sweep sweep;
  std::size_t turn = 0;
  const auto first_kills = kills_at(undisturbed(the_case, plan));
  const auto firsts = tries_everything() ? first_kills : some_of(first_kills, most);
  for (const auto& first : firsts) {
    plan.kills = {first};
    const auto seconds = kills_at(Life(the_case, plan).events(1));
    // Everything twice would be some hundred thousand executions.
    for (std::size_t i = 0; i < (tries_everything() ? 4U : 1U) && !seconds.empty(); ++i) {
      turn += 7;
      plan.kills = {first, seconds[turn % seconds.size()]};
      if (!live(the_case, plan, sweep)) return sweep;
    }
  }
  return sweep;
}

Sweep trouble_everywhere(const Case& the_case, Plan plan, const decltype(Trouble::what)& what,
                         std::size_t times, std::size_t most) {
  std::vector<Event> requests;
  std::ranges::copy_if(undisturbed(the_case, plan), std::back_inserter(requests),
                       [](const Event& event) { return event.what == Event::What::request; });
  Sweep sweep;
  for (const auto& request : some_of(requests, most)) {
    plan.trouble = Trouble{request.number, times, what};
    SCOPED_TRACE(cat(the_case.name, ": trouble at request ", request.number, " ", request.name));
    const Life life(the_case, plan);
    sweep.largest_token = std::max(sweep.largest_token, life.largest_token());
    if (life.was_troubled()) ++sweep.tried;
    if (::testing::Test::HasFailure()) break;
  }
  return sweep;
}

void report(const std::string& table, const std::string& name, const std::string& expected,
            const Sweep& sweep) {
  // A sweep ends with the first point that fails.
  const auto failed = ::testing::Test::HasFailure() && sweep.tried > 0;
  const auto passed = failed ? sweep.tried - 1 : sweep.tried;
  std::cout << name << ": " << passed << " of " << sweep.tried << " points, largest token "
            << sweep.largest_token << " characters\n";
  const char* const folder = std::getenv("AGENT_FIRE_REPORT");
  if (folder == nullptr) return;
  std::filesystem::create_directories(folder);
  std::ofstream file(cat(folder, "/memory-", ::getpid(), ".jsonl"), std::ios::app);
  file << boost::json::object{{"table", table},       {"case", name},     {"expected", expected},
                              {"tried", sweep.tried}, {"passed", passed}, {"note", ""}}
       << '\n';
}

}  // namespace support
