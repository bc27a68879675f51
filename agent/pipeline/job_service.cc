#include "agent/pipeline/job_service.h"

#include <array>

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/pipeline/pause.h"
#include "agent/pipeline/standing.h"

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
constexpr Duration first_pause{500};
constexpr Duration longest_pause{60'000};

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

// What to say instead of a result that was refused, in two steps: the same without details, then
// that it was refused.
Result instead_of(const Result& refused, bool reduced, const aws::Error& error) {
  if (!reduced && error.code == "ValidationException") return refused.reduced();
  const base::Failure failure(base::FailureType::JobFailed,
                              cat("CodePipeline refused the action's result: ", error.message));
  return Result::failure(failure, {});
}

}  // namespace

Task<JobService::Claim> JobService::acknowledge(const HeldJob& held, bool repeated) {
  auto interval = first_pause;
  for (;;) {
    if (leaving_.is_set()) co_return repeated ? Claim::unknown : Claim::not_ours;
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
    if (repeated ? decides(code) : reply || !may_answer_later(reply.error()) || !fresh) {
      log(Level::info, "not ours", {{"job", held.id}, {"reason", code}});
      co_return Claim::not_ours;
    }
    co_await pause(interval, Duration(5'000));
  }
}

Task<std::expected<Job, JobService::Absent>> JobService::details(const HeldJob& held) {
  auto interval = first_pause;
  for (;;) {
    const auto reply = co_await caller_.call(held.queue.region, get_job_details(held.id));
    if (reply) {
      auto job = read_job(base::member(reply->body, "jobDetails"), held.queue.region);
      if (job && job->id == held.id) co_return std::move(*job);
    } else if (is_over(reply.error())) {
      log(Level::info, "CodePipeline ended the job", {{"job", held.id}});
      co_return std::unexpected(Absent::over);
    } else {
      log(Level::warning, "cannot read a job's details, trying again",
          {{"job", held.id}, {"reason", reply.error().message}});
    }
    if (leaving_.is_set()) co_return std::unexpected(Absent::leaving);
    co_await pause(interval, longest_pause);
  }
}

Task<JobService::Report> JobService::report(const HeldJob& held, Result& result, bool repeated) {
  auto interval = first_pause;
  auto reduced = false;
  for (;;) {
    const auto reply = co_await caller_.call(held.queue.region, result.call(held.id));
    if (reply) co_return Report::accepted;
    const auto& error = reply.error();
    // Refused after a try whose answer was lost: that one arrived.
    if (is_over(error)) co_return repeated ? Report::accepted : Report::over;
    repeated = repeated || error.may_have_acted;
    if (is_refused(error)) {
      log(Level::error, "CodePipeline refused a result",
          {{"job", held.id}, {"reason", error.message}});
      if (reduced && result.kind() == Result::Kind::failure) co_return Report::refused;
      result = instead_of(result, reduced, error);
      reduced = true;
      continue;
    }
    log(Level::warning, "cannot report a result, trying again",
        {{"job", held.id}, {"reason", error.message}});
    if (leaving_.is_set()) co_return Report::leaving;
    co_await pause(interval, longest_pause);
  }
}

Task<run::Standing> JobService::standing(const Job& job) {
  auto interval = first_pause;
  for (;;) {
    const auto answer = co_await pipeline::standing(caller_, job);
    if (answer != run::Standing::unknown || leaving_.is_set()) co_return answer;
    co_await pause(interval, longest_pause);
  }
}

Task<> JobService::pause(Duration& interval, Duration most) {
  co_await pipeline::pause(clock_, chance_, leaving_, interval, most);
}

}  // namespace agent::pipeline
