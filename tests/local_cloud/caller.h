// Somebody who calls the cloud, for its own tests: signs requests as a client has to.
#pragma once

#include <string>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

struct Caller {
  std::string access_key = "AKIAIOSFODNN7EXAMPLE";
  std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  std::string token;
  std::string region = "us-east-1";

  // Adds what a signature needs and the signature: all headers that are there are signed.
  Request sign(Request request, const std::string& service, Time now) const;

  Request json(const std::string& service, const std::string& target, const json::object& params,
               Time now) const;
  // The version is that of the service; EC2 and query services.
  Request query(const std::string& service, const std::string& version, const std::string& action,
                const Pairs& params, Time now) const;
  Request s3(const std::string& method, const std::string& target, Time now,
             const std::string& body = "", const HeaderMap& headers = {}) const;
};

}  // namespace local_cloud
