// Checksums of S3 objects: MD5 (ETag, Content-MD5) and the additional ones that newer SDKs send by
// themselves (x-amz-checksum-crc32, -crc32c, -crc64nvme, -sha1, -sha256). S3 User Guide, "Checking
// object integrity".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/local_cloud/http.h"

namespace local_cloud {

std::string base64(std::string_view bytes);  // RFC 4648, 4
std::optional<std::string> from_base64(std::string_view text);
std::string md5(std::string_view data);  // 16 raw bytes

// Base64 of the named one ("crc32"); nothing when there is no such algorithm.
std::optional<std::string> checksum(std::string_view algorithm, std::string_view data);

// Throws ApiError (BadDigest, InvalidRequest) when an x-amz-checksum-* header is not that of the
// data.
void check_checksums(const HeaderMap& headers, std::string_view data);

}  // namespace local_cloud
