// One loop: try, judge, repair or wait, try again. Two things are repaired at once, each once per
// call and whatever the number of tries allowed: keys that have expired, and a clock that is off
// (AWS refuses signatures more than 5 min away; its Date header tells the difference).
#include "agent/aws/client.h"

#include <array>
#include <charconv>

#include "agent/aws/protocol.h"
#include "agent/aws/sigv4.h"
#include "agent/aws/timestamp.h"
#include "agent/base/log.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

using base::cat;
using base::Duration;

Error wrong_call(std::string code, std::string message) {
  return {.kind = ErrorClass::invalid, .code = std::move(code), .message = std::move(message)};
}

std::optional<Duration> retry_after(const http::Headers& headers) {
  const auto text = headers.get("x-amz-retry-after");
  Duration::rep milliseconds = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, milliseconds);
  if (text.empty() || error != std::errc{} || stop != end || milliseconds < 0) return std::nullopt;
  return Duration(milliseconds);
}

Error no_answer(const http::Broken& broken, const std::string& url) {
  return {.kind = ErrorClass::transient,
          .code = {},
          .message = cat("no answer from ", host_of(url), ": ", broken.reason),
          .may_have_acted = broken.stage == http::Broken::Stage::unknown};
}

// A poll's callers come back whatever happens, so it waits even when no retry is left.
bool is_poll(const Call& call) {
  return call.operation.starts_with("PollFor");
}

bool is_about_signature(const Error& error) {
  return error.code == "InvalidSignatureException" || error.code == "SignatureDoesNotMatch" ||
         error.code == "AuthFailure";
}

bool says_skewed(const Error& error) {
  return error.kind == ErrorClass::skewed ||
         (is_about_signature(error) && (error.message.contains("not yet current") ||
                                        error.message.contains("Signature expired")));
}

void hide(std::string& text, const base::Secret& secret) {
  const auto& value = secret.reveal();
  if (value.empty()) return;
  for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
    text.replace(at, value.size(), "***");
    at += 3;
  }
}

void log_try(const Error& error, int tries) {
  if (!base::logs(base::Level::debug)) return;
  base::log(base::Level::debug, "a try failed",
            {{"call", cat(error.service, ':', error.operation)},
             {"region", error.region},
             {"try", std::to_string(tries)},
             {"status", std::to_string(error.status)},
             {"code", error.code},
             {"reason", base::cut(error.message, 300)}});
}

}  // namespace

// A call from its first try to its last.
struct Client::Exchange {
  const Service& service;
  const std::string region;
  const Call call;
  Peer& peer;
  const http::Request request;  // unsigned
  const std::string id;

  int tries = 0;    // sent
  int repairs = 0;  // of these, after a repair
  bool keys_renewed = false;
  bool clock_corrected = false;
  std::optional<ErrorClass> retried = std::nullopt;  // what the last retry was paid for
  bool may_have_acted = false;                       // any try

  // Of the last try.
  Keys keys = {};
  Result<Reply> result = {};
  std::optional<Duration> retry_after = std::nullopt;
  std::optional<Duration> clock_difference = std::nullopt;  // the service's Date minus our time
};

base::Task<Result<Reply>> Client::call(std::string region, Call call) {
  const auto* const service = find_service(call.service);
  if (service == nullptr) {
    co_return std::unexpected(
        wrong_call("UnknownService", cat("there is no service called ", call.service)));
  }
  if (!is_region(region)) {
    co_return std::unexpected(
        wrong_call("InvalidRegion", cat(base::printable(region), " is not a region's name")));
  }
  auto request = request_of(*service, call, url_of(*service, region, call));
  auto& peer = (*peers_)[std::pair(call.service, region)];
  Exchange exchange{*service, std::move(region),  std::move(call),
                    peer,     std::move(request), invocation_id()};
  for (bool again = true; again;) {
    co_await attempt(exchange);
    again = co_await try_again(exchange);
  }
  co_return std::move(exchange.result);
}

std::unique_ptr<Caller> Client::with(Credentials& credentials) {
  return std::unique_ptr<Client>(new Client(*this, credentials));
}

std::string Client::url_of(const Service& service, const std::string& region,
                           const Call& call) const {
  const auto in_bucket = call.rest && !call.rest->bucket.empty();
  return in_bucket ? endpoints_.bucket_url(service, region, call.rest->bucket)
                   : endpoints_.url(service, region);
}

base::Task<> Client::attempt(Exchange& exchange) {
  exchange.retry_after.reset();
  exchange.clock_difference.reset();
  auto keys = co_await credentials_.get();
  ++exchange.tries;
  if (!keys) {
    exchange.result = std::unexpected(std::move(keys.error()));
    co_return;
  }
  exchange.keys = std::move(*keys);
  auto request = signed_request(exchange);
  auto outcome = co_await http_.send(std::move(request));
  judge(exchange, std::move(outcome));
}

http::Request Client::signed_request(const Exchange& exchange) const {
  auto request = exchange.request;
  request.headers.set("User-Agent", user_agent_);
  request.headers.set("amz-sdk-invocation-id", exchange.id);
  request.headers.set("amz-sdk-request",
                      cat("attempt=", exchange.tries, "; max=", retry_.max_attempts));
  const Scope scope{exchange.region, std::string(exchange.service.signing_name)};
  sign(request, exchange.keys, scope, clock_.now() + exchange.peer.clock_offset);
  return request;
}

void Client::judge(Exchange& exchange, http::Outcome outcome) const {
  if (!outcome) {
    exchange.result = std::unexpected(no_answer(outcome.error(), exchange.request.url));
    return;
  }
  exchange.retry_after = retry_after(outcome->headers);
  if (const auto date = parse_http_date(outcome->headers.get("Date"))) {
    exchange.clock_difference = *date - clock_.now();
  }
  exchange.result = reply_of(exchange.service, exchange.call, std::move(*outcome));
  if (exchange.result) return;
  // An error may say what AWS expected to be signed, with the session token in it.
  hide(exchange.result.error().message, exchange.keys.session_token);
  hide(exchange.result.error().message, exchange.keys.secret);
}

base::Task<bool> Client::try_again(Exchange& exchange) {
  auto& quota = exchange.peer.quota;
  if (exchange.result) {
    quota.succeeded(exchange.retried);
    co_return false;
  }
  auto& error = exchange.result.error();
  if (error.service.empty()) {  // else it is of a call that was to get the keys
    error.service = exchange.call.service;
    error.operation = exchange.call.operation;
    error.region = exchange.region;
  }
  exchange.may_have_acted = exchange.may_have_acted || error.may_have_acted;
  error.may_have_acted = exchange.may_have_acted;
  log_try(error, exchange.tries);
  if (!may_repeat(error, exchange.call.once)) co_return false;
  if (repair(exchange)) co_return true;
  const int regular_tries = exchange.tries - exchange.repairs;
  if (!is_worth_repeating(error) || regular_tries >= retry_.max_attempts) co_return false;
  const bool affordable = quota.take(error.kind);
  if (!affordable && !is_poll(exchange.call)) co_return false;
  exchange.retried = error.kind;
  const auto wait = backoff(error.kind, regular_tries, chance_.fraction(), exchange.retry_after);
  co_await clock_.sleep(wait);
  co_return affordable;
}

// True when the cause is removed, as far as we can tell, and the call should go out again at once.
bool Client::repair(Exchange& exchange) {
  constexpr Duration tolerated = std::chrono::minutes(4);
  auto& error = exchange.result.error();
  const auto& difference = exchange.clock_difference;
  auto& offset = exchange.peer.clock_offset;
  const bool is_off = difference && std::chrono::abs(*difference - offset) > tolerated;
  // EC2 says this of a signature's time, and of keys that have expired.
  if (error.code == "RequestExpired" && difference && !is_off) error.kind = ErrorClass::expired;
  if (says_skewed(error) || (is_about_signature(error) && is_off)) {
    error.kind = ErrorClass::skewed;
    if (exchange.clock_corrected || !difference) return false;
    exchange.clock_corrected = true;
    offset = *difference;
    base::log(base::Level::warning, "the clock differs from the service's",
              {{"service", exchange.call.service},
               {"region", exchange.region},
               {"seconds", std::to_string(offset.count() / 1'000)}});
  } else if (error.kind == ErrorClass::expired && !exchange.keys_renewed) {
    exchange.keys_renewed = true;
    credentials_.expired(exchange.keys);
  } else {
    return false;
  }
  ++exchange.repairs;
  return true;
}

// A random UUID (RFC 9562, version 4).
std::string Client::invocation_id() {
  std::array<unsigned char, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<unsigned char>(chance_.fraction() * 256);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  auto text = base::hex(bytes);
  for (const auto place : {20U, 16U, 12U, 8U}) text.insert(place, "-");
  return text;
}

}  // namespace agent::aws
