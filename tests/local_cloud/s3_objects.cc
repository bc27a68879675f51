// Putting, reading and deleting objects.
#include <algorithm>
#include <array>
#include <charconv>

#include "agent/base/text.h"
#include "tests/local_cloud/checksum.h"
#include "tests/local_cloud/detailed_error.h"
#include "tests/local_cloud/s3_answer.h"
#include "tests/local_cloud/s3_operations.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using agent::base::lower;

constexpr std::array<std::string_view, 5> plain_headers{
    "cache-control", "content-disposition", "content-language", "content-type", "expires"};
constexpr std::array<std::string_view, 3> kept_prefixes{
    "x-amz-meta-", "x-amz-server-side-encryption", "x-amz-checksum-"};

bool is_kept(std::string_view name) {
  return std::ranges::find(plain_headers, name) != plain_headers.end() ||
         std::ranges::any_of(kept_prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

// "aws-chunked" is how it was sent, the rest how it is.
std::string content_encoding(const Request& request) {
  auto codings = agent::base::split(header(request.headers, "content-encoding"), ',');
  std::erase(codings, "aws-chunked");
  return agent::base::join(codings, ",");
}

HeaderMap headers_to_keep(const Request& request) {
  HeaderMap kept{{"content-type", "binary/octet-stream"},
                 {"x-amz-server-side-encryption", "AES256"}};
  for (const auto& [name, value] : request.headers) {
    if (is_kept(lower(name))) kept[lower(name)] = value;
  }
  if (const auto encoding = content_encoding(request); !encoding.empty()) {
    kept["content-encoding"] = encoding;
  }
  // A checksum that was sent behind the body, or only asked for.
  const auto trailer = lower(header(request.headers, "x-amz-trailer"));
  const auto asked = lower(header(request.headers, "x-amz-sdk-checksum-algorithm"));
  const auto algorithm = trailer.starts_with("x-amz-checksum-") ? trailer.substr(15) : asked;
  if (const auto sum = checksum(algorithm, request.body))
    kept["x-amz-checksum-" + algorithm] = *sum;
  return kept;
}

void check_body(const Request& request) {
  check_checksums(request.headers, request.body);
  const auto claimed = header(request.headers, "content-md5");
  if (claimed.empty()) return;
  const auto bytes = from_base64(claimed);
  if (!bytes || bytes->size() != 16) {
    throw ApiError(400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
  }
  if (*bytes != md5(request.body)) {
    throw DetailedError(
        ApiError(400, "BadDigest", "The Content-MD5 you specified did not match what we received."),
        {{"ExpectedDigest", claimed}, {"CalculatedDigest", base64(md5(request.body))}});
  }
}

// If-Match and If-None-Match of a write: never over something that is there, or only over it.
void check_may_write(const Request& request, const ObjectVersion* there) {
  if (there != nullptr && there->is_delete_marker) there = nullptr;
  const auto none = header(request.headers, "if-none-match");
  const auto match = header(request.headers, "if-match");
  if (!match.empty() && there == nullptr) {
    throw ApiError(404, "NoSuchKey", "The specified key does not exist.");
  }
  const auto fails = (none == "*" && there != nullptr) || (!match.empty() && match != there->etag);
  if (!fails) return;
  throw DetailedError(ApiError(412, "PreconditionFailed",
                               "At least one of the pre-conditions you specified did not hold"),
                      {{"Condition", none.empty() ? "If-Match" : "If-None-Match"}});
}

const ObjectVersion& wanted_version(const Call& call, const Bucket& bucket) {
  const auto key = param(call, "Key");
  const auto id = param(call, "versionId");
  const auto* newest = bucket.newest(key);
  if (id.empty()) {
    if (newest != nullptr && !newest->is_delete_marker) return *newest;
    HeaderMap headers;
    if (newest != nullptr)
      headers = {{"x-amz-delete-marker", "true"}, {"x-amz-version-id", newest->id}};
    throw DetailedError(ApiError(404, "NoSuchKey", "The specified key does not exist."),
                        {{"Key", key}}, headers);
  }
  if (newest != nullptr) {
    for (const auto& version : bucket.objects.at(key)) {
      if (version.id != id) continue;
      if (!version.is_delete_marker) return version;
      throw DetailedError(ApiError(405, "MethodNotAllowed",
                                   "The specified method is not allowed against this resource."),
                          {}, {{"x-amz-delete-marker", "true"}, {"x-amz-version-id", id}});
    }
  }
  throw DetailedError(ApiError(404, "NoSuchVersion", "The specified version does not exist."),
                      {{"Key", key}, {"VersionId", id}});
}

void check_may_read(const Request& request, const ObjectVersion& version) {
  const auto match = header(request.headers, "if-match");
  if (!match.empty() && match != "*" && match != version.etag) {
    throw DetailedError(ApiError(412, "PreconditionFailed",
                                 "At least one of the pre-conditions you specified did not hold"),
                        {{"Condition", "If-Match"}});
  }
  const auto none = header(request.headers, "if-none-match");
  if (none == "*" || none == version.etag) {
    throw DetailedError(ApiError(304, "NotModified", "Not Modified"), {}, {{"ETag", version.etag}});
  }
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return {};
  return value;
}

struct Range {
  std::size_t first;
  std::size_t last;
};

// RFC 9110, 14.1.2. Nothing for what is no single range of bytes: then the whole object is sent.
std::optional<Range> range_of(const std::string& text, std::size_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!text.starts_with(unit)) return {};
  const auto spec = std::string_view(text).substr(unit.size());
  const auto dash = spec.find('-');
  if (dash == spec.npos) return {};
  const auto first = number(spec.substr(0, dash));
  const auto last = number(spec.substr(dash + 1));
  std::optional<Range> range;
  if (first && *first < size && (last || dash + 1 == spec.size())) {
    range = Range{*first, std::min(last.value_or(size - 1), size - 1)};
  } else if (!first && dash == 0 && last && *last > 0 && size > 0) {
    range = Range{size - std::min(*last, size), size - 1};
  } else if (!first || (!last && dash + 1 != spec.size())) {
    if (dash != 0 || !last) return {};
  }
  if (range && range->first <= range->last) return range;
  if (range) return {};
  throw DetailedError(ApiError(416, "InvalidRange", "The requested range is not satisfiable"),
                      {{"RangeRequested", text}, {"ActualObjectSize", std::to_string(size)}},
                      {{"Content-Range", cat("bytes */", size)}});
}

}  // namespace

Response put_object(const Request& request, const Call& call, Bucket& bucket) {
  const auto key = param(call, "Key");
  if (key.size() > 1024) throw ApiError(400, "KeyTooLongError", "Your key is too long");
  check_body(request);
  check_may_write(request, bucket.newest(key));
  const auto& version = bucket.put(key, {.modified = call.now,
                                         .etag = cat('"', agent::base::hex(md5(request.body)), '"'),
                                         .headers = headers_to_keep(request),
                                         .body = request.body});
  Response response{.headers = {{"ETag", version.etag}}};
  for (const auto& [name, value] : version.headers) {
    if (name.starts_with("x-amz-server-side-encryption") || name.starts_with("x-amz-checksum-")) {
      response.headers[name] = value;
    }
  }
  say_version(response, bucket, version);
  return response;
}

Response get_object(const Request& request, const Call& call, Bucket& bucket) {
  const auto& version = wanted_version(call, bucket);
  check_may_read(request, version);
  Response response{.headers = {{"ETag", version.etag},
                                {"Last-Modified", http_date(version.modified)},
                                {"Accept-Ranges", "bytes"}}};
  const auto range = range_of(header(request.headers, "range"), version.body.size());
  // A checksum is of the whole object, so it does not go with a part of it.
  const auto sums = header(request.headers, "x-amz-checksum-mode") == "ENABLED" && !range;
  for (const auto& [name, value] : version.headers) {
    if (sums || !name.starts_with("x-amz-checksum-")) response.headers[name] = value;
  }
  say_version(response, bucket, version);
  response.body = version.body;
  if (range) {
    response.status = 206;
    response.headers["Content-Range"] =
        cat("bytes ", range->first, '-', range->last, '/', version.body.size());
    response.body = version.body.substr(range->first, range->last - range->first + 1);
  }
  // Said here because HeadObject's answer loses its body.
  response.headers["Content-Length"] = std::to_string(response.body.size());
  return response;
}

Response delete_object(const Request&, const Call& call, Bucket& bucket) {
  Response response{.status = 204};
  const auto key = param(call, "Key");
  const auto id = param(call, "versionId");
  if (!id.empty()) {
    const auto removed = bucket.remove(key, id);
    response.headers["x-amz-version-id"] = id;
    if (removed && removed->is_delete_marker) response.headers["x-amz-delete-marker"] = "true";
    return response;
  }
  if (bucket.versioning == Versioning::never) {
    bucket.remove(key, "null");
    return response;
  }
  const auto& marker = bucket.put(key, {.is_delete_marker = true, .modified = call.now});
  response.headers["x-amz-version-id"] = marker.id;
  response.headers["x-amz-delete-marker"] = "true";
  return response;
}

}  // namespace local_cloud
