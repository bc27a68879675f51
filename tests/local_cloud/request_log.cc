#include "tests/local_cloud/request_log.h"

#include "agent/base/json.h"
#include "tests/local_cloud/checksum.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {

namespace {

void keep_or_drop(std::string& body, const Settings& settings) {
  if (!settings.log_bodies || body.size() > static_cast<std::size_t>(settings.log_body_limit)) {
    body = {};
  }
}

// Whether it can stand in a JSON string: the parser is the judge.
bool is_text(const std::string& bytes) {
  return agent::base::parse(json::serialize(json::string(bytes))).has_value();
}

json::object headers_of(const HeaderMap& headers) {
  json::object all;
  for (const auto& [name, value] : headers) all[name] = value;
  return all;
}

void put_body(json::object& into, const std::string& body, std::size_t size) {
  into["body_size"] = size;
  if (body.size() != size) return;
  if (is_text(body)) {
    into["body"] = body;
  } else {
    into["body_base64"] = base64(body);
  }
}

}  // namespace

void RequestLog::add(Exchange exchange, const Settings& settings) {
  exchange.sequence = ++sequence_;
  exchange.request_size = exchange.request.body.size();
  exchange.response_size = exchange.response.body.size();
  keep_or_drop(exchange.request.body, settings);
  keep_or_drop(exchange.response.body, settings);
  entries_.push_back(std::move(exchange));
  while (entries_.size() > static_cast<std::size_t>(settings.log_limit)) entries_.pop_front();
}

json::object as_json(const Exchange& exchange) {
  json::object request{{"method", exchange.request.method},
                       {"target", exchange.request.target},
                       {"headers", headers_of(exchange.request.headers)}};
  put_body(request, exchange.request.body, exchange.request_size);
  json::object response{{"status", exchange.response.status},
                        {"headers", headers_of(exchange.response.headers)}};
  put_body(response, exchange.response.body, exchange.response_size);
  return {{"sequence", exchange.sequence},
          {"time", iso8601(exchange.time)},
          {"request_id", exchange.request_id},
          {"service", exchange.service},
          {"operation", exchange.operation},
          {"account", exchange.account},
          {"region", exchange.region},
          {"access_key", exchange.access_key},
          {"params", agent::base::parse(exchange.params).value_or(nullptr)},
          {"request", std::move(request)},
          {"response", std::move(response)},
          {"error", exchange.error},
          {"fault", exchange.fault},
          {"effect", exchange.effect},
          {"took_effect", exchange.took_effect}};
}

}  // namespace local_cloud
