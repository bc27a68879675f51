// A job's way: claim (durable) -> AcknowledgeJob -> own (durable) -> run -> result (durable) ->
// PutJob…Result -> forget. The state file is one step ahead of CodePipeline all along, so wherever
// the way is cut, the next start knows what may have happened and asks again.
#include "agent/pipeline/worker.h"

#include <boost/asio/co_spawn.hpp>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/base/time_text.h"
#include "agent/pipeline/perform.h"

namespace agent::pipeline {
namespace {

using base::cat;
using base::Duration;
using base::Level;
using base::log;
using base::Task;

constexpr Duration newer_agent_has{30 * 60'000};
constexpr Duration outstanding_for{10 * 60'000};
constexpr std::int64_t hand_backs_per_second = 5;

std::string_view name(Result::Kind kind) {
  switch (kind) {
    case Result::Kind::success:
      return "succeeded";
    case Result::Kind::failure:
      return "failed";
    case Result::Kind::hand_back:
      break;
  }
  return "handed back";
}

std::string reason_of(const std::exception_ptr& escaped) {
  try {
    std::rethrow_exception(escaped);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown";
  }
}

}  // namespace

Worker::Worker(boost::asio::any_io_executor executor, aws::Caller& caller, base::Clock& clock,
               base::Chance& chance, StateFile& state, std::span<const run::Action> catalog,
               WorkSettings settings)
    : executor_(executor),
      caller_(caller),
      clock_(clock),
      chance_(chance),
      state_(state),
      catalog_(catalog),
      settings_(settings),
      pace_{.wait_interval = settings.wait_interval, .hold = [this] { return hold(); }},
      leaving_(executor),
      service_(caller, clock, chance, leaving_),
      last_change_(clock.now()) {}

void Worker::resume() {
  for (auto& held : state_.jobs()) {
    log(Level::info, "going on with a job of the last run",
        {{"job", held.id}, {"action", held.queue.provider}, {"region", held.queue.region}});
    start(std::move(held), std::nullopt);
  }
}

std::size_t Worker::reserve(std::size_t most) {
  // What cannot be recorded is left to agents that can.
  if (!state_.is_writable()) return 0;
  const auto used = held_ + reserved_;
  const auto free = settings_.max_jobs > used ? settings_.max_jobs - used : 0;
  const auto slots = std::min(most, free);
  reserved_ += slots;
  return slots;
}

Task<> Worker::take(std::vector<Offer> offers) {
  std::vector<std::pair<HeldJob, Job>> claims;
  for (auto& offer : offers) {
    const auto known = outstanding_.erase(offer.job.execution.identity());
    const auto held = state_.holds(offer.job.id);
    if (leaving_.is_set() || held || is_left_to_a_newer_agent(offer.job)) continue;
    const HeldJob claim{.id = offer.job.id,
                        .execution = offer.job.execution.identity(),
                        .queue = offer.queue,
                        .nonce = offer.job.nonce,
                        .offered = offer.offered};
    state_.claim(claim);
    claims.emplace_back(claim, std::move(offer.job));
    log(Level::debug, known > 0 ? "offered again after a hand-back" : "offered",
        {{"job", claims.back().first.id}, {"action", offer.queue.provider}});
  }
  release(offers.size());
  if (claims.empty()) co_return;
  last_change_ = clock_.now();
  held_ += claims.size();
  const auto durable = co_await state_.sync();
  const auto begins = durable && !leaving_.is_set();
  for (auto& [held, job] : claims) {
    --held_;
    if (begins) {
      start(std::move(held), std::move(job));
    } else {
      state_.forget(held.id);
    }
  }
  if (!durable) log(Level::error, "the state file cannot be written: no job is claimed");
}

void Worker::start(HeldJob held, std::optional<Job> job) {
  ++held_;
  boost::asio::co_spawn(executor_, work(std::move(held), std::move(job)),
                        [this](std::exception_ptr escaped) {
                          --held_;
                          if (!escaped) return;
                          log(Level::error, "a job broke off; the next start goes on",
                              {{"reason", reason_of(escaped)}});
                        });
}

Task<> Worker::work(HeldJob held, std::optional<Job> job) {
  const auto repeated = held.result.has_value();
  auto result = held.result;
  if (!result && !held.ended) result = co_await result_of(held, job);
  if (result) {
    state_.report(held.id, *result);
    co_await make_durable();
    const auto answer = co_await service_.report(held, *result, repeated);
    reported(held, *result, answer);
  }
  if (state_.holds(held.id) && state_.job(held.id).ended)
    co_await clean_up(held.id, std::move(job));
  last_change_ = clock_.now();
}

// Nothing when there is nothing to report: it is not our job, or it stays in the state file.
Task<std::optional<Result>> Worker::result_of(HeldJob& held, std::optional<Job>& job) {
  if (!held.owned) {
    const auto answer = co_await service_.acknowledge(held, !job.has_value());
    if (answer == JobService::Claim::not_ours) state_.forget(held.id);
    if (answer != JobService::Claim::ours) co_return std::nullopt;
    state_.own(held.id);
    held.owned = true;
    co_await make_durable();
  }
  if (!job) job = co_await details(held);
  if (!job) co_return std::nullopt;
  co_return co_await perform(held, *job);
}

// Nothing when the job is over, or when leaving.
Task<std::optional<Job>> Worker::details(const HeldJob& held) {
  auto job = co_await service_.details(held);
  if (job) co_return std::move(*job);
  if (job.error() == JobService::Absent::over) state_.forget(held.id);
  co_return std::nullopt;
}

Task<std::optional<Result>> Worker::perform(const HeldJob& held, const Job& job) {
  log(Level::info, held.ended ? "undoing" : "working",
      {{"job", held.id},
       {"action", held.queue.provider},
       {"pipeline", job.execution.pipeline},
       {"execution", job.execution.id}});
  const Workplace place{.caller = caller_,
                        .clock = clock_,
                        .chance = chance_,
                        .leaving = leaving_,
                        .pace = pace_,
                        .catalog = catalog_};
  const Keep keep{
      .save = [this, id = held.id](
                  const run::Journal& journal) { state_.checkpoint(id, journal.to_text()); },
      .make_durable = [this] { return make_durable(); }};
  co_return co_await pipeline::perform(place, held, job, keep);
}

// If it cannot be, going on from memory is the best that can be done.
Task<> Worker::make_durable() {
  co_await state_.sync();
}

void Worker::reported(const HeldJob& held, const Result& result, JobService::Report answer) {
  using enum JobService::Report;
  switch (answer) {
    case accepted:
      return count(held, result);
    case leaving:
      return;
    case refused:  // nothing that we could say is accepted
      return state_.forget(held.id);
    case over:
      break;
  }
  log(Level::warning, "CodePipeline had ended the job: its result was not taken",
      {{"job", held.id}, {"result", std::string(name(result.kind()))}});
  // What has succeeded or failed is done with; what was under way may have to be undone.
  if (result.is_final()) {
    state_.forget(held.id);
  } else {
    state_.end(held.id);
  }
}

// CodePipeline ended the job between two of its turns. When the execution was abandoned, what the
// action has made so far is undone as after a failure; there is nobody to report it to.
Task<> Worker::clean_up(std::string id, std::optional<Job> job) {
  const auto held = state_.job(id);
  co_await make_durable();
  if (!job) job = co_await details(held);
  if (!job) co_return;
  const auto standing = co_await service_.standing(*job);
  if (standing == run::Standing::unknown) co_return;  // the next start asks
  if (standing != run::Standing::ended) {  // somebody else goes on with it, or we may not look
    state_.forget(id);
    co_return;
  }
  const auto result = co_await perform(held, *job);
  const auto leaves = !result || !result->is_final();
  if (!leaves) log(Level::warning, "undone", {{"job", id}, {"summary", result->message()}});
  if (!leaves) state_.forget(id);
}

void Worker::count(const HeldJob& held, const Result& result) {
  if (result.is_final()) {
    ++final_results_;
  } else {
    outstanding_[held.execution] = {held.queue, clock_.now()};
  }
  log(result.kind() == Result::Kind::failure ? Level::warning : Level::info, name(result.kind()),
      {{"job", held.id}, {"action", held.queue.provider}, {"summary", result.message()}});
  state_.forget(held.id);
}

std::size_t Worker::outstanding(const Queue& queue) {
  const auto now = clock_.now();
  std::erase_if(outstanding_,
                [&](const auto& one) { return now - one.second.when > outstanding_for; });
  return static_cast<std::size_t>(std::ranges::count_if(
      outstanding_, [&](const auto& one) { return one.second.queue == queue; }));
}

std::size_t Worker::outstanding() {
  const auto now = clock_.now();
  std::erase_if(outstanding_,
                [&](const auto& one) { return now - one.second.when > outstanding_for; });
  return outstanding_.size();
}

// While a fleet is upgraded, jobs of the newer version are left to it. If nobody takes them for
// long, this agent does, to say so.
bool Worker::is_left_to_a_newer_agent(const Job& job) {
  const auto journal = run::Journal::from_token(job.continuation_token, job.execution.identity());
  if (job.continuation_token.empty() || journal ||
      journal.error() != run::Journal::Unreadable::newer) {
    return false;
  }
  const auto now = clock_.steady();
  std::erase_if(newer_tokens_,
                [&](const auto& one) { return now - one.second > 2 * newer_agent_has; });
  const auto [place, first] = newer_tokens_.emplace(job.id, now);
  if (first) {
    log(Level::warning, "a job of a newer version of this program is left to it",
        {{"job", job.id}, {"pipeline", job.execution.pipeline}});
  }
  return now - place->second < newer_agent_has;
}

Duration Worker::hold() const {
  const auto least = static_cast<std::int64_t>(held_) * 1'000 / hand_backs_per_second;
  // Few jobs go back as soon as they may.
  return least <= 2'000 ? settings_.hold : std::max(settings_.hold, Duration(least));
}

}  // namespace agent::pipeline
