#include "agent/aws/credentials_imds.h"

#include "agent/aws/timestamp.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

constexpr std::string_view folder = "/latest/meta-data/iam/security-credentials/";

// Says nothing of the document itself: it may hold a secret.
Error unusable(const std::string& why) {
  return {
      .kind = ErrorClass::transient,
      .code = {},
      .message = base::cat("the instance metadata service's credentials cannot be used: ", why)};
}

Result<Keys> keys_of(std::string_view document) {
  const auto value = base::parse(document);
  if (!value || !value->is_object()) return std::unexpected(unusable("they are not JSON"));
  const auto& object = value->get_object();
  const auto code = base::text(object, "Code");
  if (!code.empty() && code != "Success") {
    return std::unexpected(unusable(base::cat("the code is ", base::printable(code))));
  }
  Keys keys{base::text(object, "AccessKeyId"), base::Secret(base::text(object, "SecretAccessKey")),
            base::Secret(base::text(object, "Token")),
            parse_rfc3339(base::text(object, "Expiration"))};
  if (keys.access_key.empty() || keys.secret.empty() || !keys.expiry) {
    return std::unexpected(unusable("a part is missing"));
  }
  return keys;
}

}  // namespace

base::Task<Result<Keys>> ImdsCredentials::get() {
  auto roles = co_await imds_.get(std::string(folder));
  if (!roles) co_return std::unexpected(std::move(roles.error()));
  const auto role = base::trim(std::string_view(*roles).substr(0, roles->find('\n')));
  if (role.empty()) {
    co_return std::unexpected(not_configured("the instance has no role (no instance profile)"));
  }
  auto path = base::cat(folder, base::percent_encode(role));
  auto document = co_await imds_.get(std::move(path));
  if (!document) co_return std::unexpected(std::move(document.error()));
  co_return keys_of(*document);
}

}  // namespace agent::aws
