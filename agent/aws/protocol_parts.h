// What the protocols are made of: inside agent/aws only.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "agent/aws/call.h"
#include "agent/aws/error.h"
#include "agent/aws/service.h"
#include "agent/http/message.h"

namespace agent::aws {

// --- writers: `request` has the endpoint as its URL
void write_json(http::Request& request, const Service& service, const Call& call);
void write_query(http::Request& request, const Service& service, const Call& call);
void write_rest(http::Request& request, const Service& service, const Call& call);

// A scalar as a form, path or header value: true, 12, 0.5, text.
std::string scalar_text(const boost::json::value& value);

// --- readers of successful answers
Result<boost::json::object> read_json(std::string_view body);
Result<boost::json::object> read_xml(Protocol protocol, std::string_view operation,
                                     std::string_view body);

// --- readers of errors
struct ErrorWords {
  std::string code;
  std::string message;
  std::string request_id = {};
};
ErrorWords json_error_words(const http::Response& response);
ErrorWords xml_error_words(std::string_view body);
bool is_xml_error(std::string_view body);

// An answer that is not what the service speaks.
Error unreadable(std::string_view what, std::string_view body);

}  // namespace agent::aws
