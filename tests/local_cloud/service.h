// What a service of the local cloud is: operations on JSON parameters that answer with JSON. The
// protocols (protocol.h) translate to and from the wire; a service never sees HTTP.
//
// Time only passes through Call::now: a service works out what has happened since (an image has
// become available, a pipeline has moved on) when it is asked. So the whole cloud is a value that
// a test can drive on a fake clock.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <stdexcept>
#include <string>

namespace local_cloud {

namespace json = boost::json;
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

struct Call {
  std::string operation;
  // Query and EC2 protocols: names as on the wire, "A.1.B=x" (or "A.member.1.B=x") as
  // {"A": [{"B": "x"}]}, all values strings. JSON protocols: the body.
  json::object params;
  std::string account;  // 12 digits, by access key
  std::string region;   // by credential scope
  std::string access_key;
  std::string request_id;
  Time now;
};

// An answer of AWS's own kind: code and message are those of the service model or documented.
struct ApiError : std::runtime_error {
  ApiError(int status, std::string code, const std::string& message)
      : std::runtime_error(message), status(status), code(std::move(code)) {}
  int status;
  std::string code;
};

// Thrown by a service that does not know Call::operation; answered as its protocol words it.
struct UnknownOperation : std::runtime_error {
  UnknownOperation() : std::runtime_error("unknown operation") {}
};

class Service {
 public:
  virtual ~Service() = default;
  // EC2 and query: members named as the response's XML elements ("imagesSet": [...]); arrays become
  // <item> (EC2) or <member> (query) lists. Nulls are left out there. JSON: an empty object is sent
  // as an empty body, which is what operations without output answer.
  virtual json::object call(const Call& call) = 0;
};

}  // namespace local_cloud
