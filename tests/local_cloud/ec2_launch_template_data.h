// Launch data: what RunInstances or a launch template was told, kept under the answer's names with
// all that was given.
#pragma once

#include "tests/local_cloud/service.h"

namespace local_cloud::ec2 {

// "BlockDeviceMapping.N" of a request.
json::array block_devices(const json::object& params);

// Of RunInstances' parameters, or a request's LaunchTemplateData.
json::object launch_data(const json::object& params);

// A new version that is based on `source`: members given replace its whole members. Snapshots in
// its block device mappings are not inherited (API_CreateLaunchTemplateVersion, SourceVersion).
json::object inherit(const json::object& source, const json::object& given);

}  // namespace local_cloud::ec2
