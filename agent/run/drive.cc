// On a failure the verdict goes into the journal first. Then the recipe is entered once more to
// learn what it owes: facts let it run through to where it failed, and nothing new is begun. What
// it owes is then carried out as ordinary steps, so undoing survives crashes and hand-backs too.
#include "agent/run/drive.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <ranges>

#include "agent/base/text.h"

namespace agent::run {
namespace {

using base::Failure;
using base::FailureType;

// What a piece of work came to: its value, or why it has none.
template <class T>
using Ending = std::variant<T, Failure, Parked, Superseded>;

bool is_cancellation(const boost::system::system_error& error) {
  return error.code() == boost::asio::error::operation_aborted;
}

Failure internal_error(const std::exception& error) {
  return {FailureType::JobFailed,
          base::cat("Internal error of codepipeline-agent: ", base::printable(error.what()),
                    ". Retry the stage, and please report it.")};
}

Task<Ending<Outputs>> attempt(const Recipe& recipe, Run& run) {
  try {
    co_return co_await recipe(run);
  } catch (const Failure& failure) {
    co_return failure;
  } catch (const Parked& parked) {
    co_return parked;
  } catch (const Superseded& superseded) {
    co_return superseded;
  } catch (const Collected&) {
    co_return Outputs{};
  } catch (const boost::system::system_error& error) {
    if (is_cancellation(error)) throw;
    co_return internal_error(error);
  } catch (const std::exception& error) {
    co_return internal_error(error);
  }
}

// The same for one thing that is owed.
Task<Ending<Outputs>> pay(const Run::Owed& owed, Run& run) {
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): it outlives the attempt
  const Recipe recipe = [&owed](Run& paying) -> Task<Outputs> {
    co_await owed.carry_out(paying);
    co_return Outputs{};
  };
  co_return co_await attempt(recipe, run);
}

enum class Ended { well, failed, unclear };

// Carries out what is owed, the newest first. What fails is noted and the rest is still done. When
// it is unclear what the step that failed has made, nothing is removed: that might be in use by it.
// Parked when one has to wait.
Task<Ending<std::vector<std::string>>> settle_all(Run& run, Ended ended) {
  std::vector<std::string> notes;
  run.pay();
  const auto owed = run.owed();
  for (const auto& one : owed | std::views::reverse) {
    if (one.on_failure_only && ended == Ended::well) continue;
    if (one.on_failure_only && ended == Ended::unclear) {
      notes.push_back(base::cat("Left in place: ", one.resource, "."));
      continue;
    }
    const auto ending = co_await pay(one, run);
    if (std::holds_alternative<Parked>(ending)) co_return Parked{};
    if (std::holds_alternative<Superseded>(ending)) co_return Superseded{};
    if (const auto* failure = std::get_if<Failure>(&ending)) {
      notes.push_back(base::cat("Left behind: ", one.resource, " (", failure->what(), ")"));
    }
  }
  co_return notes;
}

// Durable, since what is undone tells nobody any more why.
Task<> note_verdict(Context& context, const Failure& failure, const std::string& step) {
  context.journal.fail({.type = failure.type,
                        .message = base::cut(base::printable(failure.what()), 1'000),
                        .step = step,
                        .undoing = context.clock.now()});
  context.save(context.journal);
  co_await context.make_durable();
}

// Why it could not be found out what the step that failed has made. A ConfigurationError is an
// answer: what is there is somebody else's.
const Failure* unclear_because(const Ending<Outputs>& collected) {
  const auto* failure = std::get_if<Failure>(&collected);
  return failure != nullptr && failure->type != FailureType::ConfigurationError ? failure : nullptr;
}

Task<Outcome> undo(Context& context, const std::string& region, const Recipe& recipe) {
  Run run(context, region, Run::Mode::collecting);
  const auto collected = co_await attempt(recipe, run);
  if (std::holds_alternative<Parked>(collected)) co_return Parked{};
  const auto* const unclear = unclear_because(collected);
  const auto settled =
      co_await settle_all(run, unclear == nullptr ? Ended::failed : Ended::unclear);
  if (std::holds_alternative<Parked>(settled)) co_return Parked{};
  const auto& verdict = *context.journal.verdict();
  auto message = verdict.message;
  // It carries the same names and tags as what a newer attempt makes, which has found it.
  if (std::holds_alternative<Superseded>(settled)) {
    message +=
        " The action was started again meanwhile; what was made so far is left to that "
        "attempt.";
    co_return Failure(verdict.type, message);
  }
  if (unclear != nullptr) {
    const auto what = verdict.step.empty() ? "the action" : base::cat("the step ", verdict.step);
    message += base::cat(" What ", what, " has made could not be found out (", unclear->what(),
                         "). Retry the stage: it is found again.");
  }
  for (const auto& note : std::get<std::vector<std::string>>(settled)) message += " " + note;
  co_return Failure(verdict.type, message);
}

}  // namespace

Task<Outcome> drive(Context& context, std::string region, const Recipe& recipe) {
  if (context.journal.verdict()) co_return co_await undo(context, region, recipe);
  Run run(context, region);
  auto ending = co_await attempt(recipe, run);
  if (std::holds_alternative<Parked>(ending)) co_return Parked{};
  if (const auto* failure = std::get_if<Failure>(&ending)) {
    co_await note_verdict(context, *failure, run.current_step());
    co_return co_await undo(context, region, recipe);
  }
  const auto settled = co_await settle_all(run, Ended::well);
  if (std::holds_alternative<Parked>(settled)) co_return Parked{};
  const auto& notes = std::get<std::vector<std::string>>(settled);
  if (notes.empty()) co_return std::get<Outputs>(std::move(ending));
  co_await note_verdict(context, Failure(FailureType::JobFailed, base::join(notes, " ")), "");
  co_return co_await undo(context, region, recipe);
}

}  // namespace agent::run
