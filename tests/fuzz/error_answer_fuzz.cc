// An answer that refuses: "service status", then the header x-amzn-errortype, then the body.
#include <charconv>

#include "agent/aws/protocol.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::aws::Error;
using agent::aws::ErrorClass;
using agent::base::FailureType;
using fuzz::require;

int status_of(std::string_view text) {
  int status = 400;
  std::from_chars(text.data(), text.data() + text.size(), status);
  return status < 100 || status > 999 || status / 100 == 2 ? 400 : status;
}

void check(const Error& error) {
  for (const auto* text : {&error.code, &error.message, &error.request_id}) {
    require(fuzz::is_printable(*text), "what is kept of an error is printable");
  }
  require(!error.code.empty() || !error.message.empty(), "an error says something");
  require(error.message.size() <= 16 << 10, "a message has at most 16 KiB");
  const bool slowed = error.kind == ErrorClass::throttled;
  require(error.may_have_acted == (error.status >= 500 && !slowed),
          "only a server's failure leaves it open whether the call acted");
}

void check_failure(const Error& error) {
  const auto failure = agent::aws::failure(error);
  const std::string_view words = failure.what();
  require(words.size() <= 1'000, "a failure's message has at most 1,000 bytes");
  require(fuzz::is_printable(words), "a failure's message is printable");
  require(words.starts_with("sts:Op in eu-west-1 failed: "), "a failure names call and region");
  const bool unavailable = failure.type == FailureType::SystemUnavailable;
  const bool passing = error.kind == ErrorClass::throttled || error.kind == ErrorClass::transient ||
                       error.kind == ErrorClass::skewed;
  require(unavailable || !passing, "what passes by itself is SystemUnavailable");
  require(passing || !unavailable || error.kind == ErrorClass::expired,
          "what is SystemUnavailable may pass");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto body = fuzz::text_of(data, size);
  const auto head = fuzz::take_line(body);
  const std::string type(fuzz::take_line(body));
  const auto blank = std::min(head.find(' '), head.size());
  const auto* service = agent::aws::find_service(head.substr(0, blank));
  if (service == nullptr) service = agent::aws::find_service("ec2");
  const agent::aws::Call call{
      .service = std::string(service->name), .operation = "Op", .params = {}};
  const int status = status_of(head.substr(std::min(blank + 1, head.size())));
  auto reply = reply_of(*service, call,
                        {.status = status,
                         .headers = {{"x-amzn-errortype", type}, {"x-amzn-requestid", type}},
                         .body = std::string(body)});
  require(!reply, "a status other than 2xx is an error");
  auto& error = reply.error();
  check(error);
  error.service = "sts";
  error.operation = "Op";
  error.region = "eu-west-1";
  error.kind = agent::aws::classify(error.service, error.code, error.status);
  check_failure(error);
  return 0;
}
