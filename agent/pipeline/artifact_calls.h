// The two calls of S3 that artifacts need. Source: Amazon S3 API Reference, GetObject, PutObject.
#pragma once

#include <cstdint>
#include <string>

#include "agent/aws/call.h"
#include "agent/pipeline/job.h"

namespace agent::pipeline {

// `size` bytes from `offset` on, or as many as there are. With an ETag: of that object and no
// other.
aws::Call get_artifact(const Artifact& artifact, std::uint64_t offset, std::uint64_t size,
                       const std::string& etag);

// With the server-side encryption that CodePipeline's bucket policy asks for: of the key, or of
// aws/s3 where it is "". The checksum lets S3 refuse what was spoilt on the way.
aws::Call put_artifact(const Artifact& artifact, const std::string& encryption_key,
                       std::string bytes);

}  // namespace agent::pipeline
