// Faults through the whole cloud: what reaches the client, and whether the operation took effect.
#include "tests/local_cloud/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/caller.h"
#include "tests/local_cloud/cloud.h"

namespace local_cloud {
namespace {

using Cut = Delivery::Cut;
using testing::HasSubstr;

const Time now = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};

FaultRule rule(const std::string& text) {
  auto read = read_rule(json::parse(text).as_object());
  EXPECT_TRUE(read) << read.error();
  return read.value_or(FaultRule());
}

std::vector<bool> applied(Faults& faults, int times) {
  std::vector<bool> all;
  for (int i = 0; i < times; ++i) {
    all.push_back(faults.next("ec2", "CreateImage", "111122223333", "us-east-1").has_value());
  }
  return all;
}

TEST(Faults, A_rule_skips_then_applies_and_then_has_done_its_work) {
  Faults faults;
  faults.add(rule(R"({"operation":"CreateImage","skip":1,"times":2,"effect":"throttle"})"));
  EXPECT_EQ(applied(faults, 5), (std::vector<bool>{false, true, true, false, false}));
  EXPECT_EQ(faults.rules()[0].seen, 5);
  EXPECT_EQ(faults.rules()[0].applied, 2);
}

TEST(Faults, A_rule_that_does_not_match_counts_nothing) {
  Faults faults;
  for (const auto* text : {R"({"service":"sts"})", R"({"operation":"Describe*"})",
                           R"({"account":"444455556666"})", R"({"region":"eu-*"})"}) {
    faults.add(rule(text));
  }
  EXPECT_EQ(applied(faults, 1), std::vector<bool>{false});
  for (const auto& each : faults.rules()) EXPECT_EQ(each.seen, 0);
}

TEST(Faults, Chance_is_the_same_for_the_same_seed_and_about_as_often_as_asked_for) {
  const auto draw = [](int seed) {
    Faults faults;
    faults.add(
        rule(R"({"probability":0.25,"effect":"throttle","seed":)" + std::to_string(seed) + "}"));
    return applied(faults, 1000);
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
  const auto once = draw(3);
  EXPECT_THAT(std::ranges::count(once, true), testing::AllOf(testing::Gt(180), testing::Lt(320)));
}

TEST(Faults, The_first_rule_that_applies_decides) {
  Faults faults;
  faults.add(rule(R"({"id":"a","times":1,"effect":"throttle"})"));
  faults.add(rule(R"({"id":"b","effect":"html"})"));
  EXPECT_EQ(faults.next("ec2", "X", "", "")->rule, "a");
  EXPECT_EQ(faults.rules()[1].seen, 0);
  EXPECT_EQ(faults.next("ec2", "X", "", "")->rule, "b");
}

TEST(Faults, A_rule_after_another_one_waits_until_that_one_has_applied) {
  Faults faults;
  faults.add(rule(R"({"id":"next","after":"first","times":1,"effect":"html"})"));
  faults.add(rule(R"({"id":"first","skip":1,"times":1,"effect":"throttle"})"));
  EXPECT_FALSE(faults.next("ec2", "X", "", ""));
  EXPECT_EQ(faults.next("ec2", "X", "", "")->rule, "first");
  EXPECT_EQ(faults.next("ec2", "X", "", "")->rule, "next");
  EXPECT_FALSE(faults.next("ec2", "X", "", ""));
  faults.add(rule(R"({"after":"nobody","effect":"html"})"));
  EXPECT_FALSE(faults.next("ec2", "X", "", ""));
}

TEST(Faults, Rules_that_are_wrong_are_refused) {
  for (const auto* text : {R"({"effect":"bogus"})", R"({"opration":"x"})", R"({"latency":"soon"})",
                           R"({"probability":"often"})", R"({"status":99})"}) {
    EXPECT_FALSE(read_rule(json::parse(text).as_object())) << text;
  }
}

// Puts an object while the rule is in force, then says whether it is there.
struct Outcome {
  Delivery delivery;
  bool took_effect = false;
  Exchange logged;
};
Outcome put_with(const std::string& text) {
  Cloud cloud{{}};
  const Caller caller;
  cloud.handle(caller.s3("PUT", "/bucket", now), now);
  cloud.faults().add(rule(text));
  Outcome outcome{.delivery =
                      cloud.handle(caller.s3("PUT", "/bucket/key", now, "0123456789"), now)};
  outcome.logged = cloud.log().entries().back();
  cloud.faults().clear();
  outcome.took_effect =
      cloud.handle(caller.s3("HEAD", "/bucket/key", now), now).response.status == 200;
  EXPECT_EQ(outcome.logged.took_effect, outcome.took_effect);
  return outcome;
}

TEST(Faults, Before_means_that_nothing_happened_and_after_that_it_did) {
  const auto before = put_with(R"({"effect":"reset-before"})");
  EXPECT_EQ(before.delivery.cut, Cut::reset_before);
  EXPECT_FALSE(before.took_effect);
  const auto after = put_with(R"({"effect":"reset-after","id":"r"})");
  EXPECT_EQ(after.delivery.cut, Cut::reset_after);
  EXPECT_TRUE(after.took_effect);
  EXPECT_EQ(after.logged.fault, "r");
  EXPECT_EQ(after.logged.effect, "reset-after");
}

TEST(Faults, An_answer_can_be_lost_in_many_ways_after_the_operation_took_effect) {
  const auto truncated = put_with(R"({"effect":"truncate"})");
  EXPECT_EQ(truncated.delivery.cut, Cut::truncate);
  EXPECT_TRUE(truncated.took_effect);
  const auto garbage = put_with(R"({"effect":"garbage","body":"?!"})");
  EXPECT_EQ(garbage.delivery.response.body, "?!");
  EXPECT_TRUE(garbage.took_effect);
  const auto late = put_with(R"({"latency":"20s","drip":5})");
  EXPECT_EQ(late.delivery.delay, std::chrono::seconds(20));
  EXPECT_EQ(late.delivery.drip, std::chrono::milliseconds(5));
  EXPECT_TRUE(late.took_effect);
  const auto error = put_with(R"({"status":500,"takes_effect":true})");
  EXPECT_EQ(error.delivery.response.status, 500);
  EXPECT_TRUE(error.took_effect);
}

TEST(Faults, A_refusal_is_worded_as_the_service_does) {
  const auto slow = put_with(R"({"effect":"throttle"})");
  EXPECT_EQ(slow.delivery.response.status, 503);
  EXPECT_THAT(slow.delivery.response.body, HasSubstr("<Code>SlowDown</Code>"));
  EXPECT_FALSE(slow.took_effect);
  const auto page = put_with(R"({"effect":"html"})");
  EXPECT_EQ(page.delivery.response.status, 502);
  EXPECT_THAT(page.delivery.response.body, HasSubstr("<html>"));
  const auto own = put_with(R"({"effect":"error","status":409,"code":"Conflict","message":"no"})");
  EXPECT_EQ(own.delivery.response.status, 409);
  EXPECT_THAT(own.delivery.response.body, HasSubstr("<Code>Conflict</Code><Message>no</Message>"));
}

TEST(Faults, Each_protocol_has_its_own_throttling) {
  Cloud cloud{{}};
  const Caller caller;
  cloud.faults().add(rule(R"({"effect":"throttle"})"));
  const auto sts =
      cloud.handle(caller.query("sts", "2011-06-15", "GetCallerIdentity", {}, now), now).response;
  EXPECT_EQ(sts.status, 400);
  EXPECT_THAT(sts.body, HasSubstr("<Code>Throttling</Code><Message>Rate exceeded</Message>"));
  const auto ec2 =
      cloud.handle(caller.query("ec2", "2016-11-15", "DescribeImages", {}, now), now).response;
  EXPECT_EQ(ec2.status, 503);
  EXPECT_THAT(ec2.body, HasSubstr("<Code>RequestLimitExceeded</Code>"));
  const auto pipeline =
      cloud.handle(caller.json("codepipeline", "CodePipeline_20150709.ListPipelines", {}, now), now)
          .response;
  EXPECT_EQ(pipeline.status, 400);
  EXPECT_THAT(pipeline.body, HasSubstr(R"("__type":"ThrottlingException")"));
}

TEST(Faults, An_answer_is_lost_even_when_the_service_had_refused) {
  Cloud cloud{{}};
  cloud.faults().add(rule(R"({"effect":"reset-after"})"));
  const auto delivery = cloud.handle(Caller().s3("GET", "/nobucket/key", now), now);
  EXPECT_EQ(delivery.cut, Cut::reset_after);
  EXPECT_EQ(cloud.log().entries().back().error, "NoSuchBucket");
  EXPECT_FALSE(cloud.log().entries().back().took_effect);
}

}  // namespace
}  // namespace local_cloud
