#include "tests/local_cloud/refusal.h"

#include <array>

namespace local_cloud {

namespace {

struct Words {
  int status;
  const char* code;
  const char* text;
};

struct Row {
  Refusal refusal;
  std::array<Words, 4> words;  // by Flavour
};

constexpr auto not_validated = "AWS was not able to validate the provided access credentials";
constexpr auto invalid_token = "The security token included in the request is invalid.";
constexpr auto expired_token = "The security token included in the request is expired";
constexpr auto mismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";
constexpr auto s3_mismatch =
    "The request signature we calculated does not match the signature you provided. Check your key "
    "and signing method.";
constexpr auto s3_skew =
    "The difference between the request time and the current time is too large.";
constexpr auto internal = "An internal error has occurred";
constexpr auto s3_internal = "We encountered an internal error. Please try again.";
constexpr auto unavailable = "The service is unavailable. Please try again shortly.";

constexpr std::array<Row, 14> rows{{
    {Refusal::missing_authentication,
     {{{400, "MissingAuthenticationTokenException", "Missing Authentication Token"},
       {403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
       {400, "MissingAuthenticationToken",
        "The request must contain valid AWS access key ID or X.509 certificate"},
       {403, "AccessDenied", "Access Denied"}}}},
    {Refusal::incomplete_signature,
     {{{400, "IncompleteSignatureException", ""},
       {400, "IncompleteSignature", ""},
       {400, "IncompleteSignature", ""},
       {400, "AuthorizationHeaderMalformed", ""}}}},
    {Refusal::unknown_key,
     {{{400, "UnrecognizedClientException", invalid_token},
       {403, "InvalidClientTokenId", "The security token included in the request is invalid"},
       {401, "AuthFailure", not_validated},
       {403, "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records."}}}},
    {Refusal::bad_token,
     {{{400, "UnrecognizedClientException", invalid_token},
       {403, "InvalidClientTokenId", "The security token included in the request is invalid"},
       {401, "AuthFailure", not_validated},
       {400, "InvalidToken", "The provided token is malformed or otherwise invalid."}}}},
    {Refusal::expired_token,
     {{{400, "ExpiredTokenException", expired_token},
       {403, "ExpiredToken", expired_token},
       {400, "RequestExpired", "Request has expired."},
       {400, "ExpiredToken", "The provided token has expired."}}}},
    {Refusal::signature_mismatch,
     {{{400, "InvalidSignatureException", mismatch},
       {403, "SignatureDoesNotMatch", mismatch},
       {401, "AuthFailure", not_validated},
       {403, "SignatureDoesNotMatch", s3_mismatch}}}},
    {Refusal::signature_expired,
     {{{400, "InvalidSignatureException", ""},
       {403, "SignatureDoesNotMatch", ""},
       {400, "RequestExpired", "Request has expired."},
       {403, "RequestTimeTooSkewed", s3_skew}}}},
    {Refusal::signature_early,
     {{{400, "InvalidSignatureException", ""},
       {403, "SignatureDoesNotMatch", ""},
       {401, "AuthFailure", not_validated},
       {403, "RequestTimeTooSkewed", s3_skew}}}},
    {Refusal::wrong_scope,
     {{{400, "InvalidSignatureException", ""},
       {403, "SignatureDoesNotMatch", ""},
       {401, "AuthFailure", not_validated},
       {400, "AuthorizationHeaderMalformed", ""}}}},
    {Refusal::denied,
     {{{400, "AccessDeniedException", ""},
       {403, "AccessDenied", ""},
       {403, "UnauthorizedOperation", ""},
       {403, "AccessDenied", "Access Denied"}}}},
    {Refusal::throttled,
     {{{400, "ThrottlingException", "Rate exceeded"},
       {400, "Throttling", "Rate exceeded"},
       {503, "RequestLimitExceeded", "Request limit exceeded."},
       {503, "SlowDown", "Please reduce your request rate."}}}},
    {Refusal::internal,
     {{{500, "InternalFailure", internal},
       {500, "InternalFailure", internal},
       {500, "InternalError", internal},
       {500, "InternalError", s3_internal}}}},
    {Refusal::unavailable,
     {{{503, "ServiceUnavailable", unavailable},
       {503, "ServiceUnavailable", unavailable},
       {503, "Unavailable", unavailable},
       {503, "ServiceUnavailable", "Service is unable to handle request."}}}},
    {Refusal::unknown_operation,
     {{{400, "UnknownOperationException", ""},
       {400, "InvalidAction", ""},
       {400, "InvalidAction", ""},
       {405, "MethodNotAllowed", "The specified method is not allowed against this resource."}}}},
}};

}  // namespace

ApiError refuse(Flavour flavour, Refusal refusal, std::string_view detail) {
  for (const auto& row : rows) {
    if (row.refusal != refusal) continue;
    const auto& words = row.words[static_cast<std::size_t>(flavour)];
    // EC2's texts about credentials and S3's about skew are fixed; the others tell the detail.
    const auto fixed = (flavour == Flavour::ec2 || flavour == Flavour::s3) && *words.text != 0 &&
                       refusal != Refusal::denied;
    return {words.status, words.code, fixed || detail.empty() ? words.text : std::string(detail)};
  }
  return {500, "InternalFailure", internal};
}

}  // namespace local_cloud
