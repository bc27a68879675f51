#include "agent/aws/credentials_chain.h"

#include "agent/base/text.h"

namespace agent::aws {

base::Task<Result<Keys>> ChainCredentials::get() {
  std::vector<std::string> reasons;
  for (auto* const provider : providers_) {
    auto keys = co_await provider->get();
    if (keys || keys.error().code != no_credentials) co_return keys;
    reasons.push_back(keys.error().message);
  }
  co_return std::unexpected(
      not_configured(base::cat("no AWS credentials: ", base::join(reasons, "; "))));
}

void ChainCredentials::expired(const Keys& keys) {
  for (auto* const provider : providers_) provider->expired(keys);
}

}  // namespace agent::aws
