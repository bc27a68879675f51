// canonical request -> string to sign -> signature, as AWS's guide names the steps. S3 differs in
// two things: its paths are neither normalised nor encoded a second time, and the hash of the body
// is a header as well.
#include "agent/aws/sigv4.h"

#include <algorithm>
#include <map>
#include <vector>

#include "agent/base/digest.h"
#include "agent/base/text.h"
#include "agent/base/time_text.h"

namespace agent::aws {
namespace {

using base::cat;

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

struct Url {
  std::string_view scheme, authority, path, query;
};

Url parts_of(std::string_view url) {
  Url parts;
  const auto scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) {
    parts.scheme = url.substr(0, scheme_end);
    url.remove_prefix(scheme_end + 3);
  }
  url = url.substr(0, url.find('#'));
  const auto authority_end = std::min(url.find_first_of("/?"), url.size());
  parts.authority = url.substr(0, authority_end);
  url.remove_prefix(authority_end);
  const auto path_end = std::min(url.find('?'), url.size());
  parts.path = url.substr(0, path_end);
  if (path_end < url.size()) parts.query = url.substr(path_end + 1);
  return parts;
}

bool is_s3(const Scope& scope) {
  return scope.signing_name == "s3";
}

// Without empty, "." and ".." segments; a slash at the end stays.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto segment = path.substr(start, end - start);
    start = end + 1;
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  std::string result;
  for (const auto segment : segments) result += cat('/', segment);
  return result.empty() || path.ends_with('/') ? result + '/' : result;
}

std::string canonical_path(std::string_view path, const Scope& scope) {
  if (path.empty()) return "/";
  if (is_s3(scope)) return std::string(path);
  return base::percent_encode(normalized(path), "/");
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  while (!query.empty()) {
    const auto field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    const auto equals = std::min(field.find('='), field.size());
    if (field.empty()) continue;
    fields.emplace_back(field.substr(0, equals),
                        equals < field.size() ? field.substr(equals + 1) : std::string_view());
  }
  std::ranges::sort(fields);
  std::string result;
  for (const auto& [name, value] : fields) {
    if (!result.empty()) result += '&';
    result += cat(name, '=', value);
  }
  return result;
}

// Runs of blanks become one.
std::string canonical_value(std::string_view value) {
  std::string result;
  for (const char c : base::trim(value)) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && result.ends_with(' ')) continue;
    result += blank ? ' ' : c;
  }
  return result;
}

// Proxies and tracing may change these, so a signature over them would break.
bool is_signed(std::string_view lower_name) {
  return lower_name != "authorization" && lower_name != "user-agent" && lower_name != "expect" &&
         lower_name != "x-amzn-trace-id" && lower_name != "connection";
}

std::map<std::string, std::string> signed_headers(const http::Request& request) {
  std::map<std::string, std::string> result;
  for (const auto& [name, value] : request.headers) {
    auto key = base::lower(name);
    if (!is_signed(key)) continue;
    auto [place, is_new] = result.try_emplace(std::move(key), canonical_value(value));
    if (!is_new) place->second += cat(',', canonical_value(value));
  }
  result.try_emplace("host", host_of(request.url));
  return result;
}

std::string names_of(const std::map<std::string, std::string>& headers) {
  std::string result;
  for (const auto& [name, value] : headers) {
    if (!result.empty()) result += ';';
    result += name;
  }
  return result;
}

std::string payload_hash(const http::Request& request) {
  const auto given = request.headers.get("X-Amz-Content-Sha256");
  return given.empty() ? base::sha256_hex(request.body) : given;
}

std::string signing_key(const Keys& keys, const std::string& date, const Scope& scope) {
  const auto day = base::hmac_sha256(cat("AWS4", keys.secret.reveal()), date);
  const auto region = base::hmac_sha256(day, scope.region);
  const auto service = base::hmac_sha256(region, scope.signing_name);
  return base::hmac_sha256(service, "aws4_request");
}

}  // namespace

std::string host_of(std::string_view url) {
  const auto parts = parts_of(url);
  auto host = base::lower(parts.authority);
  const std::string_view own_port = parts.scheme == "http" ? ":80" : ":443";
  if (host.ends_with(own_port)) host.resize(host.size() - own_port.size());
  return host;
}

std::string canonical_request(const http::Request& request, const Scope& scope) {
  const auto url = parts_of(request.url);
  const auto headers = signed_headers(request);
  std::string lines;
  for (const auto& [name, value] : headers) lines += cat(name, ':', value, '\n');
  return cat(request.method, '\n', canonical_path(url.path, scope), '\n',
             canonical_query(url.query), '\n', lines, '\n', names_of(headers), '\n',
             payload_hash(request));
}

void sign(http::Request& request, const Keys& keys, const Scope& scope, base::TimePoint now) {
  const auto date = base::compact_date(now);
  const auto time = cat(date, 'T', base::compact_time(now), 'Z');
  request.headers.set("X-Amz-Date", time);
  if (!keys.session_token.empty()) {
    request.headers.set("X-Amz-Security-Token", keys.session_token.reveal());
  }
  if (is_s3(scope)) request.headers.set("X-Amz-Content-Sha256", payload_hash(request));
  const auto credential_scope =
      cat(date, '/', scope.region, '/', scope.signing_name, "/aws4_request");
  const auto to_sign = cat(algorithm, '\n', time, '\n', credential_scope, '\n',
                           base::sha256_hex(canonical_request(request, scope)));
  const auto signature = base::hex(base::hmac_sha256(signing_key(keys, date, scope), to_sign));
  request.headers.set(
      "Authorization",
      cat(algorithm, " Credential=", keys.access_key, '/', credential_scope,
          ", SignedHeaders=", names_of(signed_headers(request)), ", Signature=", signature));
}

}  // namespace agent::aws
