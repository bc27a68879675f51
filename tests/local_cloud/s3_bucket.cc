#include "tests/local_cloud/s3_bucket.h"

#include <algorithm>

#include "agent/base/digest.h"
#include "agent/base/text.h"

namespace local_cloud {

namespace {

std::string version_id(std::string_view bucket, std::uint64_t number) {
  const auto seed = agent::base::cat(bucket, '#', number);
  return agent::base::base64url(agent::base::sha256(seed)).substr(0, 32);
}

}  // namespace

const ObjectVersion* Bucket::newest(const std::string& key) const {
  const auto found = objects.find(key);
  return found == objects.end() ? nullptr : &found->second.back();
}

ObjectVersion& Bucket::put(const std::string& key, ObjectVersion version) {
  auto& versions = objects[key];
  version.id = versioning == Versioning::enabled ? version_id(name, ++versions_made) : "null";
  if (version.id == "null") {
    std::erase_if(versions, [](const ObjectVersion& other) { return other.id == "null"; });
  }
  return versions.emplace_back(std::move(version));
}

std::optional<ObjectVersion> Bucket::remove(const std::string& key, std::string_view version) {
  const auto found = objects.find(key);
  if (found == objects.end()) return {};
  auto& versions = found->second;
  const auto place = std::ranges::find(versions, version, &ObjectVersion::id);
  if (place == versions.end()) return {};
  auto removed = std::move(*place);
  versions.erase(place);
  if (versions.empty()) objects.erase(found);
  return removed;
}

}  // namespace local_cloud
