#include "agent/aws/protocol.h"

#include "agent/aws/protocol_parts.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

bool is_xml(Protocol protocol) {
  return protocol != Protocol::json && protocol != Protocol::rest_json;
}

std::string request_id(const http::Response& response, const ErrorWords& words) {
  for (const auto* name : {"x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"}) {
    if (auto id = response.headers.get(name); !id.empty()) return id;
  }
  return words.request_id;
}

// The start of a text that is not ours, on one line.
std::string excerpt(std::string_view text) {
  constexpr std::size_t limit = 200;
  return base::trim(text).empty() ? "an empty body"
                                  : base::cut(base::printable(base::trim(text)), limit);
}

// S3 says in a header where a bucket is that it was asked for at the wrong place.
std::string other_region(const http::Response& response) {
  const auto region = response.headers.get("x-amz-bucket-region");
  const auto elsewhere = response.status == 301 || response.status == 307 || response.status == 400;
  return elsewhere && !region.empty() ? base::cat(" (the bucket is in ", region, ")") : "";
}

Error error_of(const Service& service, const http::Response& response) {
  constexpr std::size_t message_limit = 16 << 10;
  auto words =
      is_xml(service.protocol) ? xml_error_words(response.body) : json_error_words(response);
  Error error{.kind = classify(service.name, words.code, response.status),
              .code = base::printable(words.code),
              .message = base::cut(base::printable(words.message), message_limit),
              .status = response.status,
              .request_id = base::printable(request_id(response, words))};
  if (words.code.empty() && words.message.empty()) {
    error.message = base::cat("HTTP ", response.status, " with ", excerpt(response.body));
  }
  error.message += base::printable(other_region(response));
  // These services name every refusal: one without a name is not theirs, or is spoilt.
  const bool has_name = !words.code.empty() || service.protocol == Protocol::rest_xml;
  if (!has_name && error.kind != ErrorClass::throttled) error.kind = ErrorClass::transient;
  // Only a service that slows us down has surely done nothing; a gateway that gave up waiting
  // knows nothing about the server behind it.
  error.may_have_acted = response.status >= 500 && error.kind != ErrorClass::throttled;
  return error;
}

boost::json::object lower_case(const http::Headers& headers) {
  boost::json::object result;
  for (const auto& [name, value] : headers) {
    result.insert_or_assign(base::printable(base::lower(name)), base::printable(value));
  }
  return result;
}

// S3 begins to answer long operations before it knows how they end.
bool is_error_in_success(const Service& service, const http::Response& response) {
  return service.protocol == Protocol::rest_xml && is_xml_error(response.body);
}

Result<Reply> content_of(const Service& service, const Call& call, http::Response response) {
  Reply reply{.body = {}, .headers = lower_case(response.headers), .raw = {}};
  const bool is_object = service.protocol == Protocol::rest_xml && call.operation == "GetObject";
  if (!is_object) {
    auto body = is_xml(service.protocol) ? read_xml(service.protocol, call.operation, response.body)
                                         : read_json(response.body);
    if (!body) return std::unexpected(std::move(body.error()));
    reply.body = std::move(*body);
  }
  reply.raw = std::move(response.body);
  return reply;
}

}  // namespace

Error unreadable(std::string_view what, std::string_view body) {
  return {.kind = ErrorClass::transient,
          .code = {},
          .message = base::cat("the answer ", what, ": ", excerpt(body)),
          .may_have_acted = true};
}

http::Request request_of(const Service& service, const Call& call, const std::string& endpoint) {
  http::Request request;
  request.url = endpoint;
  request.fresh_connection = call.once;
  switch (service.protocol) {
    case Protocol::json:
      write_json(request, service, call);
      break;
    case Protocol::query:
    case Protocol::ec2:
      write_query(request, service, call);
      break;
    case Protocol::rest_json:
    case Protocol::rest_xml:
      write_rest(request, service, call);
      break;
  }
  return request;
}

Result<Reply> reply_of(const Service& service, const Call& call, http::Response response) {
  const auto status = response.status;
  if (status < 200 || status >= 300) return std::unexpected(error_of(service, response));
  if (call.operation != "GetObject" && is_error_in_success(service, response)) {
    response.status = 500;
    return std::unexpected(error_of(service, response));
  }
  auto reply = content_of(service, call, std::move(response));
  if (!reply) reply.error().status = status;
  return reply;
}

}  // namespace agent::aws
