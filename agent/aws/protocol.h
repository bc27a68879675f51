// Between calls and HTTP: any Call becomes a request, any response a Reply or an Error. Pure; there
// is no code per operation here.
//
// Whether an answer is an error is told by its status alone (S3's documented errors inside a 200
// excepted). What is not what the service speaks (HTML of a proxy, half an answer) is a transient
// error with a readable message; nothing here throws for what came in.
#pragma once

#include <string>
#include <string_view>

#include "agent/aws/call.h"
#include "agent/aws/error.h"
#include "agent/aws/service.h"
#include "agent/http/message.h"

namespace agent::aws {

// `endpoint` as Endpoints::url gives it. Unsigned.
http::Request request_of(const Service& service, const Call& call, const std::string& endpoint);

// The error has no service, operation and region yet.
Result<Reply> reply_of(const Service& service, const Call& call, http::Response response);

}  // namespace agent::aws
