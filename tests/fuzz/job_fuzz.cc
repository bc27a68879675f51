// What CodePipeline says of jobs: the answers to PollForJobs and GetJobDetails.
#include "agent/pipeline/job.h"

#include "agent/aws/protocol.h"
#include "agent/base/json.h"
#include "agent/run/settings.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace json = boost::json;
using agent::pipeline::Job;
using fuzz::require;

bool same(const Job& a, const Job& b) {
  return a.id == b.id && a.nonce == b.nonce && a.execution == b.execution &&
         a.configuration == b.configuration && a.continuation_token == b.continuation_token;
}

void check(const json::object& from) {
  const auto job = agent::pipeline::read_job(from, "eu-west-1");
  require(job.has_value() == !agent::base::text(from, "id").empty(), "a job has an id");
  if (!job) return;
  for (const auto* text : {&job->id, &job->nonce, &job->continuation_token, &job->execution.id,
                           &job->execution.pipeline, &job->execution.stage, &job->execution.action,
                           &job->execution.account}) {
    require(fuzz::is_utf8(*text), "a job's texts are UTF-8");
  }
  require(job->execution.region == "eu-west-1", "a job belongs to the region that was polled");
  const auto identity = job->execution.identity();
  require(
      identity.size() == 64 && identity.find_first_not_of("0123456789abcdef") == std::string::npos,
      "an identity is 64 hex digits");
  if (fuzz::has_double(from)) return;
  const auto again = json::parse(json::serialize(from), {}, {.max_depth = 100});
  const auto second = agent::pipeline::read_job(again.as_object(), "eu-west-1");
  require(second && same(*job, *second), "the same description is the same job");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const agent::aws::Call call{.service = "codepipeline", .operation = "PollForJobs", .params = {}};
  const auto reply =
      reply_of(*agent::aws::find_service(call.service), call,
               {.status = 200, .headers = {}, .body = std::string(fuzz::text_of(data, size))});
  if (!reply) {
    require(fuzz::is_printable(reply.error().message), "an error's message is printable");
    return 0;
  }
  require(fuzz::all_utf8(reply->body), "an answer's texts are UTF-8");
  for (const auto* job : agent::base::objects(reply->body, "jobs")) check(*job);
  check(agent::base::member(reply->body, "jobDetails"));
  return 0;
}
