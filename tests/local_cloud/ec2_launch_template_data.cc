#include "tests/local_cloud/ec2_launch_template_data.h"

#include "agent/base/json.h"
#include "tests/local_cloud/ec2_launch_fields.h"

namespace local_cloud::ec2 {

json::array block_devices(const json::object& params) {
  return agent::base::list(query::to_answer(std::span(&launch_fields::device_mappings, 1), params),
                           "blockDeviceMappingSet");
}

json::object launch_data(const json::object& params) {
  return query::to_answer(launch_fields::all, params);
}

json::object inherit(const json::object& source, const json::object& given) {
  auto data = source;
  if (auto* mappings = data.if_contains("blockDeviceMappingSet")) {
    for (auto& mapping : mappings->as_array()) {
      if (auto* disk = mapping.as_object().if_contains("ebs"); disk && disk->is_object()) {
        disk->as_object().erase("snapshotId");
      }
    }
  }
  for (const auto& [name, value] : given) data[name] = value;
  return data;
}

}  // namespace local_cloud::ec2
