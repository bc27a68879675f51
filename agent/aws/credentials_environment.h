// Keys from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (or the older
// AWS_SECURITY_TOKEN) and AWS_CREDENTIAL_EXPIRATION (AWS SDKs and Tools Reference Guide).
#pragma once

#include "agent/aws/credentials.h"
#include "agent/aws/environment.h"

namespace agent::aws {

class EnvironmentCredentials final : public Credentials {
 public:
  explicit EnvironmentCredentials(const Environment& environment);
  base::Task<Result<Keys>> get() override;

 private:
  Result<Keys> keys_;
};

}  // namespace agent::aws
