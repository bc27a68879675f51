// What is reported of a job: whatever a failure, a summary or an AWS id holds, CodePipeline's
// limits are kept; and a result that somebody else wrote into the state file harms nobody.
#include "agent/pipeline/result.h"

#include "agent/base/json.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace json = boost::json;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::pipeline::Result;
using fuzz::require;

void check_text(const json::object& object, std::string_view key, std::size_t limit) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return;
  const std::string_view text = value->as_string();
  require(!text.empty() && text.size() <= limit, "a text has at least one character, and a limit");
  require(fuzz::is_printable(text), "a text is printable");
}

void check(const Result& result) {
  const auto call = result.call("job");
  const auto& details = member(call.params, "executionDetails");
  check_text(details, "summary", 2'048);
  check_text(details, "externalExecutionId", 1'500);
  const auto& why = member(call.params, "failureDetails");
  check_text(why, "message", 5'000);
  check_text(why, "externalExecutionId", 1'500);
  require(result.kind() != Result::Kind::failure || why.contains("message"), "a failure says why");
  const auto again = Result::from_json(result.to_json());
  require(again && again->to_json() == result.to_json(), "what was kept reads back the same");
  require(result.reduced().kind() == result.kind(), "less words, the same result");
}

void check_foreign(const json::object& object) {
  const auto result = Result::from_json(object);
  if (!result) return;
  const auto again = Result::from_json(result->to_json());
  require(again && again->to_json() == result->to_json(), "what was kept reads back the same");
  require(result->call("job").params.at("jobId") == "job", "a result is of the job it lies with");
  require(result->reduced().reduced().to_json() == result->reduced().to_json(),
          "nothing more to leave out");
  require(fuzz::is_utf8(result->message()), "a message is UTF-8");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto parts = fuzz::sections(text);
  const std::string first(parts.front());
  const std::string last(parts.back());
  const agent::run::Progress progress{
      .summary = first, .percent = 7, .external_execution_id = last};
  check(Result::failure(Failure(FailureType::JobFailed, first), progress));
  check(Result::success({{"ImageId", "ami-1"}}, progress));
  check(Result::hand_back("j1.token", progress));
  const auto value = agent::base::parse(text);
  if (value && value->is_object()) check_foreign(value->get_object());
  return 0;
}
