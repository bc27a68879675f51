// What the tests of CodePipeline have in common: a service on a clock of its own, an action type, a
// pipeline, and short ways to ask.
#pragma once

#include <string>
#include <string_view>

#include "tests/local_cloud/codepipeline.h"

namespace local_cloud {

class Scene {
 public:
  Scene();

  json::object ask(const std::string& operation, const json::object& params);
  // "Code: message" of the refusal; "" if there is none.
  std::string refusal(const std::string& operation, const json::object& params);
  std::string refusal_code(const std::string& operation, const json::object& params);
  void pass(std::chrono::milliseconds time) { now += time; }

  // A Deploy type of that provider with the properties AutoScalingGroupName (required), Options and
  // Password (secret), 0 to 1 artifacts in and out.
  void register_type(const std::string& provider = "CreateImage");
  json::object type_params(const std::string& provider = "CreateImage") const;

  // Source -> Deploy with the given actions.
  json::object pipeline(json::array actions, const std::string& name = "Demo") const;
  json::object custom_action(const std::string& name = "Bake") const;
  // Registers CreateImage, makes the pipeline Demo of one custom action, lets its source succeed.
  // The id of the execution that CreatePipeline starts.
  std::string start_demo();
  std::string create(const json::object& pipeline);
  void let_sources_end();

  json::object poll_params(const std::string& provider = "CreateImage") const;
  json::array poll(const std::string& provider = "CreateImage");
  json::object poll_one();  // the only job on offer
  std::string acknowledge(const json::object& job);
  json::object claim();  // polls and acknowledges
  void succeed(const json::object& job, json::object more = {});
  void fail(const json::object& job, const std::string& type = "JobFailed");
  void hand_back(const json::object& job, const std::string& token, json::object more = {});

  std::string execution_status(const std::string& id, const std::string& pipeline = "Demo");
  json::object action_state(std::size_t stage = 1, std::size_t action = 0);
  json::object stage_state(std::size_t stage);

  Settings settings;
  Accounts accounts;
  Time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};
  std::string account = "111122223333";
  std::string region = "eu-central-1";
  S3 s3{settings};
  CodePipeline service{settings, accounts, s3};
};

std::string text_at(const json::value& value, std::string_view pointer);  // "" if it is not there

}  // namespace local_cloud
