// What a fault does to an exchange, in two halves: instead of carrying the operation out, and to
// the answer on its way.
#pragma once

#include "tests/local_cloud/faults.h"
#include "tests/local_cloud/protocol.h"

namespace local_cloud {

Response answer_instead(const Fault& fault, const Protocol& protocol, std::string_view request_id);
Delivery spoil(const Fault& fault, Response response);

}  // namespace local_cloud
