// What S3's operations have in common when they read and answer.
#pragma once

#include <string>
#include <string_view>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/s3_bucket.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

std::string param(const Call& call, std::string_view name);  // "" when absent

// The answer's XML, the root with S3's namespace.
Response s3_xml(std::string_view root, std::string_view inner);

// Where the bucket keeps versions: x-amz-version-id.
void say_version(Response& response, const Bucket& bucket, const ObjectVersion& version);

}  // namespace local_cloud
