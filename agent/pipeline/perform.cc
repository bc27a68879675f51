#include "agent/pipeline/perform.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "agent/base/text.h"
#include "agent/pipeline/job_files.h"
#include "agent/pipeline/standing.h"
#include "agent/run/drive.h"

namespace agent::pipeline {
namespace {

using base::cat;
using base::Failure;
using base::FailureType;
using base::Task;

// All that a turn needs once the job has been found to make sense.
struct Turn {
  run::Recipe recipe;
  std::vector<run::Tag> tags;
  base::Duration time_limit;
  std::string region;  // to work in
};

void check_execution(const run::Execution& execution) {
  for (const auto* part : {&execution.account, &execution.pipeline, &execution.id, &execution.stage,
                           &execution.action}) {
    if (!part->empty()) continue;
    throw Failure(FailureType::JobFailed,
                  "CodePipeline did not say which action of which pipeline execution this job "
                  "belongs to, so its work could not be told from that of another one. Nothing was "
                  "done.");
  }
}

run::Journal read_journal(const HeldJob& held, const Job& job) {
  using enum run::Journal::Unreadable;
  const auto identity = job.execution.identity();
  // What lies here is at least as far as the token that the job came with.
  if (auto here = run::Journal::from_text(held.journal, identity)) return *here;
  if (job.continuation_token.empty()) return {identity, held.offered};
  auto journal = run::Journal::from_token(job.continuation_token, identity);
  if (journal) return *journal;
  const auto* const why =
      journal.error() == newer
          ? "was made by a newer version of codepipeline-agent; upgrade this one"
      : journal.error() == foreign ? "belongs to another execution"
                                   : "is damaged";
  throw Failure(FailureType::JobFailed,
                cat("The continuation token of this action ", why,
                    ". Retry the stage: what was made so far is found again."));
}

std::string work_region(const run::Settings& settings, const std::string& pipelines_own) {
  const auto& region = settings.text("Region");
  if (region.empty()) return pipelines_own;
  run::expect_region("Region", region);
  return region;
}

// How a turn begins: before anything is asked of anybody.
struct Beginning {
  const run::Action& action;
  run::Journal journal;
};

// Throws Failure.
Beginning begin(const Workplace& place, const HeldJob& held, const Job& job) {
  const auto action = std::ranges::find(place.catalog, held.queue.provider, &run::Action::name);
  if (action == place.catalog.end()) {
    throw Failure(FailureType::JobFailed,
                  cat("This codepipeline-agent has no action named ", held.queue.provider, "."));
  }
  check_execution(job.execution);
  auto journal = read_journal(held, job);
  journal.clamp(place.clock.now());
  return {*action, std::move(journal)};
}

Task<Turn> prepare(const run::Action& action, const Job& job, JobFiles& files) {
  const auto file = co_await files.config_file(action.settings);
  const auto settings = run::Settings::read(action.settings, job.configuration, file);
  co_return Turn{.recipe = action.recipe(settings),
                 .tags = run::user_tags(settings),
                 .time_limit = std::chrono::minutes(settings.whole_number("TimeoutMinutes")),
                 .region = work_region(settings, job.execution.region)};
}

Task<bool> deliver(const run::Action& action, const run::Outcome& outcome, const Job& job,
                   JobFiles& files) {
  const auto* const outputs = std::get_if<run::Outputs>(&outcome);
  if (outputs == nullptr || action.output_file.empty() || job.outputs.empty()) co_return false;
  co_await files.deliver(action.output_file, *outputs);
  co_return true;
}

// What a piece of work came to: its value, or why it has none.
template <class T>
using Ending = std::variant<T, Failure, run::Parked>;

Failure internal_error(const std::exception& error) {
  return {FailureType::JobFailed, cat("Internal error of codepipeline-agent: ", error.what())};
}

template <class T>
Task<Ending<T>> ending_of(Task<T> work) {
  try {
    co_return co_await std::move(work);
  } catch (const Failure& failure) {
    co_return failure;
  } catch (const run::Parked& parked) {
    co_return parked;
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) throw;
    co_return internal_error(error);
  } catch (const std::exception& error) {
    co_return internal_error(error);
  }
}

std::expected<Beginning, Failure> begun(const Workplace& place, const HeldJob& held,
                                        const Job& job) {
  try {
    return begin(place, held, job);
  } catch (const Failure& failure) {
    return std::unexpected(failure);
  } catch (const std::exception& error) {
    return std::unexpected(internal_error(error));
  }
}

// With nothing made, a service that is out of order may fail the action as anywhere else; later
// that would leave behind what was made, so it is waited for as long as an action may take.
base::Duration patience(const Workplace& place, const run::Journal& journal) {
  constexpr base::Duration longest = std::chrono::minutes(1'380);
  return journal.has_facts() ? std::max(longest, place.pace.patience) : place.pace.patience;
}

// Without its settings the action cannot be entered, not even to learn what it owes.
Result not_prepared(const Failure& failure, const run::Journal& journal) {
  if (!journal.has_facts()) return Result::failure(failure, {});
  const auto message = cat(failure.what(),
                           " What this action has made so far is still there: "
                           "retry the stage, and it is found again.");
  return Result::failure(Failure(failure.type, message), {});
}

// What CodePipeline has ended is undone by the one agent that held it, in one go.
run::Pace without_hand_back(run::Pace pace) {
  pace.hold = [] { return base::Duration::max(); };
  return pace;
}

void note_end(run::Context& context) {
  if (context.journal.verdict()) return;
  context.journal.fail({.type = FailureType::JobFailed,
                        .message = "CodePipeline ended this action while it was under way.",
                        .step = "",
                        .undoing = context.clock.now()});
  context.save(context.journal);
}

std::optional<Result> hand_back(const run::Journal& journal, run::Progress progress) {
  const auto token = journal.to_token();
  if (token.size() > run::token_limit) return std::nullopt;
  if (progress.summary.empty()) progress.summary = "Waiting for an agent to go on";
  return Result::hand_back(token, progress);
}

std::optional<Result> reported(const run::Outcome& outcome, const run::Context& context) {
  if (const auto* outputs = std::get_if<run::Outputs>(&outcome)) {
    return Result::success(*outputs, context.progress);
  }
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    return Result::failure(*failure, context.progress);
  }
  return hand_back(context.journal, context.progress);
}

}  // namespace

Task<std::optional<Result>> perform(Workplace place, const HeldJob& held, const Job& job,
                                    Keep keep) {
  auto beginning = begun(place, held, job);
  if (!beginning) co_return Result::failure(beginning.error(), {});
  keep.save(beginning->journal);  // from now on the deadline counts, whatever happens
  JobFiles files({place.caller, place.clock, place.chance, place.leaving}, job,
                 patience(place, beginning->journal));
  auto prepared = co_await ending_of(prepare(beginning->action, job, files));
  if (const auto* failure = std::get_if<Failure>(&prepared)) {
    co_return not_prepared(*failure, beginning->journal);
  }
  if (std::holds_alternative<run::Parked>(prepared)) co_return hand_back(beginning->journal, {});
  auto& turn = std::get<Turn>(prepared);
  const auto pace = held.ended ? without_hand_back(place.pace) : place.pace;
  run::Context context{
      .execution = job.execution,
      .journal = std::move(beginning->journal),
      .tags = std::move(turn.tags),
      .time_limit = turn.time_limit,
      .caller = place.caller,
      .clock = place.clock,
      .chance = place.chance,
      .leaving = place.leaving,
      .pace = pace,
      .save = std::move(keep.save),
      .make_durable = std::move(keep.make_durable),
      .standing = [&caller = place.caller, &job] { return standing(caller, job); }};
  if (held.ended) note_end(context);
  const auto outcome = co_await run::drive(context, turn.region, turn.recipe);
  const auto delivered = co_await ending_of(deliver(beginning->action, outcome, job, files));
  if (const auto* failure = std::get_if<Failure>(&delivered)) {
    co_return Result::failure(*failure, context.progress);
  }
  if (std::holds_alternative<run::Parked>(delivered)) {
    co_return hand_back(context.journal, context.progress);
  }
  co_return reported(outcome, context);
}

}  // namespace agent::pipeline
