// What PollForJobs offers, to whom, and how often.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/codepipeline_scene.h"

namespace local_cloud {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;

json::object ack_params(const json::object& job) {
  return {{"jobId", job.at("id")}, {"nonce", job.at("nonce")}};
}

TEST(PollForJobs, Offers_nothing_before_the_sources_have_ended) {
  Scene scene;
  scene.register_type();
  scene.create(scene.pipeline({scene.custom_action()}));
  EXPECT_TRUE(scene.poll().empty());
  scene.let_sources_end();
  EXPECT_EQ(scene.poll().size(), 1u);
}

TEST(PollForJobs, Names_the_type_that_is_not_there) {
  Scene scene;
  EXPECT_EQ(scene.refusal("PollForJobs", scene.poll_params("Nothing")),
            "ActionTypeNotFoundException: ActionType (Category: 'Deploy', Owner: 'Custom', "
            "Provider: 'Nothing', Version: '1') is not available");
}

TEST(PollForJobs, Refuses_a_type_that_was_deleted) {
  Scene scene;
  scene.start_demo();
  scene.ask("DeleteCustomActionType",
            {{"category", "Deploy"}, {"provider", "CreateImage"}, {"version", "1"}});
  EXPECT_EQ(scene.refusal_code("PollForJobs", scene.poll_params()), "ActionTypeNotFoundException");
}

TEST(PollForJobs, Is_for_custom_types_only) {
  Scene scene;
  auto params = scene.poll_params();
  params["actionTypeId"].as_object()["owner"] = "AWS";
  EXPECT_EQ(scene.refusal("PollForJobs", params),
            "ValidationException: ActionType with owner 'AWS' is not supported");
}

TEST(PollForJobs, Gives_as_many_as_are_asked_for_and_never_more_than_the_limit) {
  Scene scene;
  scene.register_type();
  json::array actions;
  for (int i = 0; i < 15; ++i) actions.push_back(scene.custom_action("Bake" + std::to_string(i)));
  scene.create(scene.pipeline(actions));
  scene.let_sources_end();
  auto params = scene.poll_params();
  params["maxBatchSize"] = 2;
  EXPECT_EQ(scene.ask("PollForJobs", params).at("jobs").as_array().size(), 2u);
  params["maxBatchSize"] = 1000;
  EXPECT_EQ(scene.ask("PollForJobs", params).at("jobs").as_array().size(), 10u);
  params.erase("maxBatchSize");
  EXPECT_EQ(scene.ask("PollForJobs", params).at("jobs").as_array().size(), 1u);
  params["maxBatchSize"] = 0;
  EXPECT_THAT(scene.refusal("PollForJobs", params),
              HasSubstr("ValidationException: 1 validation error detected: Value '0' at "
                        "'maxBatchSize' failed to satisfy constraint: Member must have value "
                        "greater than or equal to 1"));
}

TEST(PollForJobs, Offers_a_job_once_and_again_with_a_new_nonce_when_nobody_acknowledged_it) {
  Scene scene;
  scene.start_demo();
  const auto first = scene.poll_one();
  EXPECT_TRUE(scene.poll().empty());
  scene.pass(scene.settings.reoffer_after - milliseconds(1));
  EXPECT_TRUE(scene.poll().empty());
  scene.pass(milliseconds(1));
  const auto second = scene.poll_one();
  EXPECT_EQ(second.at("id"), first.at("id"));
  EXPECT_NE(second.at("nonce"), first.at("nonce"));
  EXPECT_EQ(scene.refusal_code("AcknowledgeJob", ack_params(first)), "InvalidNonceException");
  EXPECT_EQ(scene.acknowledge(second), "InProgress");
}

TEST(PollForJobs, Never_offers_an_acknowledged_job_again) {
  Scene scene;
  scene.start_demo();
  scene.claim();
  scene.pass(hours(2));
  EXPECT_TRUE(scene.poll().empty());
}

TEST(PollForJobs, Shows_jobs_to_their_own_account_and_region_only) {
  Scene scene;
  scene.start_demo();
  scene.account = "444455556666";
  EXPECT_EQ(scene.refusal_code("PollForJobs", scene.poll_params()), "ActionTypeNotFoundException");
  scene.account = "111122223333";
  scene.region = "us-east-1";
  EXPECT_EQ(scene.refusal_code("PollForJobs", scene.poll_params()), "ActionTypeNotFoundException");
}

class Query : public testing::Test {
 protected:
  Query() {
    auto type = scene.type_params();
    type["configurationProperties"].at(0).as_object()["queryable"] = true;
    scene.ask("CreateCustomActionType", type);
    scene.create(scene.pipeline({scene.custom_action()}));
    scene.let_sources_end();
  }
  json::object params(json::object query) {
    auto all = scene.poll_params();
    all["queryParam"] = std::move(query);
    return all;
  }
  std::size_t found(const std::string& value) {
    return scene.ask("PollForJobs", params({{"AutoScalingGroupName", value}}))
        .at("jobs")
        .as_array()
        .size();
  }
  Scene scene;
};

TEST_F(Query, Finds_only_jobs_with_that_value) {
  EXPECT_EQ(found("another"), 0u);
  EXPECT_EQ(found("web"), 1u);
}

TEST_F(Query, Is_required_by_a_type_that_has_a_queryable_property) {
  EXPECT_EQ(scene.refusal_code("PollForJobs", scene.poll_params()), "ValidationException");
  EXPECT_EQ(scene.refusal_code("PollForJobs", params({{"Options", "x"}})), "ValidationException");
}

TEST_F(Query, Has_one_entry_of_letters_and_digits) {
  EXPECT_THAT(scene.refusal("PollForJobs", params({{"AutoScalingGroupName", "a b"}})),
              HasSubstr("Map value must satisfy constraint: [Member must satisfy regular "
                        "expression pattern: [a-zA-Z0-9_-]+]"));
  EXPECT_EQ(scene.refusal_code("PollForJobs", params({{"A", "1"}, {"B", "2"}})),
            "ValidationException");
}

TEST(QueryOfAnotherType, Is_refused) {
  Scene scene;
  scene.start_demo();
  auto params = scene.poll_params();
  params["queryParam"] = {{"AutoScalingGroupName", "web"}};
  EXPECT_EQ(scene.refusal_code("PollForJobs", params), "ValidationException");
}

}  // namespace
}  // namespace local_cloud
