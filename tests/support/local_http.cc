#include "tests/support/local_http.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "agent/base/json.h"

namespace support {
namespace {

using agent::base::Task;
using agent::http::Broken;
using agent::http::Outcome;
using agent::http::Request;
using agent::http::Response;
using local_cloud::Delivery;

std::string operation_of(const Request& request) {
  const auto target = request.headers.get("X-Amz-Target");
  if (!target.empty()) return target.substr(target.find('.') + 1);
  const auto action = request.body.find("Action=");
  if (action == std::string::npos) return request.method;
  const auto begin = action + 7;
  return request.body.substr(begin, request.body.find('&', begin) - begin);
}

std::size_t token_size(const Request& request) {
  if (!request.body.contains("continuationToken")) return 0;
  const auto body = agent::base::parse(request.body);
  if (!body || !body->is_object()) return 0;
  return agent::base::text(body->get_object(), "continuationToken").size();
}

local_cloud::Request translated(const Request& request) {
  const auto host_begin = request.url.find("://") + 3;
  const auto path_begin = std::min(request.url.find('/', host_begin), request.url.size());
  local_cloud::Request result{
      .method = request.method, .target = request.url.substr(path_begin), .body = request.body};
  if (result.target.empty()) result.target = "/";
  for (const auto& [name, value] : request.headers) result.headers[name] = value;
  result.headers["Host"] = request.url.substr(host_begin, path_begin - host_begin);
  return result;
}

Response translated(const local_cloud::Response& response) {
  Response result{.status = response.status, .body = response.body};
  for (const auto& [name, value] : response.headers) result.headers.add(name, value);
  return result;
}

Outcome outcome_of(const Delivery& delivery) {
  if (delivery.cut == Delivery::Cut::none) return translated(delivery.response);
  return std::unexpected(Broken{Broken::Stage::unknown, "the connection was reset"});
}

}  // namespace

bool LocalHttp::is_troubled(std::size_t number) const {
  return trouble_ && number >= trouble_->request && number - trouble_->request < trouble_->times;
}

Delivery LocalHttp::delivered(std::size_t number, const Request& request) {
  const auto* fault =
      is_troubled(number) ? std::get_if<local_cloud::Fault>(&trouble_->what) : nullptr;
  if (fault != nullptr) cloud_.faults().add({.id = "trouble", .fault = *fault});
  auto delivery = cloud_.handle(translated(request), clock_.true_time());
  if (fault != nullptr) cloud_.faults().remove("trouble");
  return delivery;
}

Task<Outcome> LocalHttp::send(Request request) {
  using enum Kill::When;
  if (fate_.is_dead()) co_await die();
  const auto operation = operation_of(request);
  const auto number = fate_.note(Event::What::request, operation);
  const auto strikes = [&](Kill::When when) {
    return fate_.strikes(Event::What::request, number, when);
  };
  requests_.push_back(operation);
  largest_token_ = std::max(largest_token_, token_size(request));
  if (strikes(before)) co_await die();
  if (is_troubled(number)) {
    ++troubled_;
    const auto* broken = std::get_if<Broken>(&trouble_->what);
    if (broken != nullptr) co_await clock_.sleep(std::chrono::seconds(1));
    if (broken != nullptr) co_return std::unexpected(*broken);
  }
  const auto delivery = delivered(number, request);
  if (strikes(middle)) co_await die();
  const auto offers = delivery.response.body.contains("nonce");
  if (operation == "PollForJobs" && !offers) fate_.note_idle(Event::What::request, number);
  // An answer takes a while, so that other coroutines get their turn.
  co_await clock_.sleep(std::max(delivery.delay, std::chrono::milliseconds(5)));
  if (strikes(after)) fate_.die();
  co_return outcome_of(delivery);
}

// Never returns.
Task<> LocalHttp::die() {
  fate_.die();
  boost::asio::steady_timer never(co_await boost::asio::this_coro::executor,
                                  boost::asio::steady_timer::time_point::max());
  co_await never.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

}  // namespace support
