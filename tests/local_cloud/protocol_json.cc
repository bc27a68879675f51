// AWS JSON 1.1: POST /, the operation in X-Amz-Target, a JSON object each way.
#include <set>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/protocol.h"

namespace local_cloud {

namespace {

constexpr auto content_type = "application/x-amz-json-1.1";

// What the framework in front of a service answers itself comes with a namespace before the code.
bool is_from_framework(const std::string& code) {
  static const std::set<std::string, std::less<>> codes{"UnrecognizedClientException",
                                                        "InvalidSignatureException",
                                                        "IncompleteSignatureException",
                                                        "ExpiredTokenException",
                                                        "UnknownOperationException",
                                                        "SerializationException",
                                                        "InternalFailure",
                                                        "ServiceUnavailable"};
  return codes.contains(code);
}

class JsonProtocol final : public Protocol {
 public:
  explicit JsonProtocol(std::string prefix) : prefix_(std::move(prefix)) {}

  Flavour flavour() const override { return Flavour::json; }

  Decoded decode(const Request& request) const override {
    const auto target = header(request.headers, "x-amz-target");
    const auto dot = target.find('.');
    if (request.method != "POST" || target.substr(0, dot) != prefix_ || dot == target.npos ||
        !header(request.headers, "content-type").starts_with(content_type)) {
      throw unknown_operation(target);
    }
    Decoded decoded{.operation = target.substr(dot + 1)};
    if (request.body.empty()) return decoded;
    auto body = agent::base::parse(request.body);
    if (!body || !body->is_object()) throw ApiError(400, "SerializationException", "");
    decoded.params = std::move(body->as_object());
    return decoded;
  }

  Response encode(std::string_view, const json::object& result,
                  std::string_view request_id) const override {
    return answer(200, result.empty() ? "" : json::serialize(result), request_id);
  }

  Response error(const ApiError& error, std::string_view request_id) const override {
    json::object body;
    const auto prefix = is_from_framework(error.code) ? "com.amazon.coral.service#" : "";
    body["__type"] = agent::base::cat(prefix, error.code);
    // Refusals of permission spell it with a capital letter.
    const auto* name = error.code == "AccessDeniedException" ? "Message" : "message";
    if (*error.what() != 0) body[name] = error.what();
    return answer(error.status, json::serialize(body), request_id);
  }

  ApiError unknown_operation(std::string_view) const override {
    return refuse(Flavour::json, Refusal::unknown_operation);
  }

 private:
  static Response answer(int status, std::string body, std::string_view request_id) {
    return {
        .status = status,
        .headers = {{"Content-Type", content_type}, {"x-amzn-RequestId", std::string(request_id)}},
        .body = std::move(body)};
  }

  std::string prefix_;
};

}  // namespace

std::unique_ptr<Protocol> json_protocol(std::string target_prefix) {
  return std::make_unique<JsonProtocol>(std::move(target_prefix));
}

}  // namespace local_cloud
