// AWS Signature Version 4 in the Authorization header. Pure: the same request, keys and time give
// the same signature. Source: AWS IAM User Guide, "AWS Signature Version 4 for API requests".
#pragma once

#include <string>

#include "agent/aws/keys.h"
#include "agent/base/clock.h"
#include "agent/http/message.h"

namespace agent::aws {

struct Scope {
  std::string region;
  std::string signing_name;
};

// Adds X-Amz-Date, X-Amz-Security-Token where there is a session token, Authorization, and for S3
// X-Amz-Content-Sha256 unless it is there. All headers present are signed but those that change on
// the way. The URL is taken as it is: path and query already percent-encoded (RFC 3986).
void sign(http::Request& request, const Keys& keys, const Scope& scope, base::TimePoint now);

// What is hashed into the signature: for tests, and to compare with what a service says it saw.
std::string canonical_request(const http::Request& request, const Scope& scope);

// Host header of a URL: without a port that is the scheme's own.
std::string host_of(std::string_view url);

}  // namespace agent::aws
