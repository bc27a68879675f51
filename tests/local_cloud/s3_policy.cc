#include "tests/local_cloud/s3_policy.h"

#include <algorithm>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/s3_answer.h"

namespace local_cloud {

namespace {

namespace base = agent::base;
using base::cat;

constexpr std::string_view encryption_key = "s3:x-amz-server-side-encryption";
constexpr std::string_view transport_key = "aws:SecureTransport";

ApiError malformed(const std::string& message) {
  return {400, "MalformedPolicy", message};
}

// One text, or a list of them; booleans as text.
std::vector<std::string> texts(const json::object& object, std::string_view name) {
  std::vector<std::string> result;
  const auto* value = base::find(object, name);
  if (value == nullptr) return result;
  if (!value->is_array()) return {base::text(object, name)};
  for (const auto& one : value->get_array()) {
    if (one.is_string()) result.emplace_back(one.get_string());
  }
  return result;
}

bool is_everybody(const json::object& statement) {
  const auto* principal = base::find(statement, "Principal");
  if (principal == nullptr) return false;
  const auto named = principal->is_object() ? texts(principal->get_object(), "AWS")
                                            : texts(statement, "Principal");
  return std::ranges::count(named, "*") > 0;
}

bool is_known_condition(const json::object& conditions) {
  return std::ranges::all_of(conditions, [](const auto& condition) {
    const std::string_view name = condition.key();
    const auto key = name == "StringNotEquals" ? encryption_key
                     : name == "Bool"          ? transport_key
                                               : std::string_view();
    const auto* keys = condition.value().if_object();
    return !key.empty() && keys != nullptr &&
           std::ranges::all_of(*keys, [&](const auto& one) { return one.key() == key; });
  });
}

void check_statement(const json::object& statement) {
  const auto effect = base::text(statement, "Effect");
  if (effect != "Allow" && effect != "Deny") throw malformed("Invalid effect: " + effect);
  if (texts(statement, "Action").empty() || texts(statement, "Resource").empty()) {
    throw malformed("Missing required field Action or Resource");
  }
  if (effect == "Allow") return;
  if (!is_everybody(statement) || !is_known_condition(base::member(statement, "Condition"))) {
    throw ApiError(501, "NotImplemented",
                   "The local cloud knows statements that deny everybody, with the conditions of "
                   "CodePipeline's default bucket policy");
  }
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [&](const auto& one) { return matches(one, text); });
}

// A negated operator holds for what is not there, too.
bool holds(const json::object& conditions, const Request& request, bool is_secure) {
  const auto encryptions = texts(base::member(conditions, "StringNotEquals"), encryption_key);
  const auto given = header(request.headers, "x-amz-server-side-encryption");
  if (!encryptions.empty() && std::ranges::count(encryptions, given) > 0) return false;
  const auto transports = texts(base::member(conditions, "Bool"), transport_key);
  return transports.empty() || std::ranges::count(transports, is_secure ? "true" : "false") > 0;
}

}  // namespace

void check_bucket_policy(std::string_view policy) {
  const auto parsed = base::parse(policy);
  if (!parsed || !parsed->is_object()) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  const auto statements = base::objects(parsed->get_object(), "Statement");
  if (statements.empty()) throw malformed("Missing required field Statement");
  for (const auto* statement : statements) check_statement(*statement);
}

void refuse_what_policy_denies(const Bucket& bucket, const Request& request, const Call& call,
                               std::string_view action, bool is_secure) {
  if (bucket.policy.empty()) return;
  const auto key = param(call, "Key");
  const auto resource = cat("arn:aws:s3:::", bucket.name, key.empty() ? "" : "/", key);
  const auto policy = base::parse(bucket.policy).value();
  for (const auto* statement : base::objects(policy.get_object(), "Statement")) {
    if (base::text(*statement, "Effect") == "Deny" &&
        any_matches(texts(*statement, "Action"), action) &&
        any_matches(texts(*statement, "Resource"), resource) &&
        holds(base::member(*statement, "Condition"), request, is_secure)) {
      throw ApiError(403, "AccessDenied",
                     cat("User is not authorized to perform: ", action, " on resource: \"",
                         resource, "\" with an explicit deny in a resource-based policy"));
    }
  }
}

}  // namespace local_cloud
