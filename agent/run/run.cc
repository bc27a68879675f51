#include "agent/run/run.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include "agent/base/digest.h"
#include "agent/base/text.h"
#include "agent/base/time_text.h"

namespace agent::run {
namespace {

using base::cat;
using base::Failure;
using base::FailureType;

std::int64_t milliseconds(base::TimePoint time) {
  return time.time_since_epoch().count();
}

}  // namespace

std::string since_fact(const std::string& step) {
  return step + "@";
}

std::string sent_fact(const std::string& step) {
  return step + "?";
}

std::string seen_fact(const std::string& step) {
  return step + "!";
}

std::string Key::token(const boost::json::object& params) const {
  const auto text = cat(execution.identity(), '\n', step, '\n', boost::json::serialize(params));
  return base::sha256_hex(text).substr(0, 32);
}

std::vector<Tag> Key::tags() const {
  auto tags = execution.tags();
  tags.insert(tags.end(), extra.begin(), extra.end());
  return tags;
}

base::Duration Step::waited() const {
  return waited_ + run_.context_->clock.steady() - began_;
}

bool Step::seen() const {
  return run_.known(seen_fact(key_.step)) != nullptr;
}

void Step::note_seen() {
  if (seen()) return;
  run_.context_->journal.record(seen_fact(key_.step), true);
  run_.context_->save(run_.context_->journal);
}

Task<Result<Reply>> Step::attempt(Call call) {
  return run_.context_->caller.call(region_, std::move(call));
}

Step Step::in(std::string region) const {
  auto other = *this;
  other.region_ = std::move(region);
  return other;
}

Task<Reply> Step::call(Call call) {
  auto reply = co_await attempt(std::move(call));
  if (!reply) throw aws::failure(reply.error());
  co_return std::move(*reply);
}

Run::Run(Context& context, std::string region, Mode mode)
    : context_(&context),
      region_(std::move(region)),
      shared_(std::make_shared<Shared>(Shared{.mode = mode})) {}

Run Run::in(std::string region) const {
  auto other = *this;
  other.prefix_ = region + "/";
  other.region_ = std::move(region);
  return other;
}

void Run::keep() {
  std::erase_if(shared_->owed, [](const Owed& owed) { return owed.on_failure_only; });
}

// Branches are shown side by side; as a whole they are as far as the slowest.
void Run::say(std::string summary, std::optional<int> percent) {
  auto& shown = context_->progress;
  if (prefix_.empty()) {
    shown.summary = std::move(summary);
    if (percent) shown.percent = percent;
    return;
  }
  auto& mine = shared_->parts[prefix_];
  mine.summary = cat(region_, ": ", summary);
  if (percent) mine.percent = percent;
  std::vector<std::string> summaries;
  std::optional<int> least;
  for (const auto& [prefix, part] : shared_->parts) {
    summaries.push_back(part.summary);
    if (part.percent) least = std::min(least.value_or(100), *part.percent);
  }
  shown.summary = base::join(summaries, "; ");
  if (least) shown.percent = least;
}

Task<> Run::branch(Task<> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception&) {
    shared_->broken = true;
    throw;
  }
}

Task<> Run::all(std::vector<Task<>> branches) {
  namespace asio = boost::asio;
  if (branches.empty()) co_return;
  const auto executor = co_await asio::this_coro::executor;
  using Branch = decltype(asio::co_spawn(executor, branch(std::declval<Task<>>()), asio::deferred));
  std::vector<Branch> started;
  for (auto& task : branches) {
    started.push_back(asio::co_spawn(executor, branch(std::move(task)), asio::deferred));
  }
  auto group = asio::experimental::make_parallel_group(std::move(started));
  const auto [order, endings] =
      co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  shared_->parts.clear();
  auto rests = false;
  auto collected = false;
  for (const auto index : order) {
    if (!endings[index]) continue;
    try {
      std::rethrow_exception(endings[index]);
    } catch (const Parked&) {
      rests = true;
    } catch (const Collected&) {
      collected = true;
    }  // the first failure ends the loop
  }
  if (rests) throw Parked{};
  if (collected) throw Collected{};
}

void Run::external_execution_id(std::string id) {
  context_->progress.external_execution_id = std::move(id);
}

// A fact belongs to a step's name, so a name may stand for one step only. What is owed may have
// been settled before.
std::string Run::enter(std::string_view name) const {
  auto step = cat(prefix_, name);
  if (shared_->mode != Mode::paying && !shared_->taken.insert(step).second) {
    throw std::logic_error(cat("the recipe has two steps named ", step));
  }
  return step;
}

const boost::json::value* Run::known(const std::string& step) const {
  return context_->journal.fact(step);
}

void Run::begin(const std::string& step, bool creates) {
  if (collecting()) {
    // A create that was under way may have made its resource: then that is owed too.
    if (!creates || known(sent_fact(step)) == nullptr) throw Collected{};
    return;
  }
  if (context_->leaving.is_set() || shared_->broken) throw Parked{};
  shared_->step = step;
  check_deadline(step);
}

// Before each try of what cannot be taken back, and of what undoes: minutes may lie between two.
Task<> Run::stop_unless_wanted(bool irreversible, const Wait& wait) const {
  const auto undoing = shared_->mode == Mode::paying && context_->journal.verdict();
  if (!undoing && (shared_->mode != Mode::forward || !irreversible)) co_return;
  const auto standing = co_await context_->standing();
  if (standing == Standing::wanted || (undoing && standing == Standing::ended)) co_return;
  if (undoing && standing == Standing::superseded) throw Superseded{};
  if (standing == Standing::unknown) {
    // A service that says nothing for long must not keep the work from being done.
    if (!undoing && waited(wait) >= context_->pace.visibility) co_return;
    throw Failure(FailureType::SystemUnavailable,
                  "CodePipeline does not say whether the action was started again meanwhile");
  }
  throw Failure(FailureType::JobFailed,
                cat("CodePipeline ended this action while it was under way (somebody abandoned the "
                    "execution, or it timed out), so it was stopped before the step ",
                    shared_->step, "."));
}

base::Duration Run::waited(const Wait& wait) const {
  return wait.before + context_->clock.steady() - wait.held_since;
}

void Run::record(const std::string& step, boost::json::value value) {
  context_->journal.record(step, std::move(value));
  context_->journal.forget(since_fact(step));
  context_->journal.forget(sent_fact(step));
  context_->journal.forget(seen_fact(step));
  context_->save(context_->journal);
}

void Run::note_sent(const std::string& step, bool sent) {
  if (sent) {
    context_->journal.record(sent_fact(step), true);
  } else {
    context_->journal.forget(sent_fact(step));
  }
  context_->save(context_->journal);
}

Task<> Run::make_durable() const {
  co_await context_->make_durable();
}

void Run::damaged(const std::string& step) const {
  throw Failure(FailureType::JobFailed,
                cat("The continuation token of this action is damaged at the step ", step,
                    ". Retry the stage: what was made so far is found again."));
}

Key Run::key(const std::string& step) const {
  return {context_->execution, step, region_, context_->tags, context_->journal.started()};
}

Run::Wait Run::begin_wait(const std::string& step) const {
  Wait wait{.step = step,
            .since = context_->clock.now(),
            .before = base::Duration(0),
            .held_since = context_->clock.steady(),
            .interval = context_->pace.wait_interval};
  if (const auto* fact = context_->journal.fact(since_fact(step))) {
    const auto since = boost::json::try_value_to<std::int64_t>(*fact);
    if (since.has_error()) damaged(step);
    wait.since = std::clamp(base::TimePoint(base::Duration(*since)), started(),
                            std::max(started(), wait.since));
  }
  // What went before the verdict does not count against undoing.
  if (const auto& verdict = context_->journal.verdict()) {
    wait.since = std::max(wait.since, verdict->undoing);
  }
  wait.before = std::max(base::Duration(0), context_->clock.now() - wait.since);
  return wait;
}

void Run::check_deadline(const std::string& what) const {
  const auto& verdict = context_->journal.verdict();
  const auto since = verdict ? verdict->undoing : started();
  const auto limit = verdict ? undo_limit(since) : context_->time_limit;
  if (context_->clock.now() - since < limit) return;
  const auto& summary = context_->progress.summary;
  throw Failure(FailureType::JobFailed,
                cat(verdict ? "Undoing" : "The action", " took longer than ", base::spoken(limit),
                    verdict ? "" : " (setting TimeoutMinutes)", " and was given up at the step ",
                    what, summary.empty() ? "" : ": ", summary));
}

// Taking back what took hours may take hours, but CodePipeline's own limit is the end.
base::Duration Run::undo_limit(base::TimePoint undoing) const {
  const auto left = context_->pace.action_limit - (undoing - started());
  return std::max(context_->pace.undo_limit, std::min(context_->time_limit, left));
}

// What does not fit into a token stays with this agent.
bool Run::may_park() const {
  return context_->journal.to_token().size() <= token_limit;
}

Task<> Run::rest(Wait& wait, const std::string& what) {
  using namespace boost::asio::experimental::awaitable_operators;
  check_deadline(what);
  if (context_->leaving.is_set() || shared_->broken) throw Parked{};
  if (known(since_fact(wait.step)) == nullptr) {
    context_->journal.record(since_fact(wait.step), milliseconds(wait.since));
    context_->save(context_->journal);
  }
  const auto held = context_->clock.steady() - wait.held_since;
  const auto hold = context_->pace.hold();
  const auto parks = may_park();
  if (held >= hold && parks) throw Parked{};
  const auto jitter = 0.8 + 0.4 * context_->chance.fraction();
  auto pause = std::chrono::duration_cast<base::Duration>(wait.interval * jitter);
  if (parks) pause = std::min(pause, hold - held);
  wait.interval = std::min(wait.interval * 3 / 2, context_->pace.wait_interval * 4);
  co_await (context_->clock.sleep(pause) || context_->leaving.wait());
}

Task<> Run::rest_after(const Failure& failure, Wait& wait, base::Duration patience) {
  if (failure.type != FailureType::SystemUnavailable || waited(wait) >= patience) {
    shared_->step = wait.step;  // another branch may have begun one meanwhile
    throw failure;
  }
  say(failure.what());
  co_await rest(wait, wait.step);
}

Task<> Run::rest_while_invisible(Wait& wait, const Error& conflict) {
  if (waited(wait) >= context_->pace.visibility) {
    throw aws::failure(conflict);
  }
  co_await rest(wait, wait.step);
}

Task<> Run::rest_while_it_may_appear(Wait& wait) {
  if (waited(wait) >= context_->pace.visibility) throw Collected{};
  co_await rest(wait, wait.step);
}

}  // namespace agent::run
