// AWS Signature Version 4 as the service sees it: takes a request apart and works out the signature
// that it should carry. Written from "Signature Version 4 signing process" (AWS General Reference /
// IAM User Guide) and, for S3's own rules and signed chunks, "Authenticating Requests" (Amazon S3
// API Reference). Pure; knows nothing of keys or accounts.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

// What a request says of its own signature.
struct Signed {
  std::string access_key;
  std::string date;  // the scope's: yyyymmdd
  std::string region;
  std::string service;
  std::vector<std::string> headers;  // lower case, sorted
  std::string signature;
  std::string token;  // of a temporary key; "" when there is none
  std::string time;   // yyyymmddThhmmssZ
  bool presigned = false;
  std::string expires;  // seconds, of a presigned request

  std::string scope() const;  // "date/region/service/aws4_request"
};

// Nothing when the request carries no signature at all; a sentence when it is one that cannot be
// understood.
std::expected<std::optional<Signed>, std::string> read_signature(const Request& request);

// S3 signs the path as it is, encoded once; all others normalise it and encode it twice.
enum class PathRule { as_it_is, normalised };

std::string canonical_request(const Request& request, const Signed& made, PathRule path,
                              std::string_view payload_hash);
std::string string_to_sign(const Signed& made, std::string_view canonical_request);
std::string signing_key(std::string_view secret, const Signed& made);
std::string sign(std::string_view signing_key, std::string_view string_to_sign);  // hex

}  // namespace local_cloud
