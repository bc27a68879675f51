// A bucket's policy, as far as CodePipeline's default one goes: statements that deny everybody an
// action, on conditions about the encryption of what is put (StringNotEquals
// s3:x-amz-server-side-encryption) and of the connection (Bool aws:SecureTransport).
//
// Statements that allow are kept and change nothing: a bucket's account may do everything. Source:
// CodePipeline user guide, "Configure server-side encryption for artifacts stored in Amazon S3";
// IAM user guide, "Condition operators", "Policy evaluation logic".
#pragma once

#include <string>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/s3_bucket.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

// Throws ApiError for what is no policy, and for what would deny in a way that is not known here.
void check_bucket_policy(std::string_view policy);

// Throws ApiError when the bucket's policy denies the call. `action`: "s3:PutObject".
void refuse_what_policy_denies(const Bucket& bucket, const Request& request, const Call& call,
                               std::string_view action, bool is_secure);

}  // namespace local_cloud
