#include "agent/pipeline/artifact_calls.h"

#include "agent/base/digest.h"
#include "agent/base/text.h"

namespace agent::pipeline {
namespace {

aws::Call call(std::string operation, std::string method, const Artifact& artifact,
               boost::json::object headers, std::string body) {
  return {.service = "s3",
          .operation = std::move(operation),
          .params = {},
          .rest = aws::Rest{.method = std::move(method),
                            .path = '/' + base::percent_encode(artifact.key, "/"),
                            .query = {},
                            .headers = std::move(headers),
                            .body = std::move(body),
                            .bucket = artifact.bucket}};
}

}  // namespace

aws::Call get_artifact(const Artifact& artifact, std::uint64_t offset, std::uint64_t size,
                       const std::string& etag) {
  boost::json::object headers{{"Range", base::cat("bytes=", offset, '-', offset + size - 1)}};
  if (!etag.empty()) headers["If-Match"] = etag;
  return call("GetObject", "GET", artifact, std::move(headers), "");
}

aws::Call put_artifact(const Artifact& artifact, const std::string& encryption_key,
                       std::string bytes) {
  boost::json::object headers{{"Content-Type", "application/zip"},
                              {"x-amz-server-side-encryption", "aws:kms"},
                              {"x-amz-checksum-sha256", base::base64(base::sha256(bytes))}};
  if (!encryption_key.empty()) {
    headers["x-amz-server-side-encryption-aws-kms-key-id"] = encryption_key;
  }
  return call("PutObject", "PUT", artifact, std::move(headers), std::move(bytes));
}

}  // namespace agent::pipeline
