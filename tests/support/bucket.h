// A user's buckets and objects, and the policy of a pipeline's artifact bucket.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "tests/support/machine.h"

namespace support {

// Does nothing more to one that is there.
void create_bucket(Machine& machine, const std::string& bucket);

// With the policy that CodePipeline gives its default one: nothing without SSE-KMS, nothing without
// TLS. (CodePipeline user guide, "Configure server-side encryption for artifacts stored in Amazon
// S3". The local cloud counts loopback as safe: its setting loopback_is_secure.)
void create_artifact_bucket(Machine& machine, const std::string& bucket);

void put_object(Machine& machine, const std::string& bucket, const std::string& key,
                std::string bytes, boost::json::object headers = {});
std::optional<std::string> get_object(Machine& machine, const std::string& bucket,
                                      const std::string& key);
void delete_object(Machine& machine, const std::string& bucket, const std::string& key);

}  // namespace support
