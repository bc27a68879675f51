// What every released version of the agent has written goes on under this one: its state files and
// its continuation tokens are kept for ever in kept/ (VERSION-state-….json, VERSION-token-….json),
// with the job as CodePipeline offered it. New ones are added at a release; none is ever changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "actions/catalog.h"
#include "agent/base/json.h"
#include "agent/pipeline/poller.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_caller.h"
#include "tests/support/temporary_directory.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::member;
using agent::base::text;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
namespace aws = agent::aws;
namespace json = boost::json;
namespace pipeline = agent::pipeline;

const std::filesystem::path folder = std::filesystem::path(PROJECT_FOLDER) / "tests/actions/kept";

json::object read(const std::string& name) {
  std::ifstream in(folder / (name + ".json"), std::ios::binary);
  const std::string all(std::istreambuf_iterator<char>(in), {});
  return json::parse(all).as_object();
}

struct Kept {
  std::string name;
  std::string result;             // the operation that reports
  std::string says;               // part of what it reports
  std::vector<std::string> does;  // operations that must be asked for
  std::vector<std::string> does_not;
};

std::vector<Kept> all_kept() {
  const std::string success = "PutJobSuccessResult";
  const std::string failure = "PutJobFailureResult";
  return {{"0.1.0-token-waiting-for-an-image",
           success,
           R"("LaunchTemplateVersion":"2")",
           {"AcknowledgeJob", "DescribeImages", "CreateLaunchTemplateVersion"},
           {"CreateImage", "DescribeAutoScalingGroups"}},
          {"0.1.0-token-undoing",
           failure,
           "PermissionError",
           {"AcknowledgeJob", "DeregisterImage"},
           {"CreateImage", "CreateLaunchTemplateVersion"}},
          {"0.1.0-state-claimed",
           failure,
           "PermissionError",
           {"AcknowledgeJob", "GetJobDetails", "DescribeAutoScalingGroups"},
           {}},
          {"0.1.0-state-held",
           success,
           R"("LaunchTemplateVersion":"2")",
           {"GetJobDetails", "CreateLaunchTemplateVersion"},
           {"AcknowledgeJob", "CreateImage"}},
          {"0.1.0-state-succeeded",
           success,
           R"("ImageId":"ami-)",
           {},
           {"AcknowledgeJob", "GetJobDetails", "CreateLaunchTemplateVersion"}},
          {"0.1.0-state-handed-back",
           success,
           R"("continuationToken":"j1.)",
           {},
           {"AcknowledgeJob", "GetJobDetails", "CreateImage"}},
          {"0.1.0-state-failed",
           failure,
           "PermissionError",
           {},
           {"AcknowledgeJob", "GetJobDetails", "DeregisterImage"}}};
}

class KeptTest : public ::testing::TestWithParam<Kept> {
 protected:
  KeptTest() {
    if (const auto* state = agent::base::find(kept, "state")) {
      std::ofstream file(directory.path() / "state", std::ios::binary);
      for (const auto& line : state->as_array()) {
        if (!line.as_string().empty()) file << line.as_string().c_str() << '\n';
      }
    }
  }

  aws::Result<aws::Reply> answer(const aws::Call& call) {
    if (call.operation == "PollForJobs") return support::reply(take_offer());
    if (call.operation == "AcknowledgeJob") return support::reply({{"status", "InProgress"}});
    if (call.operation == "GetJobDetails") return support::reply({{"jobDetails", job()}});
    if (call.operation == "DescribeImages") return support::reply({{"imagesSet", {image()}}});
    if (call.operation == "DescribeLaunchTemplateVersions") {
      return support::reply({{"launchTemplateVersionSet", versions(call)}});
    }
    if (call.operation == "DescribeAutoScalingGroups") {
      return support::error(aws::ErrorClass::refused, "AccessDenied");
    }
    if (call.operation == "CreateLaunchTemplateVersion") {
      return support::reply({{"launchTemplateVersion", {{"versionNumber", "2"}}}});
    }
    if (call.operation.starts_with("PutJob")) result = json::serialize(call.params);
    return support::reply({});
  }

  // Version 1, and once it is made version 2; none is shown to those who look for it by its image.
  json::array versions(const aws::Call& call) const {
    json::array all;
    for (const auto& number : agent::base::list(call.params, "LaunchTemplateVersion")) {
      const auto starts = number == "2" ? text(image(), "imageId") : "ami-0abcdef1234567890";
      all.push_back({{"launchTemplateId", text(call.params, "LaunchTemplateId")},
                     {"versionNumber", number},
                     {"launchTemplateData", {{"imageId", starts}, {"instanceType", "t3.micro"}}}});
    }
    return all;
  }

  const json::object& job() const { return member(kept, "job"); }

  json::object take_offer() {
    const auto offers = std::exchange(offered, true) || kept.contains("state");
    return offers ? json::object() : json::object{{"jobs", {job()}}};
  }

  json::object image() const {
    const auto& context = member(member(job(), "data"), "pipelineContext");
    json::array tags{
        {{"key", "codepipeline-agent:execution"}, {"value", text(context, "pipelineExecutionId")}},
        {{"key", "codepipeline-agent:pipeline"}, {"value", text(context, "pipelineName")}},
        {{"key", "codepipeline-agent:action"}, {"value", "Image/Image"}}};
    return {{"imageId", text(kept, "image")}, {"imageState", "available"}, {"tagSet", tags}};
  }

  void run() {
    pipeline::StateFile state(pipeline::open_state_directory(directory.path()), io.get_executor());
    EXPECT_TRUE(state.warnings().empty());
    const auto catalog = actions::catalog();
    pipeline::Worker worker(io.get_executor(), caller, clock, chance, state, catalog, {});
    worker.resume();
    pipeline::Poller poller({"eu-west-1", "Deploy", "CreateImage", "1"}, caller, clock, chance,
                            worker, {.interval = 1s});
    agent::base::Event leaving(io.get_executor());
    auto done = false;
    boost::asio::co_spawn(io, poller.run(leaving), [&](std::exception_ptr) { done = true; });
    clock.run_dry([&] { return !result.empty() && worker.held() == 0; }, 10min);
    leaving.set();
    clock.run_dry([&] { return done; }, 1min);
    EXPECT_TRUE(state.jobs().empty());
  }

  json::object kept = read(GetParam().name);
  boost::asio::io_context io;
  // When they were written, or their jobs would be overdue.
  support::FakeClock clock{io, std::chrono::sys_days{std::chrono::year(2026) / 11 / 21} + 12h};
  support::FakeChance chance;
  support::TemporaryDirectory directory;
  support::ScriptedCaller caller{[this](const aws::Call& call) { return answer(call); }};
  bool offered = false;
  std::string result;
};

TEST_P(KeptTest, Goes_on) {
  run();
  EXPECT_THAT(caller.calls, Contains(GetParam().result));
  EXPECT_THAT(result, HasSubstr(GetParam().says));
  for (const auto& operation : GetParam().does) EXPECT_THAT(caller.calls, Contains(operation));
  for (const auto& operation : GetParam().does_not) {
    EXPECT_THAT(caller.calls, Not(Contains(operation)));
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, KeptTest, ::testing::ValuesIn(all_kept()), [](const auto& info) {
  auto name = info.param.name;
  std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
});

TEST(KeptFiles, Are_all_tried) {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    files += file.is_regular_file() ? 1U : 0U;
  }
  EXPECT_EQ(files, all_kept().size());
}

}  // namespace
}  // namespace actions
