#include "agent/aws/credentials_profile.h"

#include <algorithm>
#include <array>

#include "agent/base/text.h"

namespace agent::aws {
namespace {

Error wrong(const std::string& message) {
  return {.kind = ErrorClass::refused, .code = "WrongProfile", .message = message};
}

std::string value(const Profile& profile, std::string_view key) {
  const auto found = profile.find(key);
  return found == profile.end() ? std::string() : found->second;
}

// The setting that asks for what there is no provider for; "" if there is none. Static keys go
// before a process, all else goes before static keys.
std::string_view unsupported(const Profile& profile, bool has_keys) {
  constexpr std::array<std::string_view, 6> stronger{"role_arn",      "web_identity_token_file",
                                                     "sso_session",   "sso_start_url",
                                                     "login_session", "credential_source"};
  for (const auto key : stronger) {
    if (profile.contains(key)) return key;
  }
  return !has_keys && profile.contains("credential_process") ? "credential_process" : "";
}

Result<Keys> keys_of(const Profile& profile) {
  const auto access_key = value(profile, "aws_access_key_id");
  const auto secret = value(profile, "aws_secret_access_key");
  const bool has_keys = !access_key.empty() && !secret.empty();
  if (const auto key = unsupported(profile, has_keys); !key.empty()) {
    return std::unexpected(wrong(base::cat("the AWS profile has ", key,
                                           ", which is not supported yet; use "
                                           "aws_access_key_id and aws_secret_access_key")));
  }
  if (has_keys) {
    return Keys{access_key, base::Secret(secret),
                base::Secret(value(profile, "aws_session_token"))};
  }
  if (access_key.empty() != secret.empty()) {
    return std::unexpected(
        wrong(base::cat("the AWS profile has no ",
                        access_key.empty() ? "aws_access_key_id" : "aws_secret_access_key")));
  }
  return std::unexpected(not_configured("the AWS profile has no keys"));
}

}  // namespace

base::Task<Result<Keys>> ProfileCredentials::get() {
  const auto profile = store_.profile();
  if (!profile) co_return std::unexpected(profile.error());
  co_return keys_of(*profile);
}

}  // namespace agent::aws
