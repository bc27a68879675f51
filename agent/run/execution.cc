#include "agent/run/execution.h"

#include "agent/base/digest.h"
#include "agent/base/text.h"

namespace agent::run {

std::string Execution::identity() const {
  // A line feed is in none of the parts, so no two executions read the same.
  return base::sha256_hex(
      base::cat(account, '\n', region, '\n', pipeline, '\n', id, '\n', stage, '\n', action));
}

std::vector<Tag> Execution::tags() const {
  return {{std::string(tag_execution), id},
          {std::string(tag_pipeline), pipeline},
          {std::string(tag_action), stage + "/" + action}};
}

}  // namespace agent::run
