#include "agent/pipeline/artifact_keys.h"

#include "agent/base/json.h"
#include "agent/pipeline/calls.h"
#include "agent/pipeline/job.h"

namespace agent::pipeline {

base::Task<aws::Result<aws::Keys>> ArtifactKeys::get() {
  const auto asked = clock_.now();
  auto reply = co_await caller_.call(region_, get_job_details(job_));
  if (!reply) {
    reply.error().may_have_acted = false;  // what the keys are for was not sent
    co_return std::unexpected(std::move(reply.error()));
  }
  const auto job = read_job(base::member(reply->body, "jobDetails"), region_);
  if (!job || !job->artifact_keys) {
    co_return std::unexpected(aws::Error{.kind = aws::ErrorClass::invalid,
                                         .code = std::string(no_artifact_credentials),
                                         .message = "CodePipeline gave this job no credentials for "
                                                    "its artifacts"});
  }
  auto keys = *job->artifact_keys;
  keys.expiry = asked + life;
  co_return keys;
}

}  // namespace agent::pipeline
