// Starting, stopping, rebooting and terminating instances.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

json::object start_instances(Region& region, const Call& call);
json::object stop_instances(Region& region, const Call& call);
json::object reboot_instances(Region& region, const Call& call);
json::object terminate_instances(Region& region, const Call& call);

}  // namespace local_cloud::ec2
