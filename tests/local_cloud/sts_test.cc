#include "tests/local_cloud/sts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "agent/base/text.h"
#include "tests/local_cloud/caller.h"
#include "tests/local_cloud/cloud.h"

namespace local_cloud {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

const Time start = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};
const std::string role = "arn:aws:iam::444455556666:role/path/deploy";

class StsTest : public testing::Test {
 protected:
  Response ask(const std::string& action, const Pairs& params, const Caller& caller = {},
               Time now = start) {
    return cloud.handle(caller.query("sts", "2011-06-15", action, params, now), now).response;
  }
  // Whoever the credentials in the answer make of one.
  Caller become(const Response& response, const std::string& action) {
    EXPECT_EQ(response.status, 200) << response.body;
    pugi::xml_document document;
    document.load_buffer(response.body.data(), response.body.size());
    const auto given =
        document.first_child().child((action + "Result").c_str()).child("Credentials");
    return {.access_key = given.child_value("AccessKeyId"),
            .secret = given.child_value("SecretAccessKey"),
            .token = given.child_value("SessionToken")};
  }
  Caller assume(const Pairs& more = {}, const Caller& caller = {}) {
    Pairs params{{"RoleArn", role}, {"RoleSessionName", "session"}};
    params.insert(params.end(), more.begin(), more.end());
    return become(ask("AssumeRole", params, caller), "AssumeRole");
  }

  Cloud cloud{{}};
};

TEST_F(StsTest, An_assumed_role_is_somebody_else_in_its_own_account_until_it_expires) {
  const auto caller = assume({{"DurationSeconds", "900"}});
  const auto answer = ask("GetCallerIdentity", {}, caller);
  EXPECT_THAT(answer.body,
              HasSubstr("<Arn>arn:aws:sts::444455556666:assumed-role/deploy/session</Arn>"));
  EXPECT_THAT(answer.body, HasSubstr("<Account>444455556666</Account>"));
  EXPECT_EQ(
      ask("GetCallerIdentity", {}, caller, start + minutes(15) - std::chrono::seconds(1)).status,
      200);
  EXPECT_THAT(ask("GetCallerIdentity", {}, caller, start + minutes(15)).body,
              HasSubstr("<Code>ExpiredToken</Code>"));
}

TEST_F(StsTest, Each_time_the_keys_are_new) {
  EXPECT_NE(assume().access_key, assume().access_key);
}

TEST_F(StsTest, Wrong_parameters_are_refused) {
  const auto code = [&](const Pairs& params) { return ask("AssumeRole", params).body; };
  EXPECT_THAT(code({{"RoleArn", role}}), HasSubstr("Value null at 'roleSessionName'"));
  EXPECT_THAT(code({{"RoleArn", "short"}, {"RoleSessionName", "ss"}}),
              HasSubstr("ValidationError"));
  EXPECT_THAT(
      code({{"RoleArn", "arn:aws:iam::444455556666:user/someone"}, {"RoleSessionName", "ss"}}),
      HasSubstr("is invalid"));
  EXPECT_THAT(code({{"RoleArn", role}, {"RoleSessionName", "a b"}}), HasSubstr("[\\w+=,.@-]*"));
  EXPECT_THAT(code({{"RoleArn", role}, {"RoleSessionName", "ss"}, {"DurationSeconds", "899"}}),
              HasSubstr("greater than or equal to 900"));
  EXPECT_THAT(code({{"RoleArn", role}, {"RoleSessionName", "ss"}, {"DurationSeconds", "43201"}}),
              HasSubstr("less than or equal to 43200"));
}

TEST_F(StsTest, A_listed_role_asks_for_its_external_id_and_trusts_only_whom_it_names) {
  cloud.accounts().add(Role{.arn = role, .external_id = "x", .trusted_accounts = {"111122223333"}});
  Pairs params{{"RoleArn", role}, {"RoleSessionName", "session"}};
  EXPECT_THAT(ask("AssumeRole", params).body,
              HasSubstr("is not authorized to perform: sts:AssumeRole"));
  params.emplace_back("ExternalId", "x");
  EXPECT_EQ(ask("AssumeRole", params).status, 200);
  const Caller other{.access_key = "AKIAI44QH8DHBEXAMPLE",
                     .secret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"};
  EXPECT_EQ(ask("AssumeRole", params, other).status, 403);
}

TEST_F(StsTest, A_chained_role_lasts_an_hour_at_most) {
  const auto first = assume();
  EXPECT_THAT(
      ask("AssumeRole",
          {{"RoleArn", role}, {"RoleSessionName", "next"}, {"DurationSeconds", "3601"}}, first)
          .body,
      HasSubstr("role chaining"));
  EXPECT_EQ(ask("GetCallerIdentity", {}, assume({{"DurationSeconds", "3600"}}, first)).status, 200);
}

TEST_F(StsTest, A_session_token_is_for_the_same_user_and_gives_no_further_one) {
  const auto caller = become(ask("GetSessionToken", {}), "GetSessionToken");
  EXPECT_THAT(ask("GetCallerIdentity", {}, caller, start + hours(11)).body,
              HasSubstr("arn:aws:iam::111122223333:user/example"));
  EXPECT_EQ(ask("GetSessionToken", {}, caller).status, 403);
}

TEST_F(StsTest, What_EC2_refused_can_be_decoded_in_its_account_only) {
  cloud.accounts().deny({"AKIAIOSFODNN7EXAMPLE", "ec2:*"});
  const auto refused =
      cloud.handle(Caller().query("ec2", "2016-11-15", "CreateImage", {}, start), start)
          .response.body;
  constexpr std::string_view mark = "failure message: ";
  const auto from = refused.find(mark) + mark.size();
  const auto message = refused.substr(from, refused.find('<', from) - from);
  EXPECT_THAT(ask("DecodeAuthorizationMessage", {{"EncodedMessage", message}}).body,
              testing::AllOf(HasSubstr("&quot;action&quot;:&quot;ec2:CreateImage&quot;"),
                             HasSubstr("<DecodedMessage>")));
  const Caller other{.access_key = "AKIAI44QH8DHBEXAMPLE",
                     .secret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"};
  EXPECT_THAT(ask("DecodeAuthorizationMessage", {{"EncodedMessage", message}}, other).body,
              HasSubstr("InvalidAuthorizationMessageException"));
  EXPECT_THAT(ask("DecodeAuthorizationMessage", {{"EncodedMessage", "zzz"}}).body,
              HasSubstr("InvalidAuthorizationMessageException"));
}

TEST_F(StsTest, An_operation_that_is_not_there_is_refused) {
  EXPECT_THAT(ask("GetFederationToken", {}).body,
              HasSubstr("<Code>InvalidAction</Code><Message>Could not find operation "
                        "GetFederationToken for version 2011-06-15</Message>"));
}

}  // namespace
}  // namespace local_cloud
