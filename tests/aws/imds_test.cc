#include "agent/aws/imds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/aws/credentials_imds.h"
#include "tests/aws/scripted.h"

namespace {

using agent::aws::Environment;
using agent::aws::ErrorClass;
using agent::aws::Imds;
using agent::aws::ImdsCredentials;
using agent::aws::ImdsSettings;
using agent::aws::Keys;
using agent::aws::Result;
using agent::base::Secret;
using scripted::Broken;
using scripted::Http;
using scripted::Outcome;
using scripted::Request;
using scripted::Response;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto document = R"({"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIA",
  "SecretAccessKey":"hush","Token":"t","Expiration":"2026-11-21T06:00:00Z"})";

// An instance with a role.
struct Instance {
  std::string token = "token1";
  std::string role = "my role\n";
  std::string keys = document;
  int status = 200;

  Outcome operator()(const Request& request) const {
    if (request.method == "PUT") {
      EXPECT_EQ(request.headers.get("X-aws-ec2-metadata-token-ttl-seconds"), "21600");
      return Response{status, {}, token};
    }
    if (request.headers.get("X-aws-ec2-metadata-token") != token) return Response{401, {}, ""};
    if (request.url.ends_with("/security-credentials/")) return Response{200, {}, role};
    if (request.url.ends_with("/security-credentials/my%20role")) return Response{200, {}, keys};
    return Response{404, {}, ""};
  }
};

class ImdsTest : public testing::Test {
 protected:
  Result<Keys> get(Http& http, ImdsSettings settings = {}) {
    Imds imds(http, clock, std::move(settings));
    ImdsCredentials credentials(imds);
    return scripted::run(io, clock, credentials.get());
  }
  Result<Keys> get(const Instance& instance) {
    Http http(instance);
    return get(http);
  }

  boost::asio::io_context io;
  support::FakeClock clock{io};
};

TEST_F(ImdsTest, Gives_the_keys_of_the_instances_role) {
  Http http(Instance{});
  const auto keys = get(http);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key, "ASIA");
  EXPECT_EQ(keys->secret, Secret("hush"));
  EXPECT_EQ(keys->session_token, Secret("t"));
  EXPECT_EQ(keys->expiry.value() - clock.now(), std::chrono::hours(6));
  ASSERT_EQ(http.requests.size(), 3U);
  for (const auto& request : http.requests) {
    EXPECT_TRUE(request.direct);
    EXPECT_EQ(request.timeout, std::chrono::seconds(1));
    EXPECT_THAT(request.url, testing::StartsWith("http://169.254.169.254/latest/"));
  }
}

TEST_F(ImdsTest, Keeps_its_token_until_shortly_before_it_ends) {
  Http http(Instance{});
  Imds imds(http, clock, {});
  const auto tokens = [&] {
    return std::ranges::count(http.requests, std::string("PUT"), &Request::method);
  };
  scripted::run(io, clock, imds.get("/a"));
  clock.advance(std::chrono::hours(5));
  scripted::run(io, clock, imds.get("/a"));
  EXPECT_EQ(tokens(), 1);
  clock.advance(std::chrono::hours(1));
  scripted::run(io, clock, imds.get("/a"));
  EXPECT_EQ(tokens(), 2);
}

TEST_F(ImdsTest, Fetches_a_new_token_when_the_old_one_is_refused) {
  Instance instance;
  Http http([&](const Request& request) { return instance(request); });
  Imds imds(http, clock, {});
  ImdsCredentials credentials(imds);
  ASSERT_TRUE(scripted::run(io, clock, credentials.get()));
  instance.token = "token2";
  EXPECT_TRUE(scripted::run(io, clock, credentials.get()));
  instance.token = "";
  EXPECT_FALSE(scripted::run(io, clock, credentials.get()));
}

TEST_F(ImdsTest, Nobody_there_or_no_role_means_not_configured) {
  Http nobody(scripted::breaks(Broken::Stage::before_sending));
  EXPECT_EQ(get(nobody).error().code, agent::aws::no_credentials);
  EXPECT_EQ(get(Instance{.role = ""}).error().code, agent::aws::no_credentials);
  EXPECT_EQ(get(Instance{.role = "another"}).error().code, agent::aws::no_credentials);
  EXPECT_EQ(get(Instance{.status = 403}).error().code, agent::aws::no_credentials);
  Http unused(Instance{});
  EXPECT_EQ(get(unused, {.disabled = true}).error().code, agent::aws::no_credentials);
  EXPECT_TRUE(unused.requests.empty());
}

TEST_F(ImdsTest, Never_asks_without_a_token) {
  Http http([](const Request& request) -> Outcome {
    return Response{request.method == "PUT" ? 404 : 200, {}, document};
  });
  EXPECT_EQ(get(http).error().code, agent::aws::no_credentials);
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(ImdsTest, A_document_that_cannot_be_used_is_transient_and_not_shown) {
  for (const auto* keys :
       {"hush", R"({"Code":"Failed","SecretAccessKey":"hush"})",
        R"({"Code":"Success","AccessKeyId":"A","SecretAccessKey":"hush"})", ""}) {
    const auto result = get(Instance{.keys = keys});
    ASSERT_FALSE(result) << keys;
    EXPECT_EQ(result.error().kind, ErrorClass::transient);
    EXPECT_THAT(result.error().message, Not(HasSubstr("hush")));
  }
}

TEST_F(ImdsTest, Tries_as_often_as_it_may) {
  Http http({scripted::answers(500, ""), scripted::breaks(Broken::Stage::unknown), Instance{}});
  EXPECT_TRUE(get(http, {.attempts = 3}));
  Http again({scripted::answers(500, ""), scripted::answers(503, ""), Instance{}});
  const auto failed = get(again, {.attempts = 2});
  EXPECT_EQ(failed.error().kind, ErrorClass::transient);
  EXPECT_EQ(again.requests.size(), 2U);
}

TEST(ImdsSettingsTest, Come_from_the_environment) {
  const auto usual = ImdsSettings::from({}, false).value();
  EXPECT_FALSE(usual.disabled);
  EXPECT_EQ(usual.attempts, 1);
  EXPECT_EQ(usual.timeout, std::chrono::seconds(1));
  const auto given = ImdsSettings::from({{"AWS_EC2_METADATA_DISABLED", "true"},
                                         {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[::1]:9/"},
                                         {"AWS_METADATA_SERVICE_TIMEOUT", "2.5"},
                                         {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "4"}},
                                        false)
                         .value();
  EXPECT_TRUE(given.disabled);
  EXPECT_EQ(given.endpoint, "http://[::1]:9");
  EXPECT_EQ(given.timeout, std::chrono::milliseconds(2'500));
  EXPECT_EQ(given.attempts, 4);
  EXPECT_GT(ImdsSettings::from({{"AWS_METADATA_SERVICE_TIMEOUT", "0.0001"}}, false).value().timeout,
            std::chrono::milliseconds(0));  // which would be no limit
  EXPECT_EQ(ImdsSettings::from({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}}, false)
                .value()
                .endpoint,
            "http://[fd00:ec2::254]");
}

TEST(ImdsSettingsTest, Wrong_ones_are_named) {
  for (const auto& [name, value] :
       Environment{{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://example.com"},
                   {"AWS_METADATA_SERVICE_TIMEOUT", "soon"},
                   {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "-1"}}) {
    const auto settings = ImdsSettings::from({{name, value}}, false);
    ASSERT_FALSE(settings) << name;
    EXPECT_THAT(settings.error(), HasSubstr(name));
  }
}

}  // namespace
