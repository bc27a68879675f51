// Leaves what went over the wire of an in-memory test for the checks of tests/wire.
#pragma once

#include "tests/local_cloud/request_log.h"

namespace support {

// Writes the log into the folder $AGENT_WIRE_LOGS, as GET /_control/requests gives it; nothing
// where that is not set.
void keep_wire_log(const local_cloud::RequestLog& log);

}  // namespace support
