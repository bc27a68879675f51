// Between HTTP and a service's operations: one protocol for each way in which AWS's services speak.
// A protocol knows how the wire looks and nothing of what an operation means.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/refusal.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

struct Decoded {
  std::string operation;
  json::object params;
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  virtual Flavour flavour() const = 0;
  virtual Decoded decode(const Request& request) const = 0;  // throws ApiError
  virtual Response encode(std::string_view operation, const json::object& result,
                          std::string_view request_id) const = 0;
  virtual Response error(const ApiError& error, std::string_view request_id) const = 0;
  virtual ApiError unknown_operation(std::string_view operation) const = 0;
};

// AWS JSON 1.1: the operation is X-Amz-Target's part behind `target_prefix` and a dot.
std::unique_ptr<Protocol> json_protocol(std::string target_prefix);

// AWS Query, and EC2's own dialect of it.
std::unique_ptr<Protocol> query_protocol(std::string version, std::string xml_namespace);
std::unique_ptr<Protocol> ec2_protocol(std::string version, std::string xml_namespace);

}  // namespace local_cloud
