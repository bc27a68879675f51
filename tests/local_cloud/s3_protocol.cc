#include "tests/local_cloud/s3_protocol.h"

#include <array>

#include "agent/base/text.h"
#include "tests/local_cloud/checksum.h"
#include "tests/local_cloud/detailed_error.h"
#include "tests/local_cloud/xml.h"

namespace local_cloud {

namespace {

using agent::base::cat;

enum class Level { service, bucket, object };

struct Route {
  std::string_view method;
  Level level;
  std::string_view mark;  // parameter of the query that tells it from the others
  std::string_view operation;
  std::string_view action;  // where the permission is called otherwise
};

// The first that fits; those with a mark come before those without.
constexpr std::array routes{
    Route{"GET", Level::service, "", "ListBuckets", "ListAllMyBuckets"},
    Route{"GET", Level::bucket, "location", "GetBucketLocation", ""},
    Route{"GET", Level::bucket, "versioning", "GetBucketVersioning", ""},
    Route{"PUT", Level::bucket, "versioning", "PutBucketVersioning", ""},
    Route{"GET", Level::bucket, "policy", "GetBucketPolicy", ""},
    Route{"PUT", Level::bucket, "policy", "PutBucketPolicy", ""},
    Route{"DELETE", Level::bucket, "policy", "DeleteBucketPolicy", ""},
    Route{"GET", Level::bucket, "versions", "ListObjectVersions", "ListBucketVersions"},
    Route{"GET", Level::bucket, "list-type", "ListObjectsV2", "ListBucket"},
    Route{"GET", Level::bucket, "", "ListObjects", "ListBucket"},
    Route{"PUT", Level::bucket, "", "CreateBucket", ""},
    Route{"HEAD", Level::bucket, "", "HeadBucket", "ListBucket"},
    Route{"DELETE", Level::bucket, "", "DeleteBucket", ""},
    Route{"PUT", Level::object, "", "PutObject", ""},
    Route{"GET", Level::object, "", "GetObject", ""},
    Route{"HEAD", Level::object, "", "HeadObject", "GetObject"},
    Route{"DELETE", Level::object, "", "DeleteObject", ""},
};

// Parameters that ask for a part of S3 which is not here: never mistaken for the plain operation.
constexpr std::array<std::string_view, 22> elsewhere{
    "accelerate",   "acl",         "analytics",         "attributes",
    "cors",         "delete",      "encryption",        "inventory",
    "legal-hold",   "lifecycle",   "logging",           "metrics",
    "notification", "object-lock", "ownershipControls", "publicAccessBlock",
    "replication",  "retention",   "tagging",           "uploadId",
    "uploads",      "website"};

struct Address {
  std::string bucket;
  std::string key;
  Level level() const {
    return bucket.empty() ? Level::service : key.empty() ? Level::bucket : Level::object;
  }
};

// "bucket" of "bucket.s3.eu-west-1.amazonaws.com" and "bucket.localhost:8080"; "" when the host
// names no bucket.
std::string bucket_of_host(std::string_view host) {
  host = host.substr(0, host.rfind(':'));
  for (const std::string_view mark : {".s3.", ".s3-"}) {
    const auto at = host.rfind(mark);
    if (at != host.npos) return std::string(host.substr(0, at));
  }
  constexpr std::string_view local = ".localhost";
  if (!host.ends_with(local) || host == "s3.localhost") return "";
  return std::string(host.substr(0, host.size() - local.size()));
}

Address address_of(const Request& request) {
  const auto path = percent_decode(split_target(request.target).path).substr(1);
  if (auto bucket = bucket_of_host(header(request.headers, "host")); !bucket.empty()) {
    return {std::move(bucket), path};
  }
  const auto slash = path.find('/');
  return {path.substr(0, slash), slash == path.npos ? "" : path.substr(slash + 1)};
}

ApiError not_implemented() {
  return {501, "NotImplemented",
          "A header or query you provided requested a function that is not implemented"};
}

class S3Protocol final : public Protocol {
 public:
  Flavour flavour() const override { return Flavour::s3; }

  Decoded decode(const Request& request) const override {
    const auto target = split_target(request.target);
    if (!target.path.starts_with('/'))
      throw ApiError(400, "InvalidURI", "Couldn't parse the specified URI.");
    const auto address = address_of(request);
    Decoded decoded;
    for (auto& [name, value] : query_pairs(target.query)) decoded.params[name] = value;
    if (!address.bucket.empty()) decoded.params["Bucket"] = address.bucket;
    if (!address.key.empty()) decoded.params["Key"] = address.key;
    for (const auto name : elsewhere) {
      if (decoded.params.contains(name)) throw not_implemented();
    }
    if (request.headers.contains("x-amz-copy-source")) throw not_implemented();
    for (const auto& route : routes) {
      if (route.method == request.method && route.level == address.level() &&
          (route.mark.empty() || decoded.params.contains(route.mark))) {
        decoded.operation = route.operation;
        return decoded;
      }
    }
    throw unknown_operation(request.method);
  }

  // Operations answer in forms of their own (s3.h).
  Response encode(std::string_view, const json::object&, std::string_view) const override {
    return {};
  }

  Response error(const ApiError& error, std::string_view request_id) const override {
    std::string details;
    Response response{.status = error.status, .headers = {{"Content-Type", "application/xml"}}};
    if (const auto* detailed = dynamic_cast<const DetailedError*>(&error)) {
      for (const auto& [name, value] : detailed->details) details += xml_element(name, value);
      for (const auto& field : detailed->headers) response.headers.insert(field);
    }
    const auto host_id = base64(md5(request_id));
    response.headers["x-amz-request-id"] = request_id;
    response.headers["x-amz-id-2"] = host_id;
    if (error.status == 304) return response;
    response.body =
        cat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>", xml_element("Code", error.code),
            xml_element("Message", error.what()), details, xml_element("RequestId", request_id),
            xml_element("HostId", host_id), "</Error>");
    return response;
  }

  ApiError unknown_operation(std::string_view) const override {
    return refuse(Flavour::s3, Refusal::unknown_operation);
  }
};

}  // namespace

std::unique_ptr<Protocol> s3_protocol() {
  return std::make_unique<S3Protocol>();
}

std::string s3_action(std::string_view operation) {
  for (const auto& route : routes) {
    if (route.operation == operation && !route.action.empty()) return std::string(route.action);
  }
  return std::string(operation);
}

}  // namespace local_cloud
