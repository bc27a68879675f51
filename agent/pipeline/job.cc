#include "agent/pipeline/job.h"

#include "agent/base/json.h"

namespace agent::pipeline {

using base::member;
using base::text;

std::optional<Job> read_job(const boost::json::object& job, const std::string& region) {
  const auto& data = member(job, "data");
  const auto& context = member(data, "pipelineContext");
  Job result{.id = text(job, "id"),
             .nonce = text(job, "nonce"),
             .attempt = text(member(context, "action"), "actionExecutionId"),
             .execution = {.account = text(job, "accountId"),
                           .region = region,
                           .pipeline = text(context, "pipelineName"),
                           .id = text(context, "pipelineExecutionId"),
                           .stage = text(member(context, "stage"), "name"),
                           .action = text(member(context, "action"), "name")},
             .configuration = member(member(data, "actionConfiguration"), "configuration"),
             .continuation_token = text(data, "continuationToken")};
  if (result.id.empty()) return std::nullopt;
  return result;
}

}  // namespace agent::pipeline
