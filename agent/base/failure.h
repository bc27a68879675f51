// What ends a job. Recipes and operations throw it and never catch it; everything that a caller
// branches on is a return value instead.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace agent::base {

// CodePipeline's own names: FailureDetails.type of PutJobFailureResult.
enum class FailureType {
  ConfigurationError,   // a setting is wrong, or a thing that it names does not exist
  JobFailed,            // the work ran and failed
  PermissionError,      // AWS denied a call
  RevisionOutOfSync,    // a resource changed under us
  RevisionUnavailable,  // an artifact, or a file in it, is missing
  SystemUnavailable,    // AWS could not be reached or kept refusing, after all retries
};

std::string_view name(FailureType type);

// `message` is for the person at the console: what failed, why, what to do. No secrets.
class Failure : public std::runtime_error {
 public:
  Failure(FailureType type, const std::string& message) : std::runtime_error(message), type(type) {}

  FailureType type;
};

}  // namespace agent::base
