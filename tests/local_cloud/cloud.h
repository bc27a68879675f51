// The whole local cloud as one value: requests in, responses out, time as a parameter.
#pragma once

#include <memory>

#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/faults.h"
#include "tests/local_cloud/http.h"
#include "tests/local_cloud/request_log.h"
#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

class Cloud {
 public:
  explicit Cloud(Settings settings);
  ~Cloud();

  // Never throws: what goes wrong is an answer, as AWS would give it. Requests under /_control/
  // steer the cloud itself (control.h).
  Delivery handle(const Request& request, Time now);

  // The instance metadata service (imds.h), with faults and log of its own: service "imds", the
  // path as operation.
  Delivery handle_metadata(const Request& request, Time now);

  // The same things as the control interface reaches, for tests in this process.
  Settings& settings();
  Accounts& accounts();
  Faults& faults();
  RequestLog& log();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace local_cloud
