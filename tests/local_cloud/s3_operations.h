// The operations on one bucket and on its objects. Each throws ApiError.
#pragma once

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/s3_bucket.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

Response get_bucket_location(const Request&, const Call&, Bucket& bucket);
Response get_bucket_versioning(const Request&, const Call&, Bucket& bucket);
Response put_bucket_versioning(const Request& request, const Call&, Bucket& bucket);
Response get_bucket_policy(const Request&, const Call&, Bucket& bucket);
Response put_bucket_policy(const Request& request, const Call&, Bucket& bucket);
Response delete_bucket_policy(const Request&, const Call&, Bucket& bucket);
Response head_bucket(const Request&, const Call&, Bucket& bucket);

Response put_object(const Request& request, const Call& call, Bucket& bucket);
Response get_object(const Request& request, const Call& call, Bucket& bucket);  // and HeadObject
Response delete_object(const Request&, const Call& call, Bucket& bucket);

Response list_objects(const Request&, const Call& call, Bucket& bucket);
Response list_objects_v2(const Request&, const Call& call, Bucket& bucket);
Response list_object_versions(const Request&, const Call& call, Bucket& bucket);

}  // namespace local_cloud
