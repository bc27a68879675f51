// A successful answer in XML: first line "service Operation", then the body.
#include "agent/aws/protocol.h"
#include "agent/base/json.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::aws::Protocol;
using fuzz::require;

const agent::aws::Service& service_called(std::string_view name) {
  const auto* found = agent::aws::find_service(name);
  const bool is_xml = found != nullptr && found->protocol != Protocol::json &&
                      found->protocol != Protocol::rest_json;
  return is_xml ? *found : *agent::aws::find_service("ec2");
}

void check(const agent::aws::Reply& reply, std::string_view body) {
  require(fuzz::all_utf8(reply.body), "an answer's texts are UTF-8");
  require(reply.raw == body, "the body is kept as it came");
  const auto again = boost::json::parse(boost::json::serialize(reply.body), {},
                                        {.max_depth = 200, .allow_invalid_utf8 = false});
  require(again == reply.body, "an answer can be written as JSON and read again");
}

void check(const agent::aws::Error& error) {
  require(fuzz::is_printable(error.message), "an error's message is printable");
  require(!error.message.empty() || !error.code.empty(), "an error says something");
  require(error.message.size() <= 16 << 10, "a message has at most 16 KiB");
  require(error.may_have_acted, "after an answer that says nothing the call may have acted");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto body = fuzz::text_of(data, size);
  const auto head = fuzz::take_line(body);
  const auto blank = std::min(head.find(' '), head.size());
  const auto& service = service_called(head.substr(0, blank));
  const agent::aws::Call call{.service = std::string(service.name),
                              .operation = fuzz::operation_name(head.substr(blank)),
                              .params = {}};
  const auto reply =
      reply_of(service, call, {.status = 200, .headers = {}, .body = std::string(body)});
  if (reply) {
    check(*reply, body);
  } else {
    check(reply.error());
  }
  return 0;
}
