// The parameters of a call, as JSON: all of them arrive in the request's body, and nothing else.
#include "agent/aws/protocol.h"
#include "agent/aws/sigv4.h"
#include "agent/base/json.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace json = boost::json;
using agent::aws::Call;
using agent::http::Request;
using fuzz::require;
using Fields = std::vector<std::pair<std::string, std::string>>;

void flatten(const std::string& name, const json::value& value, bool ec2, Fields& fields) {
  if (value.is_null()) return;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      flatten(name + '.' + std::string(member.key()), member.value(), ec2, fields);
    }
  } else if (const auto* list = value.if_array()) {
    if (list->empty() && !ec2) fields.emplace_back(name, "");
    for (std::size_t i = 0; i < list->size(); ++i) {
      flatten(name + (ec2 ? "." : ".member.") + std::to_string(i + 1), list->at(i), ec2, fields);
    }
  } else {
    fields.emplace_back(
        name, value.is_string() ? std::string(value.get_string()) : json::serialize(value));
  }
}

Fields read_form(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    const auto field = body.substr(0, body.find('&'));
    const auto equals = field.find('=');
    require(equals != std::string_view::npos, "each field has a value");
    fields.emplace_back(fuzz::percent_decoded(field.substr(0, equals)),
                        fuzz::percent_decoded(field.substr(equals + 1)));
    body.remove_prefix(std::min(body.size(), field.size() + 1));
  }
  return fields;
}

Fields sorted_fields(std::string_view query) {
  auto fields = read_form(query);
  std::ranges::sort(fields);
  return fields;
}

void check_query(const std::string& service_name, const json::object& params) {
  const auto& service = *agent::aws::find_service(service_name);
  const auto request =
      request_of(service, {.service = service_name, .operation = "Op", .params = params},
                 "https://aws.example");
  require(request.body.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-_.~%&=") == std::string::npos,
          "a form has no other characters");
  Fields expected{{"Action", "Op"}, {"Version", std::string(service.version)}};
  for (const auto& member : params) {
    flatten(std::string(member.key()), member.value(), service_name == "ec2", expected);
  }
  const auto fields = read_form(request.body);
  require(fuzz::has_double(params) ? fields.size() == expected.size() : fields == expected,
          "all parameters are sent, and nothing else");
}

void check_json(const json::object& params) {
  const auto request = request_of(*agent::aws::find_service("codepipeline"),
                                  {.service = "codepipeline", .operation = "Op", .params = params},
                                  "https://aws.example");
  require(fuzz::has_double(params) || json::parse(request.body, {}, {.max_depth = 100}) == params,
          "JSON is sent as it is");
}

void check_rest(const json::object& params) {
  const Call call{.service = "s3",
                  .operation = "ListObjectsV2",
                  .params = {},
                  .rest = agent::aws::Rest{
                      .method = "GET", .path = "/", .query = params, .headers = {}, .body = {}}};
  auto request = request_of(*agent::aws::find_service("s3"), call, "https://s3.example");
  require(fuzz::is_printable(request.url) && !request.url.contains(' '), "a URL is encoded");
  agent::aws::sign(
      request, {"AKIDEXAMPLE", agent::base::Secret("hush"), {}}, {"eu-west-1", "s3"},
      agent::base::TimePoint(std::chrono::sys_days{std::chrono::year(2026) / 11 / 21}));
  const auto canonical = agent::aws::canonical_request(request, {"eu-west-1", "s3"});
  require(canonical.starts_with("GET\n/\n"), "a path is signed");
  const auto signed_query = canonical.substr(6, canonical.find('\n', 6) - 6);
  const auto sent = request.url.substr(std::min(request.url.find('?') + 1, request.url.size()));
  require(sorted_fields(request.url.contains('?') ? sent : "") == sorted_fields(signed_query),
          "the query that is signed is the one that is sent");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = agent::base::parse(fuzz::text_of(data, size));
  if (!value || !value->is_object()) return 0;
  const auto& params = value->get_object();
  check_query("ec2", params);
  check_query("autoscaling", params);
  check_json(params);
  check_rest(params);
  return 0;
}
