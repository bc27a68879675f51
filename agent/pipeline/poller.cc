#include "agent/pipeline/poller.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/base/text.h"

namespace agent::pipeline {
namespace {

using base::Duration;
using base::Level;
using base::log;
using base::Task;

constexpr Duration longest_back_off{5 * 60'000};
constexpr Duration while_outstanding{5'000};
constexpr Duration while_full{1'000};
constexpr Duration at_once{0};

}  // namespace

Poller::Poller(Queue queue, aws::Caller& caller, base::Clock& clock, base::Chance& chance,
               Worker& worker, PollSettings settings)
    : queue_(std::move(queue)),
      caller_(caller),
      clock_(clock),
      chance_(chance),
      worker_(worker),
      settings_(settings) {}

Task<> Poller::run(base::Event& leaving) {
  using namespace boost::asio::experimental::awaitable_operators;
  while (!leaving.is_set()) {
    const auto most = co_await poll(leaving);
    // Full jitter: agents that started together drift apart.
    const auto pause = std::chrono::duration_cast<Duration>(most * chance_.fraction());
    // Even after a full batch others get their turn.
    co_await (clock_.sleep(pause) || leaving.wait());
  }
}

Task<Duration> Poller::poll(base::Event& leaving) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto slots = worker_.reserve(most_jobs_per_poll);
  if (slots == 0) co_return while_full;
  const auto sent = clock_.now();
  std::optional<aws::Result<aws::Reply>> answer;
  std::exception_ptr escaped;
  co_await (ask(static_cast<int>(slots), answer, escaped) || leaving.wait());
  if (!answer) {
    worker_.release(slots);
    if (escaped && !leaving.is_set()) std::rethrow_exception(escaped);
    co_return at_once;
  }
  const auto& reply = *answer;
  if (!reply) {
    worker_.release(slots);
    co_return after(reply.error());
  }
  last_answer_ = clock_.now();
  back_off_ = Duration(0);
  last_error_.reset();
  auto found = offers(*reply, sent);
  if (found.size() > slots) found.resize(slots);  // what was not asked for is offered again
  worker_.release(slots - found.size());
  const auto full = found.size() == slots;
  if (!found.empty()) {
    last_offer_ = clock_.now();
    co_await worker_.take(std::move(found));
  }
  if (full) co_return at_once;
  const auto soon = worker_.outstanding(queue_) > 0;
  co_return soon ? std::min(settings_.interval, while_outstanding) : settings_.interval;
}

// Asio's || waits for the other side when one of them throws, so nothing may be thrown here.
Task<> Poller::ask(int most, std::optional<aws::Result<aws::Reply>>& answer,
                   std::exception_ptr& escaped) {
  try {
    answer = co_await caller_.call(queue_.region, poll_for_jobs(queue_, most));
  } catch (...) {
    escaped = std::current_exception();
  }
}

// An offer's age counts from before it was asked for.
std::vector<Worker::Offer> Poller::offers(const aws::Reply& reply, base::TimePoint sent) const {
  std::vector<Worker::Offer> result;
  for (const auto* entry : base::objects(reply.body, "jobs")) {
    auto job = read_job(*entry, queue_.region);
    if (job) {
      result.push_back({.queue = queue_, .job = std::move(*job), .offered = sent});
    } else {
      log(Level::warning, "CodePipeline offered a job without an id",
          {{"action", queue_.provider}, {"region", queue_.region}});
    }
  }
  return result;
}

Duration Poller::after(const aws::Error& error) {
  const auto unregistered = error.code == "ActionTypeNotFoundException";
  if (unregistered) last_answer_ = clock_.now();
  if (last_error_ != error.code) {
    const auto expected = unregistered && settings_.may_be_unregistered;
    log(expected ? Level::info : Level::warning,
        unregistered ? "the action type is not registered; asking again every 5 minutes"
                     : "polling failed; trying again",
        {{"action", queue_.provider},
         {"version", queue_.version},
         {"region", queue_.region},
         {"reason", base::cat(error.code, error.code.empty() ? "" : ": ", error.message)}});
    last_error_ = error.code;
  }
  if (unregistered) return longest_back_off;
  back_off_ = std::min(longest_back_off, std::max(back_off_ * 2, settings_.interval));
  return back_off_;
}

}  // namespace agent::pipeline
