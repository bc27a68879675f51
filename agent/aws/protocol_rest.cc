// REST services: the Call says where things go (Call::rest). The query is written sorted and
// encoded, just as it is signed.
#include <boost/json.hpp>
#include <map>

#include "agent/aws/protocol_parts.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

void add_field(std::multimap<std::string, std::string>& fields, std::string_view name,
               const boost::json::value& value) {
  if (value.is_null()) return;
  const bool bare = value.is_bool() && value.get_bool();
  fields.emplace(base::percent_encode(name), bare ? "" : base::percent_encode(scalar_text(value)));
}

std::string query_text(const boost::json::object& query) {
  std::multimap<std::string, std::string> fields;
  for (const auto& member : query) {
    if (const auto* list = member.value().if_array()) {
      for (const auto& item : *list) add_field(fields, member.key(), item);
    } else {
      add_field(fields, member.key(), member.value());
    }
  }
  std::string text;
  for (const auto& [name, value] : fields) {
    text += base::cat(text.empty() ? '?' : '&', name, '=', value);
  }
  return text;
}

}  // namespace

void write_rest(http::Request& request, const Service& service, const Call& call) {
  const auto rest = call.rest.value_or(Rest{.method = "POST", .path = '/' + call.operation});
  request.method = rest.method;
  request.url += (rest.path.starts_with('/') ? "" : "/") + rest.path + query_text(rest.query);
  for (const auto& header : rest.headers) {
    if (!header.value().is_null()) request.headers.set(header.key(), scalar_text(header.value()));
  }
  request.body = rest.body;
  if (service.protocol == Protocol::rest_json && rest.method != "GET" && rest.method != "DELETE") {
    request.headers.set("Content-Type", "application/json");
    request.body = boost::json::serialize(call.params);
  }
}

}  // namespace agent::aws
