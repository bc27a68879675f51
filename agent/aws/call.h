// A call of an AWS API as a value: what operations produce, what logs show, what client.h sends.
// Parameters are spelled as they go over the wire (the service model's locationName), so one
// generic writer per protocol is enough; there is no code per operation below actions/ops.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

namespace agent::aws {

// Where a REST service wants things; the other protocols need only the operation's name.
struct Rest {
  std::string method;           // GET, PUT, POST, DELETE, HEAD
  std::string path;             // "/GetImage"; already percent-encoded where it carries values
  boost::json::object query;    // name -> value or list of values; true = a name without a value
  boost::json::object headers;  // name -> text
  std::string body;             // S3 only; a JSON service sends the call's params
  std::string bucket = {};      // S3 only: where `path` is in; endpoint.h says how it is addressed
};

struct Call {
  std::string service;    // "ec2", "autoscaling", "codepipeline", ... (service.h)
  std::string operation;  // "CreateImage"
  boost::json::object params;
  std::optional<Rest> rest = std::nullopt;
  // Sent at most once: on a fresh connection and never again once it may have taken effect. For
  // calls that have no idempotency handle of their own.
  bool once = false;
};

// What came back, as JSON whatever the protocol: XML elements become members, their attributes and
// namespaces are dropped, and all values of an XML answer are strings.
struct Reply {
  boost::json::object body;
  boost::json::object headers;  // lower-case names; REST services put results there
  std::string raw;              // the body as it came; S3 objects
};

}  // namespace agent::aws
