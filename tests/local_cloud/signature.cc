#include "tests/local_cloud/signature.h"

#include <algorithm>

#include "agent/base/digest.h"
#include "agent/base/text.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using agent::base::hmac_sha256;
using agent::base::lower;
using agent::base::percent_encode;
using agent::base::sha256_hex;
using agent::base::split;

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

// "AKID/20260102/us-east-1/sts/aws4_request": a key id may not contain a slash, so five parts.
bool read_credential(std::string_view credential, Signed& into) {
  const auto parts = split(credential, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request") return false;
  into.access_key = parts[0];
  into.date = parts[1];
  into.region = parts[2];
  into.service = parts[3];
  return true;
}

std::expected<std::optional<Signed>, std::string> read_header(const Request& request,
                                                              std::string_view authorization) {
  Pairs fields;
  for (const auto& field : split(authorization.substr(algorithm.size()), ',')) {
    const auto equals = field.find('=');
    if (equals == field.npos) {
      return std::unexpected(
          cat("'", field,
              "' not a valid key=value pair (missing equal-sign) in Authorization header: '",
              authorization, "'."));
    }
    fields.emplace_back(field.substr(0, equals), field.substr(equals + 1));
  }
  for (const auto* name : {"Credential", "Signature", "SignedHeaders"}) {
    if (find(fields, name).empty()) {
      return std::unexpected(cat("Authorization header requires '", name,
                                 "' parameter. Authorization=", authorization));
    }
  }
  Signed made{.headers = split(find(fields, "SignedHeaders"), ';'),
              .signature = find(fields, "Signature"),
              .token = header(request.headers, "x-amz-security-token"),
              .time = header(request.headers, "x-amz-date")};
  if (made.time.empty()) made.time = header(request.headers, "date");
  if (!read_credential(find(fields, "Credential"), made)) {
    return std::unexpected(
        cat("Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term, got '",
            find(fields, "Credential"), "'"));
  }
  if (made.time.empty()) {
    return std::unexpected(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  return made;
}

std::expected<std::optional<Signed>, std::string> read_query(const Pairs& query) {
  for (const auto* name : {"X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders",
                           "X-Amz-Signature", "X-Amz-Expires"}) {
    if (find(query, name).empty()) {
      return std::unexpected(cat("AWS query-string parameters must include '", name, "'."));
    }
  }
  Signed made{.headers = split(find(query, "X-Amz-SignedHeaders"), ';'),
              .signature = find(query, "X-Amz-Signature"),
              .token = find(query, "X-Amz-Security-Token"),
              .time = find(query, "X-Amz-Date"),
              .presigned = true,
              .expires = find(query, "X-Amz-Expires")};
  if (!read_credential(find(query, "X-Amz-Credential"), made)) {
    return std::unexpected(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed.");
  }
  return made;
}

// Empty segments and "." go, ".." takes its parent along (RFC 3986, 5.2.4); a slash at the end
// stays.
std::string normalise(std::string_view path) {
  std::vector<std::string_view> kept;
  bool folder = true;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto segment = path.substr(begin, end - begin);
    folder = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!folder) kept.push_back(segment);
    begin = end + 1;
  }
  std::string result;
  for (const auto segment : kept) result.append("/").append(segment);
  return folder || result.empty() ? result + "/" : result;
}

std::string canonical_path(std::string_view path, PathRule rule) {
  if (path.empty()) return "/";
  return rule == PathRule::normalised ? percent_encode(normalise(path), "/")
                                      : percent_encode(percent_decode(path), "/");
}

std::string canonical_query(std::string_view query) {
  Pairs encoded;
  for (const auto& [name, value] : query_pairs(query)) {
    if (name != "X-Amz-Signature")
      encoded.emplace_back(percent_encode(name), percent_encode(value));
  }
  std::ranges::sort(encoded);
  std::string result;
  for (const auto& [name, value] : encoded) {
    result += cat(result.empty() ? "" : "&", name, '=', value);
  }
  return result;
}

// Blanks around go, blanks in a row become one.
std::string canonical_value(std::string_view value) {
  std::string result;
  for (const auto c : agent::base::trim(value)) {
    const auto blank = c == ' ' || c == '\t';
    if (!blank || !result.ends_with(' ')) result += blank ? ' ' : c;
  }
  return result;
}

}  // namespace

std::string Signed::scope() const {
  return cat(date, '/', region, '/', service, "/aws4_request");
}

std::expected<std::optional<Signed>, std::string> read_signature(const Request& request) {
  const auto authorization = header(request.headers, "authorization");
  if (authorization.starts_with(algorithm)) return read_header(request, authorization);
  if (!authorization.empty()) {
    return std::unexpected(cat("Unsupported authorization type: '",
                               authorization.substr(0, authorization.find(' ')), "'."));
  }
  const auto query = query_pairs(split_target(request.target).query);
  const auto named = find(query, "X-Amz-Algorithm");
  if (named.empty()) return std::nullopt;
  if (named != algorithm) return std::unexpected(cat("Unsupported X-Amz-Algorithm '", named, "'."));
  return read_query(query);
}

std::string canonical_request(const Request& request, const Signed& made, PathRule path,
                              std::string_view payload_hash) {
  const auto target = split_target(request.target);
  std::string headers;
  for (const auto& name : made.headers) {
    headers += cat(lower(name), ':', canonical_value(header(request.headers, name)), '\n');
  }
  return cat(request.method, '\n', canonical_path(target.path, path), '\n',
             canonical_query(target.query), '\n', headers, '\n',
             lower(agent::base::join(made.headers, ";")), '\n', payload_hash);
}

std::string string_to_sign(const Signed& made, std::string_view canonical_request) {
  return cat(algorithm, '\n', made.time, '\n', made.scope(), '\n', sha256_hex(canonical_request));
}

std::string signing_key(std::string_view secret, const Signed& made) {
  const auto date = hmac_sha256(cat("AWS4", secret), made.date);
  return hmac_sha256(hmac_sha256(hmac_sha256(date, made.region), made.service), "aws4_request");
}

std::string sign(std::string_view signing_key, std::string_view string_to_sign) {
  return agent::base::hex(hmac_sha256(signing_key, string_to_sign));
}

}  // namespace local_cloud
