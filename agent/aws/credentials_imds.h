// The keys of the instance's role (EC2 User Guide, "Retrieve security credentials from instance
// metadata").
#pragma once

#include "agent/aws/credentials.h"
#include "agent/aws/imds.h"

namespace agent::aws {

class ImdsCredentials final : public Credentials {
 public:
  explicit ImdsCredentials(Imds& imds) : imds_(imds) {}
  base::Task<Result<Keys>> get() override;

 private:
  Imds& imds_;
};

}  // namespace agent::aws
