#include "agent/pipeline/calls.h"

namespace agent::pipeline {

aws::Call poll_for_jobs(const Queue& queue, int most) {
  return {.service = "codepipeline",
          .operation = "PollForJobs",
          .params = {{"actionTypeId",
                      {{"category", queue.category},
                       {"owner", "Custom"},
                       {"provider", queue.provider},
                       {"version", queue.version}}},
                     {"maxBatchSize", most}}};
}

aws::Call acknowledge_job(const std::string& job, const std::string& nonce) {
  return {.service = "codepipeline",
          .operation = "AcknowledgeJob",
          .params = {{"jobId", job}, {"nonce", nonce}},
          .once = true};
}

aws::Call list_action_executions(const std::string& pipeline, const std::string& execution,
                                 const std::string& next_token) {
  boost::json::object params{{"pipelineName", pipeline},
                             {"filter", {{"pipelineExecutionId", execution}}},
                             {"maxResults", 100}};
  if (!next_token.empty()) params["nextToken"] = next_token;
  return {
      .service = "codepipeline", .operation = "ListActionExecutions", .params = std::move(params)};
}

aws::Call get_job_details(const std::string& job) {
  return {.service = "codepipeline", .operation = "GetJobDetails", .params = {{"jobId", job}}};
}

}  // namespace agent::pipeline
