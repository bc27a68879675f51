// Whatever a client sends is answered or refused with an error of AWS's kind.
#include <gtest/gtest.h>

#include "tests/local_cloud/codepipeline_scene.h"

namespace local_cloud {
namespace {

using Request = std::pair<std::string, json::object>;

std::vector<json::value> odd_values() {
  json::value deep = json::object{};
  for (int i = 0; i < 20; ++i) deep = json::object{{"a", deep}};
  return {nullptr,
          true,
          -1,
          1e300,
          std::numeric_limits<std::uint64_t>::max(),
          std::numeric_limits<std::int64_t>::min(),
          "",
          "#{",
          "#{a.b}#{codepipeline.Nothing}",
          "{Config:",
          json::string(200'000, 'x'),
          "\xff\xfe",
          json::array{},
          json::array{nullptr, 1},
          json::array{json::object{}},
          json::object{},
          json::object{{"name", 1}},
          deep};
}

// Every place in the value, with that place made odd.
void each_oddity(json::value& root, json::value& place, const std::function<void()>& visit) {
  const json::value kept = place;
  for (auto& odd : odd_values()) {
    place = odd;
    visit();
  }
  place = kept;
  if (auto* object = place.if_object()) {
    for (auto& member : *object) each_oddity(root, member.value(), visit);
  } else if (auto* array = place.if_array()) {
    for (auto& element : *array) each_oddity(root, element, visit);
  }
}

std::vector<Request> requests(Scene& scene, const json::object& job) {
  auto action = scene.custom_action();
  action["inputArtifacts"] = {{{"name", "ApplicationSource"}}};
  action["namespace"] = "Image";
  const json::object revision{{"revision", "1"}, {"changeIdentifier", "2"}, {"created", 1.5}};
  const json::object place{{"pipelineName", "Demo"},
                           {"stageName", "Deploy"},
                           {"transitionType", "Inbound"},
                           {"reason", "why"}};
  return {
      {"CreateCustomActionType", scene.type_params("Another")},
      {"CreatePipeline", {{"pipeline", scene.pipeline({action}, "Another")}}},
      {"UpdatePipeline", {{"pipeline", scene.pipeline({action})}}},
      {"PollForJobs", scene.poll_params()},
      {"AcknowledgeJob", {{"jobId", job.at("id")}, {"nonce", job.at("nonce")}}},
      {"PutJobSuccessResult",
       {{"jobId", job.at("id")},
        {"currentRevision", revision},
        {"executionDetails", {{"summary", "s"}, {"percentComplete", 1}}},
        {"outputVariables", {{"a", "b"}}}}},
      {"PutJobFailureResult",
       {{"jobId", job.at("id")}, {"failureDetails", {{"type", "JobFailed"}, {"message", "m"}}}}},
      {"StartPipelineExecution", {{"name", "Demo"}, {"clientRequestToken", "t"}}},
      {"DisableStageTransition", place},
      {"ListActionExecutions",
       {{"pipelineName", "Demo"},
        {"nextToken", "1"},
        {"maxResults", 1},
        {"filter", {{"pipelineExecutionId", job.at("id")}}}}},
      {"ListPipelines", {{"nextToken", "1"}, {"maxResults", 1}}}};
}

TEST(OddInput, Is_answered_or_refused) {
  Scene scene;
  scene.start_demo();
  const auto job = scene.claim();
  int refused = 0;
  for (auto& [operation, params] : requests(scene, job)) {
    json::value sent = params;
    each_oddity(sent, sent, [&, name = operation] {
      if (!sent.is_object()) return;
      try {
        scene.ask(name, sent.get_object());
      } catch (const ApiError& error) {
        ++refused;
        EXPECT_EQ(error.status, 400) << name << error.what();
        EXPECT_TRUE(error.code.ends_with("Exception")) << error.code;
      }
      scene.pass(scene.settings.builtin_action_time);
    });
  }
  EXPECT_GT(refused, 1000);
  EXPECT_NO_THROW(scene.ask("GetPipelineState", {{"name", "Demo"}}));
}

}  // namespace
}  // namespace local_cloud
