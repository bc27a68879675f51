// The services that the agent calls, and how each of them is spoken to. All that differs between
// services on the wire is in this table and in the protocol that it names (protocol.h).
#pragma once

#include <string_view>

namespace agent::aws {

enum class Protocol {
  json,       // AWS JSON 1.1
  query,      // AWS query: Action=…, lists as .member.N, XML answers
  ec2,        // the same with lists as .N
  rest_json,  // paths and methods, JSON bodies
  rest_xml,   // S3
};

struct Service {
  std::string_view name;          // Call::service; also the prefix of its IAM actions
  std::string_view host;          // first part of the host's name
  std::string_view signing_name;  // in the credential scope
  std::string_view version;       // of the API
  Protocol protocol;
  std::string_view target;             // X-Amz-Target without the operation; JSON 1.1 only
  std::string_view endpoint_variable;  // what follows AWS_ENDPOINT_URL_
};

const Service* find_service(std::string_view name);  // nullptr when it is not in the table

}  // namespace agent::aws
