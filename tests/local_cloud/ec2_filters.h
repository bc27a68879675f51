// Filters of the Describe operations. A filter looks at a resource as the answer shows
// it: its name is translated to a path of members, lists on the way mean "any of".
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/local_cloud/service.h"

namespace local_cloud::ec2 {

struct FilterPath {
  std::string_view filter;  // "instance-state-name"
  std::string_view path;    // "instanceState/name"
};

// * any text, ? any character, \ takes the next one literally. Case counts.
bool like(std::string_view pattern, std::string_view text);

class Filters {
 public:
  // Filter.N.Name and Filter.N.Value.M; tag:KEY, tag-key and tag-value look at "tagSet". Throws
  // InvalidParameterValue on a filter that is not in `paths`, which has to outlive this.
  Filters(const json::object& params, std::span<const FilterPath> paths);

  bool match(const json::object& resource) const;

 private:
  struct Filter {
    std::string_view path;
    std::string tag;  // of tag:KEY
    std::vector<std::string> values;
  };
  std::vector<Filter> filters_;
};

}  // namespace local_cloud::ec2
