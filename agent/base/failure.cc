#include "agent/base/failure.h"

namespace agent::base {

std::string_view name(FailureType type) {
  switch (type) {
    case FailureType::ConfigurationError:
      return "ConfigurationError";
    case FailureType::JobFailed:
      return "JobFailed";
    case FailureType::PermissionError:
      return "PermissionError";
    case FailureType::RevisionOutOfSync:
      return "RevisionOutOfSync";
    case FailureType::RevisionUnavailable:
      return "RevisionUnavailable";
    case FailureType::SystemUnavailable:
      return "SystemUnavailable";
  }
  return "JobFailed";
}

}  // namespace agent::base
