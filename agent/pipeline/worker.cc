// A job's way: claim (durable) -> AcknowledgeJob -> own (durable) -> run -> result (durable) ->
// PutJob…Result -> forget. The state file is one step ahead of CodePipeline all along, so wherever
// the way is cut, the next start knows what may have happened and asks again.
#include "agent/pipeline/worker.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "agent/base/json.h"
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

// Nobody else can have been offered a job so soon: CodePipeline offers an unacknowledged one again
// after about 30 s.
constexpr Duration surely_ours{20'000};
constexpr Duration newer_agent_has{30 * 60'000};
constexpr Duration outstanding_for{10 * 60'000};
constexpr Duration first_pause{500};
constexpr Duration longest_pause{60'000};
constexpr std::int64_t hand_backs_per_second = 5;

// The job is over for CodePipeline, whatever we have to say.
bool is_over(const aws::Error& error) {
  return error.code == "InvalidJobStateException" || error.code == "JobNotFoundException";
}

// CodePipeline does not like what the result says.
bool is_refused(const aws::Error& error) {
  return error.code == "ValidationException" ||
         error.code == "OutputVariablesSizeExceededException";
}

// An answer to AcknowledgeJob, a status or an error's code, that says that the job is not ours.
bool decides(std::string_view code) {
  constexpr std::array<std::string_view, 10> decisive{"InvalidNonceException",
                                                      "JobNotFoundException",
                                                      "InvalidJobStateException",
                                                      "Created",
                                                      "Queued",
                                                      "Dispatched",
                                                      "TimedOut",
                                                      "Succeeded",
                                                      "Failed",
                                                      "Abandoned"};
  return std::ranges::count(decisive, code) > 0;
}

bool worth_asking_again(const aws::Result<aws::Reply>& reply) {
  using enum aws::ErrorClass;
  if (reply) return false;
  const auto kind = reply.error().kind;
  return kind == throttled || kind == transient || kind == expired || kind == skewed;
}

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

// What to say instead of a result that was refused, in two steps: the same without details, then
// that it was refused.
Result instead_of(const Result& refused, bool reduced, const aws::Error& error) {
  if (!reduced && error.code == "ValidationException") return refused.reduced();
  const base::Failure failure(base::FailureType::JobFailed,
                              cat("CodePipeline refused the action's result: ", error.message));
  return Result::failure(failure, {});
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
      last_change_(clock.now()) {}

void Worker::resume() {
  for (auto& held : state_.jobs()) {
    log(Level::info, "going on with a job of the last run",
        {{"job", held.id}, {"action", held.queue.provider}, {"region", held.queue.region}});
    start(std::move(held), std::nullopt);
  }
}

std::size_t Worker::reserve(std::size_t most) {
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
  for (auto& [held, job] : claims) {
    --held_;
    if (durable) {
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
  if (!result) result = co_await result_of(held, std::move(job));
  if (result) {
    state_.report(held.id, *result);
    // If it cannot be made durable, reporting it now is the best that can be done.
    co_await state_.sync();
    co_await report(held, *result, repeated);
  }
  last_change_ = clock_.now();
}

// Nothing when there is nothing to report: it is not our job, or it stays in the state file.
Task<std::optional<Result>> Worker::result_of(HeldJob& held, std::optional<Job> job) {
  if (!held.owned) {
    const auto answer = co_await claim(held, !job.has_value());
    if (answer == Claim::not_ours) forget(held);
    if (answer != Claim::ours) co_return std::nullopt;
    state_.own(held.id);
    held.owned = true;
    co_await state_.sync();
  }
  if (!job) job = co_await details(held);
  if (!job) co_return std::nullopt;
  co_return co_await perform(held, *job);
}

// `repeated`: an earlier run may have sent it already.
Task<Worker::Claim> Worker::claim(const HeldJob& held, bool repeated) {
  auto interval = first_pause;
  for (;;) {
    const auto reply =
        co_await caller_.call(held.queue.region, acknowledge_job(held.id, held.nonce));
    const auto status = reply ? base::text(reply->body, "status") : std::string();
    if (status == "InProgress") co_return Claim::ours;
    const auto age = clock_.now() - held.offered;
    const auto fresh = age >= Duration(0) && age <= surely_ours;
    const auto code = reply ? status : reply.error().code;
    if (code == "InvalidNonceException" && repeated && fresh) co_return Claim::ours;
    repeated = repeated || (reply ? status.empty() : reply.error().may_have_acted);
    // One that was certainly not acknowledged is offered again, here or elsewhere; one that may
    // have been is asked for until CodePipeline decides.
    if (repeated ? decides(code) : !worth_asking_again(reply) || !fresh) {
      log(Level::info, "not ours", {{"job", held.id}, {"reason", code}});
      co_return Claim::not_ours;
    }
    if (leaving_.is_set()) co_return repeated ? Claim::unknown : Claim::not_ours;
    co_await pause(interval, Duration(5'000));
  }
}

// Asks until it is told; nothing when the job is over, or when leaving.
Task<std::optional<Job>> Worker::details(const HeldJob& held) {
  auto interval = first_pause;
  for (;;) {
    const auto reply = co_await caller_.call(held.queue.region, get_job_details(held.id));
    if (reply) {
      auto job = read_job(base::member(reply->body, "jobDetails"), held.queue.region);
      if (job && job->id == held.id) co_return job;
    } else if (is_over(reply.error())) {
      log(Level::info, "CodePipeline ended the job", {{"job", held.id}});
      forget(held);
      co_return std::nullopt;
    } else {
      log(Level::warning, "cannot read a job's details, trying again",
          {{"job", held.id}, {"reason", reply.error().message}});
    }
    if (leaving_.is_set()) co_return std::nullopt;
    co_await pause(interval, longest_pause);
  }
}

Task<std::optional<Result>> Worker::perform(const HeldJob& held, const Job& job) {
  log(Level::info, "working",
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
  const auto save = [this, id = held.id](const run::Journal& journal) {
    state_.checkpoint(id, journal.to_text());
  };
  co_return co_await pipeline::perform(place, held, job, save);
}

Task<> Worker::report(const HeldJob& held, Result result, bool repeated) {
  auto interval = first_pause;
  auto reduced = false;
  for (;;) {
    const auto reply = co_await caller_.call(held.queue.region, result.call(held.id));
    if (reply) break;
    const auto& error = reply.error();
    if (is_over(error)) {
      if (repeated) break;  // an earlier try arrived
      log(Level::warning, "CodePipeline had ended the job: its result was not taken",
          {{"job", held.id}, {"result", std::string(name(result.kind()))}});
      forget(held);
      co_return;
    }
    repeated = repeated || error.may_have_acted;
    if (is_refused(error)) {
      log(Level::error, "CodePipeline refused a result",
          {{"job", held.id}, {"reason", error.message}});
      if (reduced && result.kind() == Result::Kind::failure) {
        forget(held);  // nothing that we could say is accepted
        co_return;
      }
      result = instead_of(result, reduced, error);
      reduced = true;
      continue;
    }
    log(Level::warning, "cannot report a result, trying again",
        {{"job", held.id}, {"reason", error.message}});
    if (leaving_.is_set()) co_return;  // the next start reports it
    co_await pause(interval, longest_pause);
  }
  accepted(held, result);
}

void Worker::accepted(const HeldJob& held, const Result& result) {
  if (result.is_final()) {
    ++final_results_;
  } else {
    outstanding_[held.execution] = {held.queue, clock_.now()};
  }
  log(result.kind() == Result::Kind::failure ? Level::warning : Level::info, name(result.kind()),
      {{"job", held.id}, {"action", held.queue.provider}, {"summary", result.message()}});
  forget(held);
}

void Worker::forget(const HeldJob& held) {
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
  const auto identity = job.execution.identity();
  const auto journal = run::Journal::from_token(job.continuation_token, identity);
  if (job.continuation_token.empty() || journal ||
      journal.error() != run::Journal::Unreadable::newer) {
    newer_tokens_.erase(identity);
    return false;
  }
  const auto [place, first] = newer_tokens_.emplace(identity, clock_.now());
  if (first) {
    log(Level::warning, "a job of a newer version of this program is left to it",
        {{"job", job.id}, {"pipeline", job.execution.pipeline}});
  }
  return clock_.now() - place->second < newer_agent_has;
}

Duration Worker::hold() const {
  const auto least = static_cast<std::int64_t>(held_) * 1'000 / hand_backs_per_second;
  // Few jobs go back as soon as they may.
  return least <= 2'000 ? settings_.hold : std::max(settings_.hold, Duration(least));
}

Task<> Worker::pause(Duration& interval, Duration most) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto length = std::chrono::duration_cast<Duration>(interval * (0.5 + chance_.fraction()));
  interval = std::min(interval * 2, most);
  co_await (clock_.sleep(length) || leaving_.wait());
}

}  // namespace agent::pipeline
