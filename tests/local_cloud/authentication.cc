#include "tests/local_cloud/authentication.h"

#include <algorithm>
#include <charconv>

#include "agent/base/digest.h"
#include "agent/base/text.h"
#include "tests/local_cloud/aws_chunked.h"
#include "tests/local_cloud/detailed_error.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds longest_presigned{7 * 24 * 3600};

struct Check {
  const Request& request;
  const Signed& made;
  Flavour flavour;
  Time now;

  bool s3() const { return flavour == Flavour::s3; }
};

const Key& known_key(const Check& check, const Accounts& accounts) {
  const auto* key = accounts.find(check.made.access_key);
  if (key == nullptr) {
    const auto error = refuse(check.flavour, Refusal::unknown_key);
    throw DetailedError(error, {{"AWSAccessKeyId", check.made.access_key}});
  }
  if (key->token != check.made.token) throw refuse(check.flavour, Refusal::bad_token);
  if (key->expiry && *key->expiry <= check.now) throw refuse(check.flavour, Refusal::expired_token);
  return *key;
}

void refuse_skew(const Check& check, Time signed_at) {
  const auto allowed = minutes(check.s3() ? 15 : 5);
  const auto oldest = check.now - allowed;
  const auto newest = check.now + allowed;
  if (signed_at >= oldest && signed_at <= newest) return;
  const auto late = signed_at < oldest;
  const auto kind = late ? Refusal::signature_expired : Refusal::signature_early;
  if (check.s3()) {
    throw DetailedError(refuse(check.flavour, kind), {{"RequestTime", check.made.time},
                                                      {"ServerTime", iso8601(check.now)},
                                                      {"MaxAllowedSkewMilliseconds", "900000"}});
  }
  throw refuse(check.flavour, kind,
               late ? cat("Signature expired: ", check.made.time, " is now earlier than ",
                          compact(oldest), " (", compact(check.now), " - 5 min.)")
                    : cat("Signature not yet current: ", check.made.time, " is still later than ",
                          compact(newest), " (", compact(check.now), " + 5 min.)"));
}

void check_presigned_age(const Check& check, Time signed_at) {
  const auto& text = check.made.expires;
  std::int64_t count = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0 ||
      count > longest_presigned.count()) {
    throw ApiError(400, "AuthorizationQueryParametersError",
                   "X-Amz-Expires must be less than a week (in seconds); that is, the given "
                   "X-Amz-Expires must be less than 604800 seconds");
  }
  if (signed_at > check.now + minutes(15))
    throw ApiError(403, "AccessDenied", "Request is not valid yet");
  if (check.now <= signed_at + seconds(count)) return;
  throw DetailedError(ApiError(403, "AccessDenied", "Request has expired"),
                      {{"X-Amz-Expires", text},
                       {"Expires", iso8601(signed_at + seconds(count))},
                       {"ServerTime", iso8601(check.now)}});
}

void check_time(const Check& check) {
  auto signed_at = parse_compact(check.made.time);
  if (!signed_at) signed_at = parse_http_date(check.made.time);
  if (!signed_at) {
    throw refuse(check.flavour, Refusal::incomplete_signature,
                 cat("Date must be in ISO-8601 'basic format'. Got '", check.made.time,
                     "'. See http://en.wikipedia.org/wiki/ISO_8601"));
  }
  if (check.made.date != check.made.time.substr(0, 8) && check.made.time.size() == 16) {
    throw refuse(
        check.flavour, Refusal::wrong_scope,
        cat("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
            "from HTTP: '",
            check.made.date, "' != '", check.made.time.substr(0, 8), "', from '", check.made.time,
            "'."));
  }
  if (check.made.presigned) return check_presigned_age(check, *signed_at);
  refuse_skew(check, *signed_at);
}

void check_signed_headers(const Check& check) {
  const auto& names = check.made.headers;
  const auto covers = [&](std::string_view name) {
    return std::ranges::find(names, agent::base::lower(name)) != names.end();
  };
  if (!covers("host")) {
    throw refuse(check.flavour, Refusal::incomplete_signature,
                 "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (!check.s3()) return;
  for (const auto& [name, value] : check.request.headers) {
    if (agent::base::lower(name).starts_with("x-amz-") && !covers(name)) {
      throw DetailedError(
          ApiError(403, "AccessDenied",
                   "There were headers present in the request which were not signed"),
          {{"HeadersNotSigned", agent::base::lower(name)}});
    }
  }
}

// What the client signed in the place of the body's hash; a hash must be the right one.
std::string payload_hash(const Check& check) {
  if (!check.s3()) return agent::base::sha256_hex(check.request.body);
  if (check.made.presigned) return "UNSIGNED-PAYLOAD";
  const auto claimed = header(check.request.headers, "x-amz-content-sha256");
  if (claimed.empty()) {
    throw ApiError(400, "InvalidRequest",
                   "Missing required header for this request: x-amz-content-sha256");
  }
  if (claimed == "UNSIGNED-PAYLOAD" || claimed.starts_with("STREAMING-")) return claimed;
  const auto actual = agent::base::sha256_hex(check.request.body);
  if (claimed == actual) return claimed;
  throw DetailedError(
      ApiError(400, "XAmzContentSHA256Mismatch",
               "The provided 'x-amz-content-sha256' header does not match what was computed."),
      {{"ClientComputedContentSHA256", claimed}, {"S3ComputedContentSHA256", actual}});
}

void check_signature(const Check& check, const Key& key, std::string_view hash) {
  const auto rule = check.s3() ? PathRule::as_it_is : PathRule::normalised;
  const auto canonical = canonical_request(check.request, check.made, rule, hash);
  const auto to_sign = string_to_sign(check.made, canonical);
  if (sign(signing_key(key.secret, check.made), to_sign) == check.made.signature) return;
  auto text = std::string();
  if (check.flavour == Flavour::query || check.flavour == Flavour::json) {
    text = cat(refuse(check.flavour, Refusal::signature_mismatch).what(),
               "\n\nThe Canonical String for this request should have been\n'", canonical,
               "'\n\nThe String-to-Sign should have been\n'", to_sign, "'\n");
  }
  throw DetailedError(refuse(check.flavour, Refusal::signature_mismatch, text),
                      {{"AWSAccessKeyId", key.id},
                       {"StringToSign", to_sign},
                       {"SignatureProvided", check.made.signature},
                       {"CanonicalRequest", canonical}});
}

}  // namespace

Authenticated authenticate(const Request& request, const Signed& made, Flavour flavour,
                           const Accounts& accounts, Time now) {
  const Check check{request, made, flavour, now};
  const auto& key = known_key(check, accounts);
  check_time(check);
  check_signed_headers(check);
  const auto hash = payload_hash(check);
  check_signature(check, key, hash);
  if (!hash.starts_with("STREAMING-")) return {key, request.body};
  return {key, decode_aws_chunked(request, made, signing_key(key.secret, made), hash)};
}

}  // namespace local_cloud
