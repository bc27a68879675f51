#include "agent/aws/credentials.h"

namespace agent::aws {

Error not_configured(const std::string& message) {
  return {.kind = ErrorClass::refused, .code = std::string(no_credentials), .message = message};
}

base::Task<Result<Keys>> StaticCredentials::get() {
  co_return keys_;
}

}  // namespace agent::aws
