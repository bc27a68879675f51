// A server's answer as it comes over a real socket, which is closed behind it.
#include "agent/base/text.h"
#include "agent/http/curl_http.h"
#include "tests/fuzz/fuzz.h"
#include "tests/http/loopback_server.h"

namespace {

using agent::http::Broken;
using fuzz::require;

constexpr std::size_t response_limit = 1'000;

// One for all inputs: what an earlier answer was must not matter.
struct World {
  boost::asio::io_context io;
  std::string answer;
  loopback::Server server{io, [this](loopback::Connection& connection) -> loopback::Task<> {
                            const auto request = co_await connection.read();
                            if (request) co_await connection.write(answer);
                          }};
  agent::http::CurlHttp http{io, {.response_limit = response_limit}};
};

void check(const agent::http::Response& response, std::string_view answer) {
  require(response.status >= 100 && response.status <= 599, "a status is one of HTTP");
  require(response.body.size() <= std::min(answer.size(), response_limit), "a body has a limit");
  for (const auto& [name, value] : response.headers) {
    require(!name.contains('\n') && !value.contains('\n'), "a header is one line");
    require(value == agent::base::trim(value), "a header's value is trimmed");
  }
}

void check(const Broken& broken) {
  require(!broken.reason.empty() && fuzz::is_printable(broken.reason), "a reason can be told");
  require(broken.stage == Broken::Stage::unknown, "a server that answered has seen the request");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  world.answer = fuzz::text_of(data, size);
  agent::http::Request request{.method = "POST", .url = world.server.url(), .body = "{}"};
  request.timeout = request.connect_timeout = std::chrono::seconds(5);
  request.fresh_connection = true;
  request.direct = true;
  const auto outcome = loopback::run(world.io, world.http.send(std::move(request)));
  if (outcome) {
    check(*outcome, world.answer);
  } else {
    check(outcome.error());
  }
  return 0;
}
