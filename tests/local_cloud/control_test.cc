#include "tests/local_cloud/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/json.h"
#include "tests/local_cloud/caller.h"
#include "tests/local_cloud/cloud.h"

namespace local_cloud {
namespace {

using agent::base::text;

const Time now = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};

class ControlTest : public testing::Test {
 protected:
  Response ask(const std::string& method, const std::string& what, const std::string& body = "") {
    return cloud.handle({.method = method, .target = "/_control/" + what, .body = body}, now)
        .response;
  }
  json::object asked(const std::string& method, const std::string& what,
                     const std::string& body = "") {
    const auto response = ask(method, what, body);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body).as_object();
  }
  Response who_am_i(const Caller& caller = {}) {
    return cloud.handle(caller.query("sts", "2011-06-15", "GetCallerIdentity", {}, now), now)
        .response;
  }

  Cloud cloud{{}};
};

TEST_F(ControlTest, Faults_are_added_replaced_listed_and_removed) {
  asked("POST", "faults", R"({"id":"a","effect":"throttle","times":1})");
  asked("POST", "faults", R"([{"id":"b","effect":"html"},{"id":"a","effect":"empty"}])");
  auto rules = asked("GET", "faults").at("rules").as_array();
  ASSERT_EQ(rules.size(), 2);
  EXPECT_EQ(text(rules[1].as_object(), "effect"), "empty");
  rules = asked("PUT", "faults", R"({"rules":[{"id":"c"}]})").at("rules").as_array();
  ASSERT_EQ(rules.size(), 1);
  EXPECT_EQ(ask("DELETE", "faults?id=zzz").status, 400);
  EXPECT_TRUE(asked("DELETE", "faults?id=c").at("rules").as_array().empty());
}

TEST_F(ControlTest, A_list_with_a_wrong_rule_changes_nothing) {
  asked("POST", "faults", R"({"id":"a"})");
  EXPECT_EQ(ask("PUT", "faults", R"([{"id":"b"},{"effect":"bogus"}])").status, 400);
  EXPECT_EQ(ask("PUT", "faults", "[").status, 400);
  EXPECT_EQ(ask("PUT", "faults", "[1]").status, 400);
  EXPECT_EQ(text(asked("GET", "faults").at("rules").at(0).as_object(), "id"), "a");
}

TEST_F(ControlTest, The_log_tells_all_that_a_signature_can_be_recomputed_from) {
  const auto request = Caller().query("sts", "2011-06-15", "GetCallerIdentity", {}, now);
  cloud.handle(request, now);
  const auto logged = asked("GET", "requests").at("requests").at(0).as_object();
  EXPECT_EQ(text(logged, "service"), "sts");
  EXPECT_EQ(text(logged, "operation"), "GetCallerIdentity");
  EXPECT_EQ(text(logged, "account"), "111122223333");
  EXPECT_EQ(text(logged, "region"), "us-east-1");
  EXPECT_EQ(text(logged, "access_key"), "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(text(logged, "time"), "2026-11-21T00:00:00.000Z");
  EXPECT_EQ(logged.at("took_effect"), true);
  const auto& sent = logged.at("request").as_object();
  EXPECT_EQ(text(sent, "method"), "POST");
  EXPECT_EQ(text(sent, "target"), "/");
  EXPECT_EQ(text(sent, "body"), request.body);
  EXPECT_EQ(text(sent.at("headers").as_object(), "Authorization"),
            header(request.headers, "authorization"));
  EXPECT_EQ(logged.at("response").at("status"), 200);
}

TEST_F(ControlTest, The_log_is_filtered_and_forgotten_and_numbers_go_on) {
  who_am_i();
  cloud.handle(Caller().s3("GET", "/", now), now);
  who_am_i({.secret = "wrong"});
  EXPECT_EQ(asked("GET", "requests").at("requests").as_array().size(), 3);
  EXPECT_EQ(asked("GET", "requests?service=s3").at("requests").as_array().size(), 1);
  EXPECT_EQ(asked("GET", "requests?since=1&limit=1").at("requests").at(0).at("sequence"), 2);
  EXPECT_EQ(text(asked("GET", "requests?since=2").at("requests").at(0).as_object(), "error"),
            "SignatureDoesNotMatch");
  asked("DELETE", "requests");
  who_am_i();
  EXPECT_EQ(asked("GET", "requests").at("requests").at(0).at("sequence"), 4);
}

TEST_F(ControlTest, The_log_keeps_the_newest_and_bodies_as_far_as_asked) {
  asked("POST", "settings", R"({"log_limit":2,"log_body_limit":10})");
  for (int i = 0; i < 3; ++i) who_am_i();
  const auto requests = asked("GET", "requests").at("requests").as_array();
  ASSERT_EQ(requests.size(), 2);
  EXPECT_EQ(requests[0].at("sequence"), 2);
  const auto& sent = requests[0].at("request").as_object();
  EXPECT_FALSE(sent.contains("body"));
  EXPECT_EQ(sent.at("body_size"), 43);
}

TEST_F(ControlTest, A_body_that_is_no_text_is_logged_as_base64) {
  cloud.handle(Caller().s3("PUT", "/bucket/key", now, "\xff\xfe"), now);
  const auto requests = asked("GET", "requests").at("requests").as_array();
  EXPECT_EQ(text(requests[0].at("request").as_object(), "body_base64"), "//4=");
}

TEST_F(ControlTest, Settings_change_all_at_once_or_not_at_all) {
  EXPECT_EQ(
      asked("POST", "settings", R"({"image_time":"1s","timeout_per_job":true})").at("image_time"),
      1000);
  EXPECT_EQ(ask("POST", "settings", R"({"image_time":"2s","timeout_per_jb":true})").status, 400);
  EXPECT_EQ(asked("GET", "settings").at("image_time"), 1000);
  EXPECT_EQ(cloud.settings().timeout_per_job, true);
}

TEST_F(ControlTest, Keys_can_be_added_and_denied) {
  const Caller caller{.access_key = "AKIANEW", .secret = "s"};
  EXPECT_EQ(who_am_i(caller).status, 403);
  asked("POST", "keys", R"({"access_key":"AKIANEW","secret":"s","account":"999988887777"})");
  EXPECT_THAT(who_am_i(caller).body, testing::HasSubstr("<Account>999988887777</Account>"));
  EXPECT_EQ(ask("POST", "keys", R"({"access_key":"A"})").status, 400);
  asked("POST", "deny", R"({"principal":"AKIANEW","action":"s3:*"})");
  EXPECT_EQ(cloud.handle(caller.s3("GET", "/", now), now).response.status, 403);
  asked("DELETE", "deny");
  EXPECT_EQ(cloud.handle(caller.s3("GET", "/", now), now).response.status, 200);
}

TEST_F(ControlTest, It_is_never_logged_and_unknown_things_are_refused) {
  EXPECT_EQ(text(asked("GET", "health"), "status"), "ok");
  EXPECT_EQ(ask("GET", "nothing").status, 400);
  EXPECT_EQ(ask("POST", "health").status, 400);
  EXPECT_TRUE(cloud.log().entries().empty());
}

}  // namespace
}  // namespace local_cloud
