// The body of a chunked upload: "hex-size[;chunk-signature=…]\r\n data \r\n" … "0…" and trailers.
// S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in
// Multiple Chunks", and the same with trailing headers.
#pragma once

#include <string>
#include <string_view>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/signature.h"

namespace local_cloud {

// The data. `payload` is the value of x-amz-content-sha256: chunk signatures and the trailer's are
// checked where it says that there are any, a trailing checksum always. Throws ApiError.
std::string decode_aws_chunked(const Request& request, const Signed& made,
                               std::string_view signing_key, std::string_view payload);

}  // namespace local_cloud
