#include "agent/pipeline/perform.h"

#include "agent/base/text.h"
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
  run::Journal journal;
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

// Throws Failure.
Turn prepare(const Workplace& place, const HeldJob& held, const Job& job) {
  const auto action = std::ranges::find(place.catalog, held.queue.provider, &run::Action::name);
  if (action == place.catalog.end()) {
    throw Failure(FailureType::JobFailed,
                  cat("This codepipeline-agent has no action named ", held.queue.provider, "."));
  }
  check_execution(job.execution);
  const auto settings = run::Settings::read(action->settings, job.configuration);
  auto journal = read_journal(held, job);
  journal.clamp(place.clock.now());
  return {.journal = std::move(journal),
          .recipe = action->recipe(settings),
          .tags = run::user_tags(settings),
          .time_limit = std::chrono::minutes(settings.whole_number("TimeoutMinutes")),
          .region = work_region(settings, job.execution.region)};
}

std::expected<Turn, Failure> prepared(const Workplace& place, const HeldJob& held, const Job& job) {
  try {
    return prepare(place, held, job);
  } catch (const Failure& failure) {
    return std::unexpected(failure);
  } catch (const std::exception& error) {
    return std::unexpected(Failure(FailureType::JobFailed,
                                   cat("Internal error of codepipeline-agent: ", error.what())));
  }
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
}

std::optional<Result> hand_back(const run::Context& context) {
  const auto token = context.journal.to_token();
  if (token.size() > run::token_limit) return std::nullopt;
  auto progress = context.progress;
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
  return hand_back(context);
}

}  // namespace

Task<std::optional<Result>> perform(Workplace place, const HeldJob& held, const Job& job,
                                    Keep keep) {
  auto turn = prepared(place, held, job);
  const auto pace = held.ended ? without_hand_back(place.pace) : place.pace;
  if (!turn) co_return Result::failure(turn.error(), {});
  run::Context context{
      .execution = job.execution,
      .journal = std::move(turn->journal),
      .tags = std::move(turn->tags),
      .time_limit = turn->time_limit,
      .caller = place.caller,
      .clock = place.clock,
      .chance = place.chance,
      .leaving = place.leaving,
      .pace = pace,
      .save = std::move(keep.save),
      .make_durable = std::move(keep.make_durable),
      .standing = [&caller = place.caller, &job] { return standing(caller, job); }};
  if (held.ended) note_end(context);
  context.save(context.journal);  // from now on the deadline counts, whatever happens
  const auto outcome = co_await run::drive(context, turn->region, turn->recipe);
  co_return reported(outcome, context);
}

}  // namespace agent::pipeline
