// S3's REST protocol: which operation on which bucket and key a request is, and errors as XML.
// Amazon S3 API Reference 2006-03-01, "Operations", "Error responses", "Virtual hosting of
// buckets".
#pragma once

#include <memory>

#include "tests/local_cloud/protocol.h"

namespace local_cloud {

// Decoded::params are "Bucket" and "Key" where they are addressed, and the query's parameters.
std::unique_ptr<Protocol> s3_protocol();

// The permission that an operation asks for ("GetObject" for HeadObject).
std::string s3_action(std::string_view operation);

}  // namespace local_cloud
