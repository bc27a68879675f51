// Decides who a request is from, or how the service words its refusal.
#pragma once

#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/http.h"
#include "tests/local_cloud/refusal.h"
#include "tests/local_cloud/signature.h"

namespace local_cloud {

struct Authenticated {
  Key key;
  std::string body;  // without the framing of a chunked upload (aws-chunked)
};

// Throws ApiError. Signatures are good for 5 minutes each way, S3's for 15; a presigned request for
// as long as it says.
Authenticated authenticate(const Request& request, const Signed& made, Flavour flavour,
                           const Accounts& accounts, Time now);

}  // namespace local_cloud
