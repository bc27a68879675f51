#include "tests/local_cloud/s3.h"

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "agent/base/text.h"
#include "tests/local_cloud/checksum.h"
#include "tests/local_cloud/detailed_error.h"
#include "tests/local_cloud/s3_answer.h"
#include "tests/local_cloud/s3_operations.h"
#include "tests/local_cloud/s3_policy.h"
#include "tests/local_cloud/s3_protocol.h"
#include "tests/local_cloud/times.h"
#include "tests/local_cloud/xml.h"

namespace local_cloud {

namespace {

using agent::base::cat;

using Operation = Response (*)(const Request&, const Call&, Bucket&);
constexpr std::array<std::pair<std::string_view, Operation>, 14> operations{
    {{"GetBucketLocation", get_bucket_location},
     {"GetBucketVersioning", get_bucket_versioning},
     {"PutBucketVersioning", put_bucket_versioning},
     {"GetBucketPolicy", get_bucket_policy},
     {"PutBucketPolicy", put_bucket_policy},
     {"DeleteBucketPolicy", delete_bucket_policy},
     {"HeadBucket", head_bucket},
     {"PutObject", put_object},
     {"GetObject", get_object},
     {"HeadObject", get_object},
     {"DeleteObject", delete_object},
     {"ListObjects", list_objects},
     {"ListObjectsV2", list_objects_v2},
     {"ListObjectVersions", list_object_versions}}};

bool is_bucket_name(std::string_view name) {
  const auto is_edge = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 3 && name.size() <= 63 && is_edge(name.front()) && is_edge(name.back()) &&
         !name.contains("..") &&
         std::ranges::all_of(name, [&](char c) { return is_edge(c) || c == '-' || c == '.'; });
}

std::string location_constraint(const Request& request) {
  if (request.body.empty()) return "";
  pugi::xml_document document;
  if (!document.load_buffer(request.body.data(), request.body.size())) {
    throw ApiError(400, "MalformedXML",
                   "The XML you provided was not well-formed or did not validate against our "
                   "published schema");
  }
  return document.child("CreateBucketConfiguration").child_value("LocationConstraint");
}

void check_location(const std::string& wanted, const std::string& region) {
  if (wanted == region && region != "us-east-1") return;
  if (wanted.empty() && region == "us-east-1") return;
  if (wanted == "us-east-1" && region == "us-east-1") {
    throw DetailedError(ApiError(400, "InvalidLocationConstraint",
                                 "The specified location-constraint is not valid"),
                        {{"LocationConstraint", wanted}});
  }
  throw ApiError(400, "IllegalLocationConstraintException",
                 cat("The ", wanted.empty() ? "unspecified" : wanted,
                     " location constraint is incompatible for the region specific endpoint this "
                     "request was sent to."));
}

void check_region(const Bucket& bucket, const Call& call) {
  if (bucket.region == call.region || call.operation == "GetBucketLocation") return;
  throw DetailedError(
      ApiError(301, "PermanentRedirect",
               "The bucket you are attempting to access must be addressed using the specified "
               "endpoint. Please send all future requests to this endpoint."),
      {{"Endpoint", cat("s3.", bucket.region, ".amazonaws.com")}, {"Bucket", bucket.name}},
      {{"x-amz-bucket-region", bucket.region}});
}

}  // namespace

Response S3::handle(const Request& request, const Call& call) {
  auto answer = [&] {
    if (call.operation == "ListBuckets") return list_buckets(call);
    if (call.operation == "CreateBucket") return create_bucket(request, call);
    auto& bucket = owned(request, call);
    refuse_what_policy_denies(bucket, request, call, cat("s3:", s3_action(call.operation)),
                              settings_.loopback_is_secure);
    if (call.operation == "DeleteBucket") return delete_bucket(call);
    for (const auto& [name, operation] : operations) {
      if (name == call.operation) return operation(request, call, bucket);
    }
    throw UnknownOperation();
  }();
  answer.headers["x-amz-request-id"] = call.request_id;
  answer.headers["x-amz-id-2"] = base64(md5(call.request_id));
  return answer;
}

Bucket* S3::bucket(const std::string& name) {
  const auto found = buckets_.find(name);
  return found == buckets_.end() ? nullptr : &found->second;
}

Bucket& S3::owned(const Request& request, const Call& call) {
  const auto found = buckets_.find(param(call, "Bucket"));
  if (found == buckets_.end()) {
    throw DetailedError(ApiError(404, "NoSuchBucket", "The specified bucket does not exist"),
                        {{"BucketName", param(call, "Bucket")}});
  }
  auto& bucket = found->second;
  check_region(bucket, call);
  const auto expected = header(request.headers, "x-amz-expected-bucket-owner");
  if (bucket.account != call.account || (!expected.empty() && expected != bucket.account)) {
    throw ApiError(403, "AccessDenied", "Access Denied");
  }
  return bucket;
}

Response S3::create_bucket(const Request& request, const Call& call) {
  const auto name = param(call, "Bucket");
  if (!is_bucket_name(name)) {
    throw DetailedError(ApiError(400, "InvalidBucketName", "The specified bucket is not valid."),
                        {{"BucketName", name}});
  }
  check_location(location_constraint(request), call.region);
  const auto* there = bucket(name);
  if (there != nullptr && there->account != call.account) {
    throw DetailedError(
        ApiError(
            409, "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all "
            "users of the system. Please select a different name and try again."),
        {{"BucketName", name}});
  }
  // us-east-1 answers a repetition by the owner with success.
  if (there != nullptr && (there->region != "us-east-1" || call.region != "us-east-1")) {
    throw DetailedError(
        ApiError(409, "BucketAlreadyOwnedByYou",
                 "Your previous request to create the named bucket succeeded and you "
                 "already own it."),
        {{"BucketName", name}});
  }
  buckets_.try_emplace(
      name,
      Bucket{.name = name, .account = call.account, .region = call.region, .created = call.now});
  return {.headers = {{"Location", "/" + name}}};
}

Response S3::delete_bucket(const Call& call) {
  const auto found = buckets_.find(param(call, "Bucket"));
  if (!found->second.objects.empty()) {
    throw DetailedError(
        ApiError(409, "BucketNotEmpty", "The bucket you tried to delete is not empty"),
        {{"BucketName", found->first}});
  }
  buckets_.erase(found);
  return {.status = 204};
}

Response S3::list_buckets(const Call& call) const {
  std::string inner = cat("<Owner>", xml_element("ID", call.account), "</Owner><Buckets>");
  for (const auto& [name, bucket] : buckets_) {
    if (bucket.account != call.account) continue;
    inner += cat("<Bucket>", xml_element("Name", name),
                 xml_element("CreationDate", iso8601(bucket.created)), "</Bucket>");
  }
  return s3_xml("ListAllMyBucketsResult", inner + "</Buckets>");
}

}  // namespace local_cloud
