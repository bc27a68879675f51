// Why a call did not succeed, in the classes that anybody branches on. One table (error.cc) makes
// the class from the service's code, and its second column is CodePipeline's failure type.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "agent/base/failure.h"

namespace agent::aws {

enum class ErrorClass {
  throttled,  // slow down and try again
  transient,  // 5xx, broken connections, timeouts: try again
  expired,    // credentials: get new ones and try again once
  skewed,     // our clock is off: learn the offset and try again once
  refused,    // not permitted
  gone,       // the named thing does not exist (or not yet)
  conflict,   // exists already, or a token was used with other parameters: look
  invalid,    // any other refusal of this request
};

struct Error {
  ErrorClass kind = ErrorClass::invalid;
  std::string code;     // "InvalidAMIName.Duplicate"; "" when there was no answer
  std::string message;  // the service's own words, or why there was no answer
  int status = 0;       // HTTP status; 0 when there was no answer
  std::string request_id = {};
  bool may_have_acted = false;  // this try or an earlier one may have taken effect unanswered
  // Filled by the client: for messages.
  std::string service = {};
  std::string operation = {};
  std::string region = {};
};

template <class T>
using Result = std::expected<T, Error>;

// `status` decides when the code is unknown. Sources: the AWS General Reference's common errors,
// each service's API reference, botocore's retry tables.
ErrorClass classify(std::string_view service, std::string_view code, int status);

// A Failure that names the call, the region, the code and the service's words. PermissionError
// names the denied API action.
base::Failure failure(const Error& error);

}  // namespace agent::aws
