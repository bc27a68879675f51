// One service at its place in the cloud: what it is signed for, how it speaks and what carries its
// operations out.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/local_cloud/protocol.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

struct Endpoint {
  std::string name;  // of the credential scope
  std::unique_ptr<Protocol> protocol;
  // The request is for what has a body of its own (S3); RPC services see the call alone.
  std::function<Response(const Request&, const Call&)> carry_out;
};

inline Endpoint rpc_endpoint(std::string name, std::unique_ptr<Protocol> protocol,
                             Service& service) {
  const auto* speaks = protocol.get();
  return {std::move(name), std::move(protocol),
          [speaks, &service](const Request&, const Call& call) {
            return speaks->encode(call.operation, service.call(call), call.request_id);
          }};
}

}  // namespace local_cloud
