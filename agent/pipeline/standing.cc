#include "agent/pipeline/standing.h"

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/pipeline/calls.h"

namespace agent::pipeline {
namespace {

using base::Task;
using base::text;
using run::Standing;

// One attempt of the action, as CodePipeline lists it.
struct Attempt {
  std::string id;
  std::string status;
  double started;  // seconds since 1970
};

constexpr int most_pages = 20;

double seconds(const boost::json::object& object, std::string_view key) {
  const auto* value = base::find(object, key);
  boost::system::error_code not_a_number;
  return value == nullptr ? 0 : value->to_number<double>(not_a_number);
}

void collect(const aws::Reply& page, const Job& job, std::vector<Attempt>& attempts) {
  for (const auto* one : base::objects(page.body, "actionExecutionDetails")) {
    if (text(*one, "pipelineExecutionId") != job.execution.id ||
        text(*one, "stageName") != job.execution.stage ||
        text(*one, "actionName") != job.execution.action) {
      continue;
    }
    attempts.push_back(
        {text(*one, "actionExecutionId"), text(*one, "status"), seconds(*one, "startTime")});
  }
}

Task<aws::Result<std::vector<Attempt>>> attempts_of(aws::Caller& caller, const Job& job) {
  std::vector<Attempt> attempts;
  std::string next;
  for (int page = 0; page < most_pages; ++page) {
    const auto reply = co_await caller.call(
        job.execution.region,
        list_action_executions(job.execution.pipeline, job.execution.id, next));
    if (!reply) {
      base::log(base::Level::debug, "cannot see whether the action was abandoned",
                {{"job", job.id}, {"reason", reply.error().message}});
      co_return std::unexpected(reply.error());
    }
    collect(*reply, job, attempts);
    next = text(reply->body, "nextToken");
    if (next.empty()) break;
  }
  co_return attempts;
}

Standing judge(const std::vector<Attempt>& attempts, const std::string& own_id) {
  if (attempts.empty()) return Standing::wanted;
  const auto newest = std::ranges::max_element(attempts, {}, &Attempt::started);
  const auto own = own_id.empty() ? newest : std::ranges::find(attempts, own_id, &Attempt::id);
  if (own == attempts.end() || own->status == "InProgress") return Standing::wanted;
  // Another attempt has it, or another agent finished this one: it is not ours to undo.
  if (own->id != newest->id || own->status == "Succeeded") return Standing::superseded;
  const auto ended = own->status == "Abandoned" || own->status == "Failed";
  return ended ? Standing::ended : Standing::wanted;
}

}  // namespace

bool may_answer_later(const aws::Error& error) {
  using enum aws::ErrorClass;
  return error.kind == throttled || error.kind == transient || error.kind == expired ||
         error.kind == skewed;
}

Task<Standing> standing(aws::Caller& caller, const Job& job) {
  const auto attempts = co_await attempts_of(caller, job);
  if (attempts) co_return judge(*attempts, job.attempt);
  co_return may_answer_later(attempts.error()) ? Standing::unknown : Standing::wanted;
}

}  // namespace agent::pipeline
