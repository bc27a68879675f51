// STS: who am I, temporary keys that are verified afterwards, and decoding of EC2's messages.
// AWS STS API Reference 2011-06-15.
#pragma once

#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

class Sts final : public Service {
 public:
  explicit Sts(Accounts& accounts) : accounts_(accounts) {}
  json::object call(const Call& call) override;

 private:
  json::object get_caller_identity(const Call& call) const;
  json::object assume_role(const Call& call);
  json::object get_session_token(const Call& call);

  Accounts& accounts_;
};

// The encoded part of EC2's refusals, for DecodeAuthorizationMessage.
std::string encode_denial(std::string_view account, std::string_view arn, std::string_view action,
                          std::string_view resource);

}  // namespace local_cloud
