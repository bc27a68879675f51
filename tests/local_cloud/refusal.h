// What every service refuses in the same way but words differently: authentication, permission,
// throttling, outages. One table says status, code and text for each kind of protocol.
//
// Sources: "Common errors" of the API references, EC2 "Error codes for the Amazon EC2 API", S3
// "Error responses"; the wordings are those that the services are known to answer with.
#pragma once

#include <string>
#include <string_view>

#include "tests/local_cloud/service.h"

namespace local_cloud {

enum class Flavour { json, query, ec2, s3 };

enum class Refusal {
  missing_authentication,
  incomplete_signature,
  unknown_key,
  bad_token,
  expired_token,
  signature_mismatch,
  signature_expired,
  signature_early,
  wrong_scope,
  denied,
  throttled,
  internal,
  unavailable,
  unknown_operation,
};

// `detail` replaces the table's text where it is given.
ApiError refuse(Flavour flavour, Refusal refusal, std::string_view detail = "");

}  // namespace local_cloud
