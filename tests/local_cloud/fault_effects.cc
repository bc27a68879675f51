#include "tests/local_cloud/fault_effects.h"

namespace local_cloud {

namespace {

using Effect = Fault::Effect;

ApiError error_of(const Fault& fault, Flavour flavour) {
  const auto text = std::string_view(fault.message);
  if (fault.effect == Effect::throttle) return refuse(flavour, Refusal::throttled, text);
  if (fault.effect == Effect::expired_token) return refuse(flavour, Refusal::expired_token, text);
  const auto kind = fault.status == 503 ? Refusal::unavailable : Refusal::internal;
  const auto usual = refuse(flavour, kind, text);
  return {fault.status == 0 ? usual.status : fault.status,
          fault.code.empty() ? usual.code : fault.code,
          fault.message.empty() ? usual.what() : fault.message};
}

// As a load balancer or proxy in between answers.
Response proxy_page(const Fault& fault) {
  const auto status = fault.status == 0 ? 502 : fault.status;
  return {.status = status,
          .headers = {{"Content-Type", "text/html"}},
          .body =
              "<html>\r\n<head><title>Bad Gateway</title></head>\r\n<body>\r\n<center><h1>Bad "
              "Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"};
}

bool is_refusal(Effect effect) {
  return effect == Effect::throttle || effect == Effect::expired_token || effect == Effect::error;
}

std::string noise() {
  std::string bytes = "\x1f\x8b{<";
  for (int i = 0; i < 256; i += 7) bytes += static_cast<char>(i);
  return bytes;
}

}  // namespace

Response answer_instead(const Fault& fault, const Protocol& protocol, std::string_view request_id) {
  if (is_refusal(fault.effect))
    return protocol.error(error_of(fault, protocol.flavour()), request_id);
  if (fault.effect == Effect::html) return proxy_page(fault);
  return {.headers = {{"x-amzn-RequestId", std::string(request_id)}}};
}

Delivery spoil(const Fault& fault, Response response) {
  Delivery delivery{.response = std::move(response), .delay = fault.latency, .drip = fault.drip};
  auto& answer = delivery.response;
  if (fault.status != 0) answer.status = fault.status;
  switch (fault.effect) {
    case Effect::empty:
      answer.body.clear();
      break;
    case Effect::garbage:
      answer.body = fault.body.empty() ? noise() : fault.body;
      break;
    case Effect::wrong_length:
      answer.headers["Content-Length"] = std::to_string(answer.body.size() / 2);
      break;
    case Effect::truncate:
      delivery.cut = Delivery::Cut::truncate;
      break;
    case Effect::reset_before:
      delivery.cut = Delivery::Cut::reset_before;
      break;
    case Effect::reset_after:
      delivery.cut = Delivery::Cut::reset_after;
      break;
    default:
      break;
  }
  return delivery;
}

}  // namespace local_cloud
