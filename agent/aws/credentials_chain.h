// Asks one provider after another. One that is not configured is passed over; one that is
// configured and does not work ends the search, since the next one would be somebody else.
#pragma once

#include <string>
#include <vector>

#include "agent/aws/credentials.h"

namespace agent::aws {

class ChainCredentials final : public Credentials {
 public:
  explicit ChainCredentials(std::vector<Credentials*> providers)
      : providers_(std::move(providers)) {}

  base::Task<Result<Keys>> get() override;
  void expired(const Keys& keys) override;

 private:
  std::vector<Credentials*> providers_;
};

}  // namespace agent::aws
