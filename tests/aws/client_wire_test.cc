// The client over libcurl and real sockets: what the layers promise only together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/aws/client.h"
#include "agent/base/system_clock.h"
#include "agent/http/curl_http.h"
#include "tests/aws/scripted.h"
#include "tests/http/loopback_server.h"

namespace {

using agent::aws::Call;
using agent::aws::Reply;
using agent::aws::Result;
using agent::base::Task;
using loopback::Connection;
using loopback::Server;

class ClientWireTest : public testing::Test {
 protected:
  Result<Reply> call(const Server& server, Call what) {
    ::unsetenv("http_proxy");
    if (!client) {
      client.emplace(
          http, credentials,
          agent::aws::Endpoints::from({{"AWS_ENDPOINT_URL", server.url("")}}, false).value(), clock,
          chance, agent::aws::RetrySettings{}, "codepipeline-agent/1.2.3");
    }
    return loopback::run(io, client->call("eu-west-1", std::move(what)));
  }

  boost::asio::io_context io;
  agent::base::SystemClock clock{io.get_executor()};
  support::FakeChance chance;
  agent::aws::StaticCredentials credentials{scripted::some_keys()};
  agent::http::CurlHttp http{io};
  std::optional<agent::aws::Client> client;
};

TEST_F(ClientWireTest, A_lost_answer_is_asked_for_again) {
  int connections = 0;
  const Server server(io, [&](Connection& c) -> Task<> {
    const bool first = ++connections == 1;
    co_await c.read();
    if (first) {
      c.reset();
    } else {
      co_await c.answer(R"({"jobs":[]})");
    }
  });
  const auto reply = call(server, {"codepipeline", "GetJobDetails", {{"jobId", "j"}}});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_THAT(server.requests()[1], testing::HasSubstr("amz-sdk-request: attempt=2; max=3"));
}

// Every connection answers one request and dies under the next one, so that libcurl has idle
// connections to fall for.
TEST_F(ClientWireTest, What_must_take_effect_once_reaches_the_service_once) {
  const Server server(io, [](Connection& c) -> Task<> {
    const auto request = co_await c.read();
    if (!request || request->contains("SendCommand")) co_return;
    co_await c.answer("{}");
    co_await c.read();
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(call(server, {"ssm", "GetParameter", {}}));
    const auto reply = call(server, {"ssm", "SendCommand", {}, std::nullopt, true});
    ASSERT_FALSE(reply);
    EXPECT_TRUE(reply.error().may_have_acted);
  }
  const auto commands = std::ranges::count_if(
      server.requests(), [](const std::string& text) { return text.contains("SendCommand"); });
  EXPECT_EQ(commands, 20);
}

TEST_F(ClientWireTest, Nobody_at_the_endpoint_is_an_error_that_names_it) {
  Server server(io, [](Connection& c) -> Task<> {
    co_await c.read();
    co_await c.answer("{}");
  });
  const auto host = agent::base::cat("127.0.0.1:", server.port());
  ASSERT_TRUE(call(server, {"codepipeline", "PollForJobs", {}}));
  server.stop();
  const auto reply = call(server, {"codepipeline", "PollForJobs", {}});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, agent::aws::ErrorClass::transient);
  EXPECT_FALSE(reply.error().may_have_acted);
  EXPECT_THAT(reply.error().message, testing::HasSubstr("no answer from " + host));
}

}  // namespace
