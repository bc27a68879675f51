#include "tests/support/past.h"

#include <map>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/run/execution.h"

namespace support {

namespace json = boost::json;
using agent::base::cat;
using agent::base::member;
using agent::base::objects;
using agent::base::text;

namespace {

json::array tags_of(const Maker& maker) {
  const std::vector<agent::run::Tag> all{
      {std::string(agent::run::tag_execution), maker.execution},
      {std::string(agent::run::tag_pipeline), maker.pipeline},
      {std::string(agent::run::tag_action), "Image/" + maker.action},
      {std::string(agent::run::tag_group), maker.group}};
  json::array tags;
  for (const auto& [key, value] : all) {
    if (!value.empty()) tags.push_back({{"Key", key}, {"Value", value}});
  }
  return tags;
}

}  // namespace

std::string description_of(const Maker& maker) {
  const agent::run::Execution execution{.account = "111122223333",
                                        .region = home_region,
                                        .pipeline = maker.pipeline,
                                        .id = maker.execution,
                                        .stage = "Image",
                                        .action = maker.action};
  return cat("codepipeline-agent ", execution.short_identity(), " from 1, pipeline ",
             maker.pipeline);
}

std::string Past::instance() {
  const auto group = scene_.group();
  return text(*objects(group, "Instances").at(0), "InstanceId");
}

std::string Past::begin_image(const Maker& maker) {
  json::array specifications;
  for (const auto* type : {"image", "snapshot"}) {
    auto tags = tags_of(maker);
    if (!tags.empty()) specifications.push_back({{"ResourceType", type}, {"Tag", std::move(tags)}});
  }
  json::object params{{"InstanceId", instance()},
                      {"Name", cat("web-", maker.pipeline, '-', maker.action, '-', maker.group, '-',
                                   maker.execution)},
                      {"NoReboot", true}};
  if (!specifications.empty()) params["TagSpecification"] = std::move(specifications);
  return text(scene_.machine().aws("ec2", "CreateImage", std::move(params)), "imageId");
}

std::vector<Leftover> Past::leave(const std::vector<Maker>& makers) {
  std::vector<Leftover> result;
  for (const auto& maker : makers) {
    Leftover made{.image = begin_image(maker)};
    const auto reply = scene_.machine().aws("ec2", "CreateLaunchTemplateVersion",
                                            {{"LaunchTemplateName", "web"},
                                             {"SourceVersion", "1"},
                                             {"VersionDescription", description_of(maker)},
                                             {"LaunchTemplateData", {{"ImageId", made.image}}}});
    made.version = text(member(reply, "launchTemplateVersion"), "versionNumber");
    result.push_back(std::move(made));
    scene_.machine().pass(std::chrono::seconds(1));
  }
  scene_.machine().pass(scene_.cloud().settings().image_time + std::chrono::seconds(1));
  std::map<std::string, std::string> snapshots;
  for (const auto& image : scene_.images()) {
    const auto mappings = objects(image, "blockDeviceMapping");
    snapshots[text(image, "imageId")] = text(member(*mappings.at(0), "ebs"), "snapshotId");
  }
  for (auto& one : result) one.snapshot = snapshots.at(one.image);
  return result;
}

std::vector<Leftover> Past::leave(std::size_t count) {
  std::vector<Maker> makers;
  for (std::size_t i = 1; i <= count; ++i) makers.push_back({.execution = cat("old-", i)});
  return leave(makers);
}

}  // namespace support
