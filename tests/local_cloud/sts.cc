#include "tests/local_cloud/sts.h"

#include <algorithm>

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using agent::base::text;
using std::chrono::seconds;

ApiError invalid(const std::string& message) {
  return {400, "ValidationError", message};
}

ApiError too_short(std::string_view name, std::string_view value, std::size_t least) {
  return invalid(
      cat("1 validation error detected: Value '", value, "' at '", name,
          "' failed to satisfy constraint: Member must have length greater than or equal "
          "to ",
          least));
}

std::string required(const json::object& params, std::string_view name) {
  if (agent::base::find(params, name) == nullptr) {
    auto spelled = std::string(name);
    spelled[0] = static_cast<char>(spelled[0] + ('a' - 'A'));
    throw invalid(cat("1 validation error detected: Value null at '", spelled,
                      "' failed to satisfy constraint: Member must not be null"));
  }
  return text(params, name);
}

bool is_session_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_+=,.@-").contains(c);
  };
  return name.size() >= 2 && name.size() <= 64 && std::ranges::all_of(name, allowed);
}

seconds duration(const json::object& params, seconds otherwise, seconds least, seconds most) {
  if (agent::base::find(params, "DurationSeconds") == nullptr) return otherwise;
  const auto count = agent::base::number(params, "DurationSeconds");
  if (!count) throw ApiError(400, "MalformedInput", "");
  if (*count >= least.count() && *count <= most.count()) return seconds(*count);
  const auto less = *count < least.count();
  throw invalid(cat("1 validation error detected: Value '", *count,
                    "' at 'durationSeconds' failed to satisfy constraint: Member must have value ",
                    less ? "greater" : "less", " than or equal to ",
                    less ? least.count() : most.count()));
}

// "arn:aws:iam::123456789012:role/path/name"
struct RoleArn {
  std::string partition;
  std::string account;
  std::string name;
};

RoleArn read_role(const std::string& arn) {
  if (arn.size() < 20) throw too_short("roleArn", arn, 20);
  const auto slash = arn.rfind('/');
  const auto parts = agent::base::split(arn, ':');  // the region is empty and so left out
  if (parts.size() != 5 || parts[0] != "arn" || parts[2] != "iam" || parts[3].size() != 12 ||
      !parts[4].starts_with("role/") || slash + 1 == arn.size()) {
    throw invalid(cat(arn, " is invalid"));
  }
  return {parts[1], parts[3], arn.substr(slash + 1)};
}

json::object credentials(const Key& key) {
  return {{"AccessKeyId", key.id},
          {"SecretAccessKey", key.secret},
          {"SessionToken", key.token},
          {"Expiration", iso8601(*key.expiry)}};
}

void check_trust(const Role* role, const Key& caller, std::string_view external_id,
                 std::string_view arn) {
  if (role == nullptr) return;
  const auto& trusted = role->trusted_accounts;
  const auto known = trusted.empty() || std::ranges::find(trusted, caller.account) != trusted.end();
  if (known && (role->external_id.empty() || role->external_id == external_id)) return;
  throw ApiError(403, "AccessDenied",
                 cat("User: ", caller.arn,
                     " is not authorized to perform: sts:AssumeRole on resource: ", arn));
}

json::object decode_message(const Call& call) {
  const auto encoded = required(call.params, "EncodedMessage");
  const auto bytes = agent::base::from_base64url(encoded);
  const auto message = bytes ? agent::base::parse(*bytes) : std::nullopt;
  if (!message || !message->is_object() || text(message->get_object(), "account") != call.account) {
    throw ApiError(400, "InvalidAuthorizationMessageException",
                   "Message does not match the expected format or is not of this account");
  }
  return {{"DecodedMessage", json::serialize(message->get_object().at("decision"))}};
}

}  // namespace

json::object Sts::call(const Call& call) {
  if (call.operation == "GetCallerIdentity") return get_caller_identity(call);
  if (call.operation == "AssumeRole") return assume_role(call);
  if (call.operation == "GetSessionToken") return get_session_token(call);
  if (call.operation == "DecodeAuthorizationMessage") return decode_message(call);
  throw UnknownOperation();
}

json::object Sts::get_caller_identity(const Call& call) const {
  const auto& key = *accounts_.find(call.access_key);
  return {{"Arn", key.arn}, {"UserId", key.user_id}, {"Account", key.account}};
}

json::object Sts::assume_role(const Call& call) {
  const auto arn = required(call.params, "RoleArn");
  const auto session = required(call.params, "RoleSessionName");
  const auto role = read_role(arn);
  if (!is_session_name(session)) {
    throw invalid(cat("1 validation error detected: Value '", session,
                      "' at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
                      "regular expression pattern: [\\w+=,.@-]*"));
  }
  const auto caller = *accounts_.find(call.access_key);
  const auto length = duration(call.params, seconds(3600), seconds(900), seconds(43200));
  if (caller.expiry && length > seconds(3600)) {
    throw invalid(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
        "by role chaining");
  }
  check_trust(accounts_.role(arn), caller, text(call.params, "ExternalId"), arn);
  const auto role_id = cat("AROA", agent::base::sha256_hex(arn).substr(0, 17));
  std::string upper = role_id;
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  const auto user_id = cat(upper, ':', session);
  const auto session_arn = cat("arn:", role.partition, ":sts::", role.account, ":assumed-role/",
                               role.name, '/', session);
  const auto& key = accounts_.issue(role.account, session_arn, user_id, call.now + length);
  return {{"Credentials", credentials(key)},
          {"AssumedRoleUser", {{"AssumedRoleId", user_id}, {"Arn", session_arn}}}};
}

json::object Sts::get_session_token(const Call& call) {
  const auto caller = *accounts_.find(call.access_key);
  if (caller.expiry) {
    throw ApiError(403, "AccessDenied", "Cannot call GetSessionToken with session credentials");
  }
  const auto length = duration(call.params, seconds(43200), seconds(900), seconds(129600));
  const auto& key = accounts_.issue(caller.account, caller.arn, caller.user_id, call.now + length);
  return {{"Credentials", credentials(key)}};
}

std::string encode_denial(std::string_view account, std::string_view arn, std::string_view action,
                          std::string_view resource) {
  json::object decision{
      {"allowed", false},
      {"explicitDeny", false},
      {"matchedStatements", {{"items", json::array()}}},
      {"context", {{"principal", {{"arn", arn}}}, {"action", action}, {"resource", resource}}}};
  return agent::base::base64url(
      json::serialize(json::object{{"account", account}, {"decision", std::move(decision)}}));
}

}  // namespace local_cloud
