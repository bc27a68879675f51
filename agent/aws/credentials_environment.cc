#include "agent/aws/credentials_environment.h"

#include "agent/aws/timestamp.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

Error wrong(const std::string& message) {
  return {.kind = ErrorClass::refused, .code = "WrongEnvironment", .message = message};
}

Result<Keys> keys_of(const Environment& environment) {
  const auto access_key = variable(environment, "AWS_ACCESS_KEY_ID");
  const auto secret = variable(environment, "AWS_SECRET_ACCESS_KEY");
  if (access_key.empty() && secret.empty()) {
    return std::unexpected(not_configured("AWS_ACCESS_KEY_ID is not set"));
  }
  if (access_key.empty()) {
    return std::unexpected(wrong("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not"));
  }
  if (secret.empty()) {
    return std::unexpected(wrong("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"));
  }
  auto token = variable(environment, "AWS_SESSION_TOKEN");
  if (token.empty()) token = variable(environment, "AWS_SECURITY_TOKEN");
  Keys keys{access_key, base::Secret(secret), base::Secret(token)};
  if (const auto expiry = variable(environment, "AWS_CREDENTIAL_EXPIRATION"); !expiry.empty()) {
    keys.expiry = parse_rfc3339(expiry);
    if (!keys.expiry) {
      return std::unexpected(
          wrong(base::cat("AWS_CREDENTIAL_EXPIRATION is not a time: ", base::printable(expiry))));
    }
  }
  return keys;
}

}  // namespace

EnvironmentCredentials::EnvironmentCredentials(const Environment& environment)
    : keys_(keys_of(environment)) {}

base::Task<Result<Keys>> EnvironmentCredentials::get() {
  co_return keys_;
}

}  // namespace agent::aws
