// The control interface: how a test or a demonstration steers the local cloud from outside. HTTP
// and JSON under /_control/, unsigned, on the cloud's own port (loopback). Never in the request
// log.
//
// GET    /_control/health                {"status":"ok"}
// GET    /_control/faults                {"rules":[…]}, each with "seen" and "applied"
// POST   /_control/faults                adds: one rule, a list of rules, or {"rules":[…]}
// PUT    /_control/faults                replaces all
// DELETE /_control/faults[?id=…]         removes all, or one
//   A rule (all members optional; a rule with the id of another takes its place):
//     id
//     service, operation, account, region   patterns with * and ?; services by signing name
//     ("ec2"),
//                                            the metadata service is "imds", its operations its
//                                            paths
//     skip, times, probability, seed, after  which matching exchanges it applies to (faults.h)
//     effect    none | throttle | error | expired-token | html | empty | garbage | wrong-length |
//               truncate | reset-before | reset-after   (faults.h)
//     status, code, message                  of "error"; status alone is enough for 500 and 503
//     body                                   of "garbage"
//     takes_effect                           whether the operation is carried out nevertheless
//     latency, drip                          "500ms" or milliseconds; drip is the pause between
//                                            every 64 bytes of the answer's body
// GET    /_control/requests              {"requests":[…]} oldest first: sequence, time, request_id,
//        ?since=N&limit=N&service=…      service, operation, account, region, access_key, params,
//        &operation=…                    request {method, target, headers, body | body_base64,
//                                        body_size}, response {status, headers, body…}, error,
//                                        fault, effect, took_effect
// DELETE /_control/requests              forgets them
// GET    /_control/settings              all of them, durations in milliseconds
// POST   /_control/settings              {"name": value, …}: durations as "20s" (settings.h)
// POST   /_control/keys                  {"access_key","secret","account"[,"arn","token","expiry"]}
//                                        a further key; expiry as yyyymmddThhmmssZ
// POST   /_control/roles                 {"arn"[,"external_id","trusted_accounts":[…]]}
// GET    /_control/deny                  {"denials":[…]}
// POST   /_control/deny                  {"principal","action"} or a list: key id or ARN, IAM
// action,
//                                        both with * and ?
// DELETE /_control/deny                  allows everything again
//
// A request that is wrong is answered 400 {"error": "…"} and changes nothing.
#pragma once

#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/faults.h"
#include "tests/local_cloud/request_log.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

struct Control {
  Settings& settings;
  Accounts& accounts;
  Faults& faults;
  RequestLog& log;

  static bool is_meant(const Request& request);
  Response handle(const Request& request);
};

}  // namespace local_cloud
