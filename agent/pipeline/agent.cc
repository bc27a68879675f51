#include "agent/pipeline/agent.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "agent/base/log.h"
#include "agent/base/text.h"

namespace agent::pipeline {
namespace {

using base::Duration;
using base::Task;

constexpr Duration watch_interval{100};

}  // namespace

Agent::Agent(boost::asio::any_io_executor executor, aws::Caller& caller, base::Clock& clock,
             base::Chance& chance, StateFile& state, std::span<const run::Action> catalog,
             AgentSettings settings)
    : executor_(executor),
      clock_(clock),
      settings_(std::move(settings)),
      worker_(executor, caller, clock, chance, state, catalog, settings_.work),
      leaving_(executor),
      started_(clock.now()) {
  for (const auto& queue : settings_.queues) {
    pollers_.push_back(
        std::make_unique<Poller>(queue, caller, clock, chance, worker_, settings_.poll));
  }
}

Task<> Agent::run() {
  using namespace boost::asio::experimental::awaitable_operators;
  worker_.resume();
  for (const auto& poller : pollers_) {
    boost::asio::co_spawn(executor_, poller->run(leaving_), [](std::exception_ptr escaped) {
      if (escaped) std::rethrow_exception(escaped);  // a bug: better to end than to poll no more
    });
  }
  if (settings_.exit_after || settings_.exit_when_idle) {
    while (!leaving_.is_set() && !is_finished()) {
      co_await (clock_.sleep(watch_interval) || leaving_.wait());
    }
    leave();
  }
  co_await leaving_.wait();
  const auto until = clock_.steady() + settings_.leave_within;
  while (worker_.held() > 0 && clock_.steady() < until) co_await clock_.sleep(Duration(20));
}

void Agent::leave() {
  leaving_.set();
  worker_.leave();
}

bool Agent::is_finished() {
  if (settings_.exit_after && worker_.final_results() >= *settings_.exit_after) return true;
  return settings_.exit_when_idle && is_idle();
}

// Every queue has answered since the last thing happened, and nothing has for long enough.
bool Agent::is_idle() {
  if (worker_.held() > 0 || worker_.outstanding() > 0) return false;
  auto since = std::max(started_, worker_.last_change());
  for (const auto& poller : pollers_) {
    since = std::max(since, poller->last_offer().value_or(started_));
  }
  if (clock_.now() - since < *settings_.exit_when_idle) return false;
  return std::ranges::all_of(pollers_, [&](const auto& poller) {
    return poller->last_answer() && *poller->last_answer() >= since;
  });
}

}  // namespace agent::pipeline
