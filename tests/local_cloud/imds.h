// The EC2 instance metadata service, version 2: a session token first, then role credentials,
// region and identity of the instance that the caller seems to run on. EC2 User Guide, "Use the
// Instance Metadata Service", "Retrieve security credentials from instance metadata".
#pragma once

#include <map>
#include <string>

#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/http.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

class Imds {
 public:
  Imds(const Settings& settings, Accounts& accounts) : settings_(settings), accounts_(accounts) {}

  Response handle(const Request& request, Time now);

 private:
  Response make_token(const Request& request, Time now);
  bool is_allowed(const Request& request, Time now) const;
  std::string credentials(Time now);

  const Settings& settings_;
  Accounts& accounts_;
  std::map<std::string, Time> tokens_;  // until when they are good
  std::string key_;                     // the role's newest access key
  Time made_;                           // when that was issued
};

// As the service answers everything that goes wrong.
Response imds_error(int status);

}  // namespace local_cloud
