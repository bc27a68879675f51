// What S3 keeps: a bucket and the versions of its objects.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

struct ObjectVersion {
  std::string id = "null";  // "null" is what was put while versioning was not on
  bool is_delete_marker = false;
  Time modified;
  std::string etag;   // with its quotes
  HeaderMap headers;  // as they were put and are given back
  std::string body;
};

using Versions = std::vector<ObjectVersion>;  // oldest first

enum class Versioning { never, enabled, suspended };

struct Bucket {
  std::string name;
  std::string account;
  std::string region;
  Time created;
  Versioning versioning = Versioning::never;
  std::string policy;
  std::map<std::string, Versions> objects;
  std::uint64_t versions_made = 0;

  const ObjectVersion* newest(const std::string& key) const;

  // The version that comes next is put on top; without versioning it takes the place of the last.
  ObjectVersion& put(const std::string& key, ObjectVersion version);

  // Whether there was such a version.
  std::optional<ObjectVersion> remove(const std::string& key, std::string_view version);
};

}  // namespace local_cloud
