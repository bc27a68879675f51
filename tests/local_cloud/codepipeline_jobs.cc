// A job is Queued until it is offered, Dispatched until somebody acknowledges the latest offer (its
// nonce is the proof), InProgress until a result. An offer that nobody acknowledged is made again
// with a new nonce, which spoils the old one. Results need the id only.
#include "tests/local_cloud/codepipeline_jobs.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_flow.h"
#include "tests/local_cloud/codepipeline_job_data.h"
#include "tests/local_cloud/codepipeline_queue.h"
#include "tests/local_cloud/codepipeline_types.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;
using base::cat;

constexpr std::size_t largest_variables = 122'880;  // bytes, of an action; user guide, "Quotas"

const ActionType& polled_type(const World& world, const json::object& params) {
  const auto id = type_id(base::member(params, "actionTypeId"));
  if (id.owner != "Custom") invalid(cat("ActionType with owner '", id.owner, "' is not supported"));
  const auto* type = find_type(world, id);
  if (!type) {
    refuse("ActionTypeNotFoundException", cat("ActionType (", shown(id), ") is not available"));
  }
  return *type;
}

// A type with a queryable property must be asked for by it, any other must not.
void check_query(const ActionType& type, const json::object& query) {
  const auto queryable = std::ranges::find(type.properties, true, &Property::queryable);
  if (queryable == type.properties.end()) {
    if (!query.empty()) {
      invalid(cat("ActionType (", shown(type.id), ") has no queryable configuration property"));
    }
  } else if (!query.contains(queryable->name)) {
    invalid(cat("ActionType (", shown(type.id), ") must be queried by its configuration property '",
                queryable->name, "'"));
  }
}

bool answers(const Job& job, const json::object& query) {
  return std::ranges::all_of(query, [&](const auto& wanted) {
    const auto found = job.run->configuration.find(std::string_view(wanted.key()));
    return found != job.run->configuration.end() &&
           found->second == std::string_view(wanted.value().as_string());
  });
}

bool is_on_offer(const World& world, const Job& job, Time now) {
  if (job.offered) return now >= *job.offered + world.settings.reoffer_after;
  return now >= job.visible;
}

std::size_t batch_size(const World& world, const json::object& params) {
  const auto asked = base::number(params, "maxBatchSize").value_or(1);
  return static_cast<std::size_t>(std::min<std::int64_t>(asked, world.settings.poll_batch_limit));
}

Job& job_with(World& world, const Call& call) {
  const auto id = base::text(call.params, "jobId");
  const auto found = world.jobs.find(id);
  const bool hidden = found != world.jobs.end() && found->second->abandoned &&
                      world.settings.abandoned_result_is_job_not_found;
  if (found == world.jobs.end() || hidden) {
    refuse("JobNotFoundException", cat("Job with ID '", id, "' does not exist"));
  }
  return *found->second;
}

Job& job_to_report(World& world, const Call& call) {
  auto& job = job_with(world, call);
  const bool acceptable =
      job.status == "InProgress" ||
      (!has_ended(job) && !world.settings.result_without_acknowledge_is_refused);
  if (!acceptable) {
    refuse("InvalidJobStateException", cat("Job with ID '", job.id, "' is in the state '",
                                           job.status, "' and cannot be given a result"));
  }
  return job;
}

void check_variables(const json::object& variables) {
  std::size_t size = 0;
  for (const auto& [key, value] : variables) size += key.size() + value.as_string().size();
  if (size > largest_variables) {
    refuse("OutputVariablesSizeExceededException",
           cat("The output variables have ", size, " bytes, more than the ", largest_variables,
               " that an action may have"));
  }
}

void take_details(const World& world, ActionRun& run, const json::object& details) {
  if (!world.settings.keep_details_when_omitted) {
    run.summary.clear();
    run.external_id.clear();
    run.percent.reset();
  }
  if (details.contains("summary")) run.summary = base::text(details, "summary");
  if (details.contains("externalExecutionId")) {
    run.external_id = base::text(details, "externalExecutionId");
  }
  if (const auto percent = base::number(details, "percentComplete")) run.percent = percent;
}

Time created_at(const json::object& revision, Time now) {
  constexpr double year_3000 = 32'503'680'000;
  const auto* created = base::find(revision, "created");
  if (!created) return now;
  const auto seconds = std::clamp(created->to_number<double>(), 0.0, year_3000);
  return Time(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

void take_revision(ActionRun& run, const json::object& revision, Time now) {
  if (revision.empty()) return;
  run.revision = Revision{.id = base::text(revision, "revision"),
                          .change_id = base::text(revision, "changeIdentifier"),
                          .summary = base::text(revision, "revisionSummary"),
                          .created = created_at(revision, now)};
  if (run.type.category != "Source") return;
  for (auto& output : run.outputs) output.revision = run.revision->id;
}

}  // namespace

json::object poll_for_jobs(World& world, const Call& call) {
  const auto& type = polled_type(world, call.params);
  const auto& query = base::member(call.params, "queryParam");
  check_query(type, query);
  const auto most = batch_size(world, call.params);
  json::array jobs;
  for (auto* job : world.queues[type.id]) {
    if (jobs.size() == most) break;
    if (!is_on_offer(world, *job, call.now) || !answers(*job, query)) continue;
    job->status = "Dispatched";
    job->offered = call.now;
    job->nonce = world.new_nonce();
    auto offer = job_header(world, *job);
    offer["nonce"] = job->nonce;
    offer["data"] = job_data(world, *job, call.now);
    jobs.push_back(std::move(offer));
  }
  return {{"jobs", std::move(jobs)}};
}

json::object acknowledge_job(World& world, const Call& call) {
  auto& job = job_with(world, call);
  const bool spent = job.nonce_spent && world.settings.acknowledge_again_is_refused;
  if (!job.offered || spent || base::text(call.params, "nonce") != job.nonce) {
    refuse("InvalidNonceException",
           cat("The nonce given for the job with ID '", job.id, "' is not valid"));
  }
  if (!has_ended(job)) {
    job.status = "InProgress";
    job.nonce_spent = true;
    take_off_queue(world, job);
  }
  return {{"status", job.status}};
}

json::object get_job_details(World& world, const Call& call) {
  const auto& job = job_with(world, call);
  auto details = job_header(world, job);
  details["data"] = job_data(world, job, call.now);
  return {{"jobDetails", std::move(details)}};
}

json::object put_job_success_result(World& world, const Call& call) {
  const auto token = base::text(call.params, "continuationToken");
  const auto& variables = base::member(call.params, "outputVariables");
  if (!token.empty() && !variables.empty()) {
    invalid("outputVariables cannot be given together with a continuationToken");
  }
  auto& job = job_to_report(world, call);
  check_variables(variables);
  auto& run = *job.run;
  take_details(world, run, base::member(call.params, "executionDetails"));
  take_revision(run, base::member(call.params, "currentRevision"), call.now);
  run.updated = call.now;
  close_job(world, job, "Succeeded", call.now);
  if (!token.empty()) {
    offer_next_job(world, run, token, call.now);
    return {};
  }
  for (const auto& [key, value] : variables) {
    run.variables[std::string(key)] = std::string(value.as_string());
  }
  end_run(world, run, "Succeeded", call.now);
  return {};
}

json::object put_job_failure_result(World& world, const Call& call) {
  auto& job = job_to_report(world, call);
  auto& run = *job.run;
  const auto& failure = base::member(call.params, "failureDetails");
  take_details(world, run, failure);
  run.error_code = base::text(failure, "type");
  run.error_message = base::text(failure, "message");
  close_job(world, job, "Failed", call.now);
  end_run(world, run, "Failed", call.now);
  return {};
}

}  // namespace local_cloud::codepipeline
