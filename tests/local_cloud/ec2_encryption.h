// Keys that volumes and snapshots are encrypted with. There is no KMS in the local cloud: every key
// of the region exists, unless the setting unusable_kms_keys says that it cannot be used.
// https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

// The ARN of a key that is named by id, alias or ARN; of the region's alias/aws/ebs when it is not
// named. What cannot name a key is returned as it is.
std::string kms_key_arn(const Region& region, const std::string& named);

// What EBS says of a key that it cannot use, when it comes to it; "" for one that it can.
std::string flaw_of_key(const Region& region, const std::string& arn);

}  // namespace local_cloud::ec2
