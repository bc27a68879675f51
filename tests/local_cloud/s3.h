// S3 as far as source and artifact buckets and the AWS CLI need it: buckets, versioning, objects.
// Amazon S3 API Reference 2006-03-01. Names are shared by all accounts, data belongs to one: any
// other account is refused. The region of the credential scope is the endpoint that was asked.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/s3_bucket.h"
#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

class S3 {
 public:
  explicit S3(const Settings& settings) : settings_(settings) {}

  // call.operation and call.params are s3_protocol's; headers and body come from the request.
  // Throws ApiError.
  Response handle(const Request& request, const Call& call);

  // For other services of the cloud; nothing when there is none.
  Bucket* bucket(const std::string& name);

 private:
  Response create_bucket(const Request& request, const Call& call);
  Response delete_bucket(const Call& call);
  Response list_buckets(const Call& call) const;
  Bucket& owned(const Request& request, const Call& call);

  const Settings& settings_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace local_cloud
