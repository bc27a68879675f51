// What can be asked of and told to a bucket itself.
#include <pugixml.hpp>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/detailed_error.h"
#include "tests/local_cloud/s3_answer.h"
#include "tests/local_cloud/s3_operations.h"
#include "tests/local_cloud/s3_policy.h"
#include "tests/local_cloud/xml.h"

namespace local_cloud {

using agent::base::cat;

std::string param(const Call& call, std::string_view name) {
  return agent::base::text(call.params, name);
}

Response s3_xml(std::string_view root, std::string_view inner) {
  return {
      .headers = {{"Content-Type", "application/xml"}},
      .body = cat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<", root,
                  " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", inner, "</", root, ">")};
}

void say_version(Response& response, const Bucket& bucket, const ObjectVersion& version) {
  if (bucket.versioning != Versioning::never) response.headers["x-amz-version-id"] = version.id;
}

Response get_bucket_location(const Request&, const Call&, Bucket& bucket) {
  // us-east-1 has an empty one.
  return s3_xml("LocationConstraint", bucket.region == "us-east-1" ? "" : bucket.region);
}

Response get_bucket_versioning(const Request&, const Call&, Bucket& bucket) {
  if (bucket.versioning == Versioning::never) return s3_xml("VersioningConfiguration", "");
  const auto enabled = bucket.versioning == Versioning::enabled;
  return s3_xml("VersioningConfiguration",
                xml_element("Status", enabled ? "Enabled" : "Suspended"));
}

Response put_bucket_versioning(const Request& request, const Call&, Bucket& bucket) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(request.body.data(), request.body.size());
  const std::string_view status = document.child("VersioningConfiguration").child_value("Status");
  if (!parsed || (status != "Enabled" && status != "Suspended")) {
    throw ApiError(400, "MalformedXML",
                   "The XML you provided was not well-formed or did not validate against our "
                   "published schema");
  }
  bucket.versioning = status == "Enabled" ? Versioning::enabled : Versioning::suspended;
  return {};
}

Response get_bucket_policy(const Request&, const Call&, Bucket& bucket) {
  if (bucket.policy.empty()) {
    throw DetailedError(ApiError(404, "NoSuchBucketPolicy", "The bucket policy does not exist"),
                        {{"BucketName", bucket.name}});
  }
  return {.headers = {{"Content-Type", "application/json"}}, .body = bucket.policy};
}

Response put_bucket_policy(const Request& request, const Call&, Bucket& bucket) {
  check_bucket_policy(request.body);
  bucket.policy = request.body;
  return {.status = 204};
}

Response delete_bucket_policy(const Request&, const Call&, Bucket& bucket) {
  bucket.policy.clear();
  return {.status = 204};
}

Response head_bucket(const Request&, const Call&, Bucket& bucket) {
  return {.headers = {{"x-amz-bucket-region", bucket.region}, {"Content-Type", "application/xml"}}};
}

}  // namespace local_cloud
