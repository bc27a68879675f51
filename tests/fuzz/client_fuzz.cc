// Answers to one call, as they come over HTTP: first line "service Operation", with "once" behind
// it for a call that is sent at most once; then between lines of "---" a line with the status,
// headers, an empty line and the body. A status of 0 is a broken connection.
#include "agent/aws/client.h"

#include <charconv>

#include "tests/aws/scripted.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::aws::Call;
using agent::aws::Reply;
using agent::aws::Result;
using agent::http::Broken;
using agent::http::Outcome;
using fuzz::require;

constexpr std::string_view secret = "hush-hush-hush";

Outcome outcome(std::string_view section) {
  const auto line = fuzz::take_line(section);
  agent::http::Response response{.status = 200};
  std::from_chars(line.data(), line.data() + line.size(), response.status);
  if (response.status == 0) return std::unexpected(Broken{Broken::Stage::unknown, "reset"});
  for (auto field = fuzz::take_line(section); !field.empty(); field = fuzz::take_line(section)) {
    const auto colon = std::min(field.find(": "), field.size());
    response.headers.add(field.substr(0, colon),
                         std::string(field.substr(std::min(colon + 2, field.size()))));
  }
  response.body = section;
  return response;
}

Call call_of(std::string_view line) {
  const auto service = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), service.size() + 1));
  const auto operation = line.substr(0, line.find(' '));
  const bool known = agent::aws::find_service(service) != nullptr;
  return {.service = known ? std::string(service) : "ec2",
          .operation = fuzz::operation_name(operation),
          .params = {},
          .once = line.ends_with(" once")};
}

void check(const Result<Reply>& result) {
  if (result) {
    require(fuzz::all_utf8(result->body) && fuzz::all_utf8(result->headers), "a reply is UTF-8");
    return;
  }
  require(fuzz::is_utf8(result.error().message), "an error's message is UTF-8");
  require(fuzz::is_utf8(agent::aws::failure(result.error()).what()), "a failure is UTF-8");
}

void check(const std::vector<agent::http::Request>& requests) {
  for (const auto& request : requests) {
    const auto header = request.headers.get("Authorization");
    require(header.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "all is signed");
    require(!header.contains(secret), "no secret is sent");
    require(request.headers.get("X-Amz-Date").size() == 16, "a time has one form");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const auto call = call_of(fuzz::take_line(text));
  std::vector<scripted::Http::Answer> answers;
  std::size_t broken_from = 0;  // the first answer that never came
  for (const auto section : fuzz::sections(text)) {
    auto answer = outcome(section);
    if (answer && broken_from == answers.size()) ++broken_from;
    answers.emplace_back([=](const auto&) { return answer; });
  }
  boost::asio::io_context io;
  support::FakeClock clock(io);
  support::FakeChance chance;
  scripted::Http http(answers);
  agent::aws::StaticCredentials keys({"AKIDEXAMPLE", agent::base::Secret(std::string(secret)), {}});
  agent::aws::Client client(http, keys, {}, clock, chance, {.max_attempts = 3}, "fuzz");
  const auto begun = clock.steady();
  check(scripted::run(io, clock, client.call("eu-west-1", call)));
  check(http.requests);
  require(http.requests.size() <= 5, "at most three tries and two repairs");
  require(clock.steady() - begun <= std::chrono::minutes(1), "no answer makes it wait for long");
  if (call.once && broken_from < answers.size()) {
    require(http.requests.size() <= broken_from + 1, "what may have acted is not sent again");
  }
  return 0;
}
