// ConfigFile and output artifacts as a pipeline's owner has them: agents in memory on a pipeline
// whose source is a real archive.
#include "agent/pipeline/job_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "agent/base/json.h"
#include "tests/support/bucket.h"
#include "tests/support/sweep.h"
#include "tests/support/temporary_directory.h"

namespace agent::pipeline {
namespace {

using namespace std::chrono_literals;
using base::member;
using base::text;
using support::Scene;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Effect = local_cloud::Fault::Effect;
namespace json = boost::json;

const local_cloud::Fault unavailable{.effect = Effect::error, .takes_effect = false, .status = 503};

json::object with_file(const std::string& file) {
  return {{"Options", json::serialize(json::object{{"ConfigFile", file}})}};
}

class JobFilesTest : public ::testing::Test {
 protected:
  static local_cloud::Settings settings() {
    local_cloud::Settings settings;
    settings.image_time = 20s;
    return settings;
  }

  void set_up(const std::string& conf, json::object configuration = with_file("conf.json")) {
    scene.release(make_zip({{"readme", "x"}, {"conf.json", conf}}));
    scene.want_output();
    scene.set_up(std::move(configuration));
  }
  support::Host& start() { return machine.start_agent(state.path(), pace); }
  void run_to_the_end() {
    ASSERT_TRUE(machine.run_until([&] { return scene.is_over(); }, 30h));
  }
  void run(const std::string& conf, json::object configuration = with_file("conf.json")) {
    set_up(conf, std::move(configuration));
    start();
    run_to_the_end();
  }
  std::string failure() {
    EXPECT_EQ(scene.status(), "Failed");
    const auto error = member(scene.action(), "errorDetails");
    return text(error, "code") + ": " + text(error, "message");
  }
  void fault(const std::string& operation, const local_cloud::Fault& what) {
    cloud.faults().add({.id = operation, .operation = operation, .fault = what});
  }
  bool took(const std::string& operation) {
    return std::ranges::any_of(cloud.log().entries(), [&](const auto& one) {
      return one.operation == operation && one.took_effect;
    });
  }

  support::AgentPace pace;
  support::TemporaryDirectory state;
  local_cloud::Cloud cloud{settings()};
  support::Machine machine{cloud, std::chrono::sys_days{std::chrono::year(2026) / 11 / 21}};
  Scene scene{machine};
};

TEST_F(JobFilesTest, Settings_are_read_from_the_file_that_ConfigFile_names) {
  run(R"({"ImageName":"{group}-of-a-file-{execution}","Tags":["team=shop"],"TimeoutMinutes":30})");
  EXPECT_EQ(scene.status(), "Succeeded");
  EXPECT_THAT(text(scene.images().at(0), "name"), HasSubstr("web-of-a-file-"));
}

TEST_F(JobFilesTest, An_artifact_may_be_named_with_the_file) {
  run(R"({"ImageName":"named-{execution}"})", with_file("App::conf.json"));
  EXPECT_THAT(text(scene.images().at(0), "name"), HasSubstr("named-"));
}

TEST_F(JobFilesTest, Outputs_are_delivered_as_the_output_variables_are) {
  run("{}");
  const auto outputs = scene.output("image.json");
  EXPECT_EQ(outputs, scene.output_variables());
  EXPECT_EQ(text(outputs, "ImageId"), text(scene.images().at(0), "imageId"));
}

TEST_F(JobFilesTest, Settings_that_contradict_each_other_say_where_they_came_from) {
  auto configuration = with_file("conf.json");
  configuration["Imaging"] = "reboot";
  run(R"({"Imaging":"no-reboot"})", configuration);
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("as a property"),
                               HasSubstr("in the file conf.json of the artifact App")));
}

TEST_F(JobFilesTest, A_wrong_file_is_named) {
  run("no json");
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("not a JSON object"),
                               HasSubstr("the file conf.json of the artifact App")));
}

TEST_F(JobFilesTest, A_file_that_is_not_there_is_RevisionUnavailable) {
  run("{}", with_file("config.json"));
  EXPECT_THAT(failure(), AllOf(HasSubstr("RevisionUnavailable"), HasSubstr("config.json"),
                               HasSubstr("App"), Not(HasSubstr("still there"))));
  EXPECT_TRUE(scene.images().empty());
}

TEST_F(JobFilesTest, An_artifact_that_is_none_of_the_inputs_is_a_ConfigurationError) {
  run("{}", with_file("Ape::conf.json"));
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("Ape::conf.json"),
                               HasSubstr("the input artifacts are App")));
}

TEST_F(JobFilesTest, Without_an_input_artifact_the_way_out_is_told) {
  scene.leave_out_input();
  scene.set_up(with_file("conf.json"));
  start();
  run_to_the_end();
  EXPECT_THAT(failure(), AllOf(HasSubstr("ConfigurationError"), HasSubstr("no input artifact"),
                               HasSubstr("Options")));
}

TEST_F(JobFilesTest, An_outage_of_some_minutes_is_waited_out) {
  for (const auto* operation : {"GetObject", "PutObject"}) {
    cloud.faults().clear();
    if (scene.exists()) scene.start();
    if (!scene.exists()) set_up(R"({"ImageName":"{group}-{execution}"})");
    fault(operation, unavailable);
    if (machine.hosts().empty()) start();
    machine.pass(8min);
    EXPECT_EQ(scene.status(), "InProgress") << operation;
    cloud.faults().clear();
    run_to_the_end();
    EXPECT_EQ(scene.status(), "Succeeded") << operation;
    EXPECT_FALSE(scene.output("image.json").empty());
  }
}

TEST_F(JobFilesTest, An_outage_without_end_fails_the_action_before_anything_is_made) {
  set_up("{}");
  fault("GetObject", unavailable);
  start();
  run_to_the_end();
  EXPECT_THAT(failure(), AllOf(HasSubstr("SystemUnavailable"), HasSubstr("conf.json")));
  EXPECT_TRUE(scene.images().empty());
}

TEST_F(JobFilesTest, An_upload_that_never_works_leaves_the_work_done) {
  set_up("{}");
  fault("PutObject", unavailable);
  start();
  run_to_the_end();
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("SystemUnavailable"), HasSubstr("work of this action is")));
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(text(scene.action(), "externalExecutionId"), text(scene.images()[0], "imageId"));
}

TEST_F(JobFilesTest, A_denied_upload_is_made_good_by_a_retry_of_the_stage) {
  set_up("{}");
  cloud.accounts().deny({"*:role/pipeline", "s3:PutObject"});
  start();
  run_to_the_end();
  EXPECT_THAT(failure(), AllOf(HasSubstr("PermissionError"), HasSubstr("Made"),
                               HasSubstr("work of this action is done")));
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.versions().size(), 2U);
  cloud.accounts().allow_everything();
  scene.retry();
  ASSERT_TRUE(machine.run_until([&] { return scene.status() == "Succeeded"; }));
  EXPECT_EQ(scene.images().size(), 1U);
  EXPECT_EQ(scene.versions().size(), 2U);
  EXPECT_EQ(scene.output("image.json"), scene.output_variables());
}

TEST_F(JobFilesTest, Whoever_leaves_during_an_outage_hands_the_job_back) {
  for (const auto* operation : {"GetObject", "PutObject"}) {
    cloud.faults().clear();
    if (scene.exists()) scene.start();
    if (!scene.exists()) set_up("{}");
    fault(operation, unavailable);
    const support::TemporaryDirectory own;
    auto& leaving = machine.start_agent(own.path(), pace);
    machine.pass(5min);
    leaving.agent().leave();
    ASSERT_TRUE(machine.run_until([&] { return leaving.agent_has_ended(); }, 10s)) << operation;
    EXPECT_TRUE(leaving.state().jobs().empty()) << operation;
    EXPECT_EQ(scene.status(), "InProgress");
    cloud.faults().clear();
    const support::TemporaryDirectory elsewhere;
    auto& other = machine.start_agent(elsewhere.path(), pace);
    run_to_the_end();
    EXPECT_EQ(scene.status(), "Succeeded") << operation;
    other.agent().leave();
    ASSERT_TRUE(machine.run_until([&] { return other.agent_has_ended(); }, 10s));
  }
  EXPECT_EQ(scene.images().size(), 2U);
}

TEST_F(JobFilesTest, A_file_that_vanishes_later_is_told_with_what_is_still_there) {
  pace.hold = 0s;
  set_up("{}");
  start();
  ASSERT_TRUE(machine.run_until([&] { return took("CreateImage"); }));
  support::delete_object(machine, Scene::artifact_bucket, scene.input_key());
  run_to_the_end();
  EXPECT_THAT(failure(), AllOf(HasSubstr("RevisionUnavailable"), HasSubstr("NoSuchKey"),
                               HasSubstr("still there"), HasSubstr("retry the stage")));
}

TEST_F(JobFilesTest, With_something_made_an_outage_is_waited_out_for_hours) {
  pace.hold = 0s;
  set_up("{}");
  start();
  ASSERT_TRUE(machine.run_until([&] { return took("CreateImage"); }));
  fault("GetObject", unavailable);
  machine.pass(5h);
  EXPECT_EQ(scene.status(), "InProgress");
  cloud.faults().clear();
  run_to_the_end();
  EXPECT_EQ(scene.status(), "Succeeded");
}

TEST_F(JobFilesTest, Nothing_secret_is_kept) {
  pace.hold = 0s;
  set_up("{}");
  fault("PutObject", unavailable);
  auto& host = start();
  machine.pass(5min);
  std::ifstream in(state.path() / "state", std::ios::binary);
  const std::string kept{std::istreambuf_iterator<char>(in), {}};
  EXPECT_FALSE(kept.empty());
  ASSERT_FALSE(host.state().jobs().empty());
  std::size_t handed_out = 0;
  for (const auto& exchange : cloud.log().entries()) {
    const auto body = base::parse(exchange.response.body);
    if (exchange.operation != "GetJobDetails" || !body || !body->is_object()) continue;
    const auto job = read_job(member(body->get_object(), "jobDetails"), support::home_region);
    if (!job || !job->artifact_keys) continue;
    ++handed_out;
    EXPECT_THAT(kept, Not(HasSubstr(job->artifact_keys->secret.reveal())));
    EXPECT_THAT(kept, Not(HasSubstr(job->artifact_keys->session_token.reveal())));
  }
  EXPECT_GT(handed_out, 1U);
}

support::Case with_artifacts() {
  return {"CreateImage with ConfigFile and an output artifact",
          [](Scene& scene) {
            scene.release(make_zip({{"conf.json", R"({"ImageName":"of-a-file-{execution}"})"}}));
            scene.want_output();
            scene.set_up(with_file("conf.json"));
          },
          [](Scene& scene) {
            EXPECT_EQ(scene.status(), "Succeeded");
            ASSERT_EQ(scene.images().size(), 1U);
            EXPECT_THAT(text(scene.images()[0], "name"), HasSubstr("of-a-file-"));
            EXPECT_EQ(scene.versions().size(), 2U);
            EXPECT_FALSE(scene.output_variables().empty());
            EXPECT_EQ(scene.output("image.json"), scene.output_variables());
          }};
}

constexpr const char* expected = "one of everything, its outputs delivered";

TEST(ArtifactSweep, Killed_anywhere_the_outputs_are_delivered) {
  const auto held = kill_everywhere(with_artifacts(), {.pace = {.hold = 1h}}, 30);
  report("kill -9", with_artifacts().name + ", held", expected, held);
  EXPECT_GE(held.tried, 25U);
  const auto back = kill_everywhere(
      with_artifacts(), {.who = support::Plan::Who::another_host, .pace = {.hold = 0s}}, 30);
  report("kill -9", with_artifacts().name + ", another host, handed back", expected, back);
  EXPECT_GE(back.tried, 25U);
}

TEST(ArtifactSweep, Troubled_anywhere_the_outputs_are_delivered) {
  for (const auto& what :
       {local_cloud::Fault{.effect = Effect::reset_after}, unavailable,
        local_cloud::Fault{.effect = Effect::truncate},
        local_cloud::Fault{.effect = Effect::html, .takes_effect = true, .status = 200},
        local_cloud::Fault{.effect = Effect::expired_token, .takes_effect = false}}) {
    const auto sweep = trouble_everywhere(with_artifacts(), {.pace = {.hold = 0s}}, what, 4, 7);
    report("faults", with_artifacts().name + ", " + std::string(name(what.effect)), expected,
           sweep);
    EXPECT_GE(sweep.tried, 7U);
  }
}

}  // namespace
}  // namespace agent::pipeline
