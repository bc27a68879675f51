#include "agent/aws/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "agent/base/time_text.h"
#include "tests/aws/scripted.h"

namespace {

using agent::aws::Call;
using agent::aws::Client;
using agent::aws::Credentials;
using agent::aws::Error;
using agent::aws::ErrorClass;
using agent::aws::Keys;
using agent::aws::Reply;
using agent::aws::Result;
using agent::base::Task;
using scripted::Broken;
using scripted::Http;
using scripted::Outcome;
using scripted::Request;
using scripted::Response;
using std::chrono::minutes;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

// Keys that are renewed when a service refuses them.
class Renewable final : public Credentials {
 public:
  Task<Result<Keys>> get() override {
    if (down) co_return std::unexpected(Error{.kind = ErrorClass::transient, .message = "down"});
    auto keys = scripted::some_keys("KEY" + std::to_string(generation));
    if (!session_token.empty()) keys.session_token = agent::base::Secret(session_token);
    co_return keys;
  }
  void expired(const Keys& keys) override {
    EXPECT_EQ(keys.access_key, "KEY" + std::to_string(generation));
    ++generation;
  }

  int generation = 1;
  std::string session_token;
  bool down = false;
};

std::string json_error(const std::string& code, const std::string& message = "as scripted") {
  return R"({"__type":")" + code + R"(","message":")" + message + R"("})";
}

const auto fine = scripted::answers(200, R"({"ok":1})");
const auto throttle = scripted::answers(400, json_error("ThrottlingException"));
const auto lost = scripted::breaks(Broken::Stage::unknown);
const auto unsent = scripted::breaks(Broken::Stage::before_sending);

class ClientTest : public testing::Test {
 protected:
  Result<Reply> call(Http& http, Call what = {"codepipeline", "GetJobDetails", {}},
                     int max_attempts = 3) {
    if (!client) {
      client.emplace(http, credentials, agent::aws::Endpoints(), clock, chance,
                     agent::aws::RetrySettings{max_attempts}, "codepipeline-agent/1.2.3");
    }
    return scripted::run(io, clock, client->call("eu-west-1", std::move(what)));
  }

  // The Date header of a service whose clock is right when ours is wrong.
  std::string date(agent::base::Duration difference) {
    const auto time = std::chrono::floor<std::chrono::seconds>(clock.now() + difference);
    std::array<char, 64> text{};
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
  }

  boost::asio::io_context io;
  support::FakeClock clock{io};
  support::FakeChance chance;
  Renewable credentials;
  std::optional<Client> client;
};

TEST_F(ClientTest, Sends_a_signed_request_and_reads_the_answer) {
  Http http(fine);
  const auto reply = call(http);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, boost::json::object({{"ok", 1}}));
  ASSERT_EQ(http.requests.size(), 1U);
  const auto& request = http.requests[0];
  EXPECT_EQ(request.url, "https://codepipeline.eu-west-1.amazonaws.com/");
  EXPECT_EQ(request.headers.get("User-Agent"), "codepipeline-agent/1.2.3");
  EXPECT_EQ(request.headers.get("amz-sdk-request"), "attempt=1; max=3");
  EXPECT_THAT(request.headers.get("amz-sdk-invocation-id"),
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_THAT(request.headers.get("Authorization"),
              AllOf(StartsWith("AWS4-HMAC-SHA256 Credential=KEY1/20261121/eu-west-1/codepipeline/"),
                    HasSubstr("amz-sdk-invocation-id;amz-sdk-request;")));
}

TEST_F(ClientTest, Tries_three_times_with_one_invocation_id) {
  Http http(lost);
  const auto reply = call(http);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorClass::transient);
  EXPECT_TRUE(reply.error().may_have_acted);
  EXPECT_EQ(reply.error().service, "codepipeline");
  EXPECT_EQ(reply.error().operation, "GetJobDetails");
  EXPECT_EQ(reply.error().region, "eu-west-1");
  EXPECT_THAT(reply.error().message, HasSubstr("codepipeline.eu-west-1.amazonaws.com"));
  ASSERT_EQ(http.requests.size(), 3U);
  std::set<std::string> ids;
  for (const auto& request : http.requests)
    ids.insert(request.headers.get("amz-sdk-invocation-id"));
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(http.requests[2].headers.get("amz-sdk-request"), "attempt=3; max=3");
}

TEST_F(ClientTest, Waits_between_tries_and_longer_when_it_is_throttled) {
  const auto time_of = [&](const Http::Answer& answer) {
    Http http(answer);
    client.reset();
    const auto start = clock.steady();
    EXPECT_FALSE(call(http, {"codepipeline", "GetJobDetails", {}}, 8));
    return clock.steady() - start;
  };
  const auto transient = time_of(scripted::answers(503, ""));
  const auto throttled = time_of(throttle);
  EXPECT_GT(transient.count(), 0);
  EXPECT_LE(transient, std::chrono::milliseconds(50 * 127));
  EXPECT_GT(throttled, transient);
}

TEST_F(ClientTest, Waits_as_long_as_the_service_asks) {
  Http http({scripted::answers(503, "", {{"x-amz-retry-after", "4000"}}), fine});
  const auto start = clock.steady();
  EXPECT_TRUE(call(http));
  EXPECT_EQ(clock.steady() - start, std::chrono::seconds(4));
}

TEST_F(ClientTest, Does_not_repeat_what_was_refused) {
  Http http(scripted::answers(400, json_error("ValidationException")));
  EXPECT_EQ(call(http).error().code, "ValidationException");
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(ClientTest, Tells_when_an_earlier_try_may_have_acted) {
  Http http({lost, scripted::answers(400, json_error("InvalidNonceException"))});
  const auto reply = call(http);
  EXPECT_EQ(reply.error().kind, ErrorClass::conflict);
  EXPECT_TRUE(reply.error().may_have_acted);
}

TEST_F(ClientTest, Says_so_when_nothing_can_have_acted) {
  Http http({unsent, scripted::answers(400, json_error("InvalidNonceException"))});
  EXPECT_FALSE(call(http).error().may_have_acted);
}

TEST_F(ClientTest, A_call_to_be_made_once_is_repeated_only_while_it_surely_was_not) {
  const Call once{"ssm", "SendCommand", {}, std::nullopt, true};
  for (const auto& ambiguous : {lost, scripted::answers(500, ""), scripted::answers(504, ""),
                                scripted::answers(200, "{")}) {
    Http http({unsent, throttle, ambiguous, fine});
    client.reset();
    const auto reply = call(http, once, 10);
    ASSERT_FALSE(reply);
    EXPECT_TRUE(reply.error().may_have_acted);
    EXPECT_EQ(http.requests.size(), 3U);
    for (const auto& request : http.requests) EXPECT_TRUE(request.fresh_connection);
  }
}

TEST_F(ClientTest, Stops_repeating_when_the_quota_of_a_service_is_used_up) {
  Http http(scripted::answers(500, ""));
  for (int i = 0; i < 17; ++i) call(http);  // 17 * 2 retries of 14
  const auto before = http.requests.size();
  EXPECT_EQ(before, 51U);
  call(http);
  call(http);
  EXPECT_EQ(http.requests.size(), before + 3) << "one more retry, then none";
  call(http, {"ec2", "DescribeImages", {}});
  EXPECT_EQ(http.requests.size(), before + 6) << "another service has its own";
}

TEST_F(ClientTest, A_poll_waits_even_when_the_quota_is_used_up) {
  Http http(throttle);
  const Call poll{"codepipeline", "PollForJobs", {}};
  for (int i = 0; i < 50; ++i) call(http, poll);
  const auto requests = http.requests.size();
  const auto start = clock.steady();
  for (int i = 0; i < 10; ++i) call(http, poll);
  EXPECT_EQ(http.requests.size(), requests + 10);
  EXPECT_GT(clock.steady() - start, std::chrono::seconds(1));
}

TEST_F(ClientTest, Renews_expired_keys_once) {
  Http http({scripted::answers(400, json_error("ExpiredTokenException")), fine});
  EXPECT_TRUE(call(http, {"codepipeline", "GetJobDetails", {}}, 1));
  EXPECT_THAT(http.requests[1].headers.get("Authorization"), HasSubstr("Credential=KEY2/"));

  Http never(scripted::answers(400, json_error("ExpiredTokenException")));
  client.reset();
  EXPECT_EQ(call(never).error().kind, ErrorClass::expired);
  EXPECT_EQ(never.requests.size(), 2U);
}

TEST_F(ClientTest, Renews_keys_that_EC2_calls_an_expired_request_at_the_right_time) {
  Http http([&](const Request& request) -> Outcome {
    if (request.headers.get("Authorization").contains("Credential=KEY2/")) {
      return Response{200, {}, "{}"};
    }
    return Response{400, {{"Date", date(minutes(0))}}, json_error("RequestExpired")};
  });
  EXPECT_TRUE(call(http, {"codepipeline", "GetJobDetails", {}}, 1));
  EXPECT_EQ(http.requests.size(), 2U);
}

TEST_F(ClientTest, An_answer_that_repeats_our_keys_is_told_without_them) {
  credentials.session_token = "the-token/of+ours==";
  Http http(scripted::answers(403, json_error("SignatureDoesNotMatch",
                                              "expected x-amz-security-token:the-token/of+ours== "
                                              "and again the-token/of+ours==")));
  const auto reply = call(http);
  EXPECT_THAT(reply.error().message, HasSubstr("x-amz-security-token:***"));
  EXPECT_FALSE(reply.error().message.contains("ours"));
}

TEST_F(ClientTest, Keys_that_cannot_be_had_are_an_error_like_others) {
  Http http(fine);
  credentials.down = true;
  const auto reply = call(http);
  EXPECT_EQ(reply.error().message, "down");
  EXPECT_FALSE(reply.error().may_have_acted);
  EXPECT_TRUE(http.requests.empty());
}

// Accepts signatures that are at most 5 min away from its own time.
struct StrictService {
  support::FakeClock& clock;
  std::string code, message;
  std::function<std::string()> date;
  agent::base::Duration ours_is_behind_by;

  Outcome operator()(const Request& request) const {
    const auto signed_at = request.headers.get("X-Amz-Date");
    const auto theirs = clock.now() + ours_is_behind_by;
    const auto expected =
        agent::base::compact_date(theirs) + "T" + agent::base::compact_time(theirs);
    if (signed_at.substr(0, 13) == expected.substr(0, 13)) return Response{200, {}, "{}"};
    return Response{400, {{"Date", date()}}, json_error(code, message)};
  }
};

TEST_F(ClientTest, Learns_the_services_time_when_it_refuses_ours) {
  for (const auto& [code, message] : std::map<std::string, std::string>{
           {"RequestTimeTooSkewed", ""},
           {"RequestExpired", ""},
           {"InvalidSignatureException", "Signature not yet current: 20261121T000000Z"},
           {"SignatureDoesNotMatch", "Signature expired: 20261121T000000Z is now earlier"},
           {"AuthFailure", "AWS was not able to validate the provided access credentials"}}) {
    const auto wrong = minutes(17);
    Http http(StrictService{clock, code, message, [&] { return date(wrong); }, wrong});
    client.reset();
    EXPECT_TRUE(call(http, {"codepipeline", "GetJobDetails", {}}, 1)) << code;
    EXPECT_EQ(http.requests.size(), 2U) << code;
    EXPECT_TRUE(call(http));
    EXPECT_EQ(http.requests.size(), 3U) << "learned for the next call";
  }
}

TEST_F(ClientTest, A_clock_that_is_set_right_later_is_noticed) {
  auto wrong = minutes(17);
  Http http([&](const Request& request) {
    return StrictService{clock, "RequestTimeTooSkewed", "", [&] { return date(wrong); },
                         wrong}(request);
  });
  EXPECT_TRUE(call(http));
  wrong = minutes(0);
  EXPECT_TRUE(call(http));
  EXPECT_EQ(http.requests.size(), 4U);
}

TEST_F(ClientTest, A_wrong_signature_at_the_right_time_is_no_matter_of_the_clock) {
  Http http(scripted::answers(403, json_error("InvalidSignatureException", "does not match"),
                              {{"Date", date(minutes(1))}}));
  EXPECT_EQ(call(http).error().kind, ErrorClass::refused);
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(ClientTest, A_skewed_clock_is_corrected_once_per_call) {
  Http http(
      scripted::answers(403, json_error("RequestTimeTooSkewed"), {{"Date", date(minutes(9))}}));
  EXPECT_EQ(call(http).error().kind, ErrorClass::skewed);
  EXPECT_EQ(http.requests.size(), 2U);
}

TEST_F(ClientTest, With_other_keys_it_shares_what_is_known_of_a_service) {
  Http http(
      {scripted::answers(400, json_error("RequestExpired"), {{"Date", date(minutes(20))}}), fine});
  ASSERT_TRUE(call(http));
  Renewable others;
  others.generation = 77;
  const auto other = client->with(others);
  ASSERT_TRUE(scripted::run(io, clock, other->call("eu-west-1", {"codepipeline", "Op", {}})));
  ASSERT_EQ(http.requests.size(), 3U);
  const auto& headers = http.requests[2].headers;
  EXPECT_THAT(headers.get("Authorization"), HasSubstr("Credential=KEY77/"));
  EXPECT_EQ(headers.get("User-Agent"), "codepipeline-agent/1.2.3");
  // The service's time, as the first one has learned it.
  EXPECT_EQ(headers.get("X-Amz-Date"), http.requests[1].headers.get("X-Amz-Date"));
  // Of the quota, too.
  http.requests.clear();
  Http broken(lost);
  client.reset();
  for (int i = 0; i < 30; ++i) call(broken);
  const auto spent = client->with(others);
  broken.requests.clear();
  scripted::run(io, clock, spent->call("eu-west-1", {"codepipeline", "GetJobDetails", {}}));
  EXPECT_EQ(broken.requests.size(), 1U);
}

TEST_F(ClientTest, An_error_in_getting_keys_stays_that_of_its_own_call) {
  struct Asking final : Credentials {
    Task<Result<Keys>> get() override {
      co_return std::unexpected(Error{.kind = ErrorClass::refused,
                                      .code = "AccessDenied",
                                      .message = "no",
                                      .service = "sts",
                                      .operation = "AssumeRole",
                                      .region = "us-east-1"});
    }
  };
  Http http(fine);
  call(http);
  Asking asking;
  const auto other = client->with(asking);
  const auto reply = scripted::run(io, clock, other->call("eu-west-1", {"codepipeline", "Op", {}}));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().operation, "AssumeRole");
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(ClientTest, A_bucket_is_a_part_of_the_hosts_name) {
  Http http(scripted::answers(200, "content"));
  const auto reply = call(http, {.service = "s3",
                                 .operation = "GetObject",
                                 .params = {},
                                 .rest = agent::aws::Rest{.method = "GET",
                                                          .path = "/a%20b/c",
                                                          .query = {},
                                                          .headers = {},
                                                          .body = {},
                                                          .bucket = "store"}});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->raw, "content");
  EXPECT_EQ(http.requests[0].url, "https://store.s3.eu-west-1.amazonaws.com/a%20b/c");
  EXPECT_THAT(http.requests[0].headers.get("Authorization"), HasSubstr("/eu-west-1/s3/"));
}

TEST_F(ClientTest, S3s_word_about_another_region_is_passed_on) {
  Http http(scripted::answers(301,
                              "<Error><Code>PermanentRedirect</Code><Message>Go.</Message></Error>",
                              {{"x-amz-bucket-region", "us-west-2"}}));
  const auto reply = call(http, {.service = "s3", .operation = "GetObject", .params = {}});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().message, "Go. (the bucket is in us-west-2)");
}

TEST_F(ClientTest, Names_a_service_or_region_that_cannot_be) {
  Http http(fine);
  EXPECT_EQ(call(http, {"nosuch", "Op", {}}).error().code, "UnknownService");
  const auto reply = scripted::run(io, clock, client->call("evil.example/", {"ec2", "Op", {}}));
  EXPECT_EQ(reply.error().code, "InvalidRegion");
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(ClientTest, Calls_at_the_same_time_do_not_disturb_each_other) {
  int number = 0;
  Http http([&](const Request&) -> Outcome {
    if (++number % 3 != 0) return Response{503, {}, ""};
    return Response{200, {}, "{}"};
  });
  client.emplace(http, credentials, agent::aws::Endpoints(), clock, chance,
                 agent::aws::RetrySettings{10}, "a/1");
  std::vector<scripted::Started<Result<Reply>>> all;
  for (int i = 0; i < 10; ++i) {
    all.emplace_back(io, client->call("eu-west-1", {"codepipeline", "Op", {}}));
  }
  clock.run_dry();
  for (const auto& one : all) EXPECT_TRUE(one.result());
}

}  // namespace
