#include "tests/local_cloud/imds.h"

#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "tests/local_cloud/caller.h"
#include "tests/local_cloud/cloud.h"

namespace local_cloud {
namespace {

using agent::base::text;
using std::chrono::hours;
using std::chrono::minutes;

const Time start = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};
constexpr auto credentials = "/latest/meta-data/iam/security-credentials/";

class ImdsTest : public testing::Test {
 protected:
  Response ask(const std::string& method, const std::string& path, const HeaderMap& headers = {},
               Time now = start) {
    return cloud.handle_metadata({.method = method, .target = path, .headers = headers}, now)
        .response;
  }
  std::string token(Time now = start) {
    return ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}}, now)
        .body;
  }
  Response get(const std::string& path, Time now = start) {
    return ask("GET", path, {{"X-aws-ec2-metadata-token", token(now)}}, now);
  }
  json::object role_credentials(Time now = start) {
    return json::parse(get(credentials + std::string("codepipeline-agent"), now).body).as_object();
  }

  Cloud cloud{{}};
};

TEST_F(ImdsTest, The_instance_is_described) {
  EXPECT_EQ(get("/latest/meta-data/placement/region").body, "us-east-1");
  EXPECT_EQ(get("/latest/meta-data/placement/availability-zone/").body, "us-east-1a");
  EXPECT_EQ(get(credentials).body, "codepipeline-agent");
  const auto document =
      json::parse(get("/latest/dynamic/instance-identity/document").body).as_object();
  EXPECT_EQ(text(document, "accountId"), "111122223333");
  EXPECT_EQ(get("/latest/meta-data/nothing").status, 404);
}

TEST_F(ImdsTest, The_roles_credentials_are_accepted_by_the_services) {
  const auto given = role_credentials();
  EXPECT_EQ(text(given, "Code"), "Success");
  EXPECT_EQ(text(given, "Expiration"), "2026-11-21T06:00:00Z");
  const Caller caller{.access_key = text(given, "AccessKeyId"),
                      .secret = text(given, "SecretAccessKey"),
                      .token = text(given, "Token")};
  const auto answer =
      cloud.handle(caller.query("sts", "2011-06-15", "GetCallerIdentity", {}, start), start)
          .response;
  EXPECT_NE(answer.body.find("assumed-role/codepipeline-agent/i-"), std::string::npos)
      << answer.body;
}

TEST_F(ImdsTest, New_credentials_are_there_five_minutes_before_the_old_ones_expire) {
  const auto first = text(role_credentials(), "AccessKeyId");
  EXPECT_EQ(text(role_credentials(start + hours(6) - minutes(6)), "AccessKeyId"), first);
  EXPECT_NE(text(role_credentials(start + hours(6) - minutes(5)), "AccessKeyId"), first);
}

TEST_F(ImdsTest, Nothing_is_told_without_a_session_token_unless_version_1_is_on) {
  EXPECT_EQ(ask("GET", credentials).status, 401);
  EXPECT_EQ(ask("GET", credentials, {{"X-aws-ec2-metadata-token", "made up"}}).status, 401);
  cloud.settings().imds_v1 = true;
  EXPECT_EQ(ask("GET", credentials).status, 200);
}

TEST_F(ImdsTest, Session_tokens_end_and_are_not_given_to_proxies_or_for_ever) {
  const auto old = token();
  EXPECT_EQ(ask("GET", credentials, {{"X-aws-ec2-metadata-token", old}}, start + hours(6)).status,
            401);
  const HeaderMap ttl{{"X-aws-ec2-metadata-token-ttl-seconds", "60"}};
  auto forwarded = ttl;
  forwarded["X-Forwarded-For"] = "10.0.0.1";
  EXPECT_EQ(ask("PUT", "/latest/api/token", forwarded).status, 403);
  EXPECT_EQ(ask("GET", "/latest/api/token", ttl).status, 405);
  EXPECT_EQ(ask("PUT", "/latest/api/token").status, 400);
  EXPECT_EQ(
      ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "21601"}}).status,
      400);
}

TEST_F(ImdsTest, An_instance_may_have_no_role) {
  cloud.settings().imds_role = "";
  EXPECT_EQ(get(credentials).status, 404);
}

TEST_F(ImdsTest, Faults_reach_it_too) {
  auto rule =
      read_rule({{"service", "imds"}, {"operation", "*/api/token"}, {"status", 503}, {"times", 1}});
  ASSERT_TRUE(rule);
  cloud.faults().add(*rule);
  EXPECT_EQ(ask("PUT", "/latest/api/token").status, 503);
  EXPECT_EQ(get(credentials).status, 200);
  EXPECT_EQ(cloud.log().entries().front().effect, "error");
}

}  // namespace
}  // namespace local_cloud
