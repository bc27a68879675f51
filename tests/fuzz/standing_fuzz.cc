// What CodePipeline says of the attempts of an action: its answers to ListActionExecutions, between
// lines of "---".
#include "agent/pipeline/standing.h"

#include "agent/aws/protocol.h"
#include "tests/aws/scripted.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/scripted_caller.h"

namespace {

using agent::run::Standing;
using fuzz::require;

agent::aws::Result<agent::aws::Reply> reply(const agent::aws::Call& call, std::string_view body) {
  return reply_of(*agent::aws::find_service("codepipeline"), call,
                  {.status = 200, .headers = {}, .body = std::string(body)});
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  const auto pages = fuzz::sections(input);
  std::size_t asked = 0;
  support::ScriptedCaller caller([&](const agent::aws::Call& call) {
    return reply(call, pages[std::min(asked++, pages.size() - 1)]);
  });
  agent::pipeline::Job job;
  job.attempt = "a";
  job.execution = {
      .account = "1", .region = "r", .pipeline = "p", .id = "e", .stage = "s", .action = "n"};
  boost::asio::io_context io;
  support::FakeClock clock(io);
  const auto standing = scripted::run(io, clock, agent::pipeline::standing(caller, job));
  require(asked <= 100, "a service that goes round in circles is left");
  const auto open = standing == Standing::wanted || standing == Standing::unknown;
  require(open || input.contains("\"a\""), "only what is said of this attempt ends it");
  return 0;
}
