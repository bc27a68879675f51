// AWS JSON 1.1 (Smithy, "AWS JSON 1.1 protocol"), and the JSON bodies of REST services.
#include <boost/json.hpp>

#include "agent/aws/protocol_parts.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

// "namespace#Code:http://…" -> "Code"
std::string bare_code(std::string_view code) {
  code = base::trim(code.substr(0, code.find(':')));
  if (const auto hash = code.rfind('#'); hash != std::string_view::npos)
    code.remove_prefix(hash + 1);
  return std::string(code);
}

template <class... Names>
std::string first_text(const boost::json::object& object, Names... names) {
  std::string result;
  for (const std::string_view name : {std::string_view(names)...}) {
    if (result.empty()) result = base::text(object, name);
  }
  return result;
}

}  // namespace

void write_json(http::Request& request, const Service& service, const Call& call) {
  request.url += '/';
  request.headers.set("Content-Type", "application/x-amz-json-1.1");
  request.headers.set("X-Amz-Target", base::cat(service.target, '.', call.operation));
  request.body = boost::json::serialize(call.params);
}

Result<boost::json::object> read_json(std::string_view body) {
  if (base::trim(body).empty()) return boost::json::object();
  auto value = base::parse(body);
  if (!value || !value->is_object()) return std::unexpected(unreadable("is not JSON", body));
  return std::move(value->get_object());
}

ErrorWords json_error_words(const http::Response& response) {
  const auto value = base::parse(response.body);
  const auto body = value && value->is_object() ? value->get_object() : boost::json::object();
  auto code = bare_code(response.headers.get("x-amzn-errortype"));
  if (code.empty()) code = bare_code(first_text(body, "__type", "code", "Code"));
  return {std::move(code), first_text(body, "message", "Message", "errorMessage")};
}

}  // namespace agent::aws
