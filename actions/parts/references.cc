#include "actions/parts/references.h"

#include <map>

#include "actions/ops/ec2_describe.h"
#include "actions/ops/instance_refresh.h"
#include "actions/ops/pages.h"
#include "actions/ops/ssm.h"
#include "agent/base/json.h"

namespace actions {

namespace json = boost::json;
using agent::base::list;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using agent::run::ErrorClass;
using agent::run::Step;
using agent::run::Task;

namespace {

constexpr int most_on_a_page = 200;
constexpr std::string_view parameter = "resolve:ssm:";  // and its name, instead of an image's id

struct Reading {
  std::set<std::string> images;
  std::map<std::string, std::string> image_of;  // by snapshot
  std::set<std::string> parameters;             // that stand for an image somewhere
  References found;

  // What stands where an image's id may stand.
  void note(const std::string& named) {
    if (named.starts_with(parameter)) parameters.insert(named.substr(parameter.size()));
    if (images.contains(named)) found.images.insert(named);
  }
  void note_snapshot(const std::string& snapshot) {
    const auto known = image_of.find(snapshot);
    if (known != image_of.end()) found.images.insert(known->second);
  }
  // $Latest and $Default are in use anyhow.
  void note_version(const json::object& specification) {
    found.in_use.insert({text(specification, "LaunchTemplateId"), text(specification, "Version")});
  }
  // Of a group, or of the configuration that it is to have.
  void note_source(const json::object& source) {
    for (const auto& one : autoscaling::specifications(source)) note_version(one);
    for (const auto& one : autoscaling::overrides(source)) note(text(one, "ImageId"));
  }
};

// Those that are there, be they stopped.
Task<std::vector<json::object>> instances(Step& step, json::array filters) {
  const std::vector<std::string> states{"pending", "running", "shutting-down", "stopping",
                                        "stopped"};
  filters.push_back(ec2::filter_any("instance-state-name", states));
  const auto reservations = co_await all_pages(
      step,
      ec2::ec2_call("DescribeInstances", {{"Filter", std::move(filters)}, {"MaxResults", 1000}}),
      "reservationSet");
  std::vector<json::object> result;
  for (const auto& reservation : reservations) {
    for (const auto* instance : objects(reservation, "instancesSet")) result.push_back(*instance);
  }
  co_return result;
}

Task<> read_instances(Step& step, Reading& reading) {
  const std::vector<std::string> images(reading.images.begin(), reading.images.end());
  const auto found = co_await instances(step, {ec2::filter_any("image-id", images)});
  for (const auto& instance : found) reading.note(text(instance, "imageId"));
}

Task<> read_groups(Step& step, Reading& reading) {
  const auto groups = co_await autoscaling::all_groups(step);
  for (const auto& group : groups) {
    reading.note_source(group);
    for (const auto* instance : objects(group, "Instances")) {
      reading.note_version(member(*instance, "LaunchTemplate"));
    }
    const auto refreshes =
        co_await autoscaling::active_refreshes(step, text(group, "AutoScalingGroupName"));
    for (const auto& refresh : refreshes) {
      reading.note_source(member(refresh, "DesiredConfiguration"));
    }
  }
}

Task<> read_launch_configurations(Step& step, Reading& reading) {
  const auto all = co_await autoscaling::launch_configurations(step);
  for (const auto& one : all) {
    reading.note(text(one, "ImageId"));
    for (const auto* device : objects(one, "BlockDeviceMappings")) {
      reading.note_snapshot(text(member(*device, "Ebs"), "SnapshotId"));
    }
  }
}

void note_template_version(Reading& reading, const json::object& shown) {
  const auto& data = member(shown, "launchTemplateData");
  const VersionOfImage version{
      .version = {text(shown, "launchTemplateId"), ec2::required_text(shown, "versionNumber")},
      .image = text(data, "imageId"),
      .starts = true,
      .description = text(shown, "versionDescription")};
  if (version.image.starts_with(parameter)) reading.note(version.image);
  if (reading.images.contains(version.image)) reading.found.versions.push_back(version);
  for (const auto* device : objects(data, "blockDeviceMappingSet")) {
    const auto known = reading.image_of.find(text(member(*device, "ebs"), "snapshotId"));
    if (known == reading.image_of.end() || known->second == version.image) continue;
    reading.found.versions.push_back(version);
    reading.found.versions.back().image = known->second;
    reading.found.versions.back().starts = false;
  }
}

// Without a filter by image: that would leave out what names one through a parameter.
Task<> read_templates(Step& step, Reading& reading) {
  const auto templates = co_await all_pages(
      step, ec2::ec2_call("DescribeLaunchTemplates", {{"MaxResults", most_on_a_page}}),
      "launchTemplates");
  for (const auto& one : templates) {
    const auto id = ec2::required_text(one, "launchTemplateId");
    for (const auto* key : {"defaultVersionNumber", "latestVersionNumber"}) {
      reading.found.in_use.insert({id, ec2::required_text(one, key)});
    }
    auto call = ec2::ec2_call("DescribeLaunchTemplateVersions",
                              {{"LaunchTemplateId", id}, {"MaxResults", most_on_a_page}});
    const auto versions =
        co_await all_pages(step, std::move(call), "launchTemplateVersionSet", WhenGone::nothing);
    for (const auto& version : versions) note_template_version(reading, version);
  }
}

// Instances of no group, too: EC2 says of each what it was launched from.
Task<> read_what_instances_run(Step& step, Reading& reading) {
  std::map<std::string, std::vector<std::string>> numbers;
  for (const auto& one : reading.found.versions) {
    numbers[one.version.launch_template].push_back(one.version.number);
  }
  for (const auto& [launch_template, all] : numbers) {
    // Without the numbers when there are too many for a filter.
    json::array filters{ec2::filter("tag:aws:ec2launchtemplate:id", launch_template)};
    if (all.size() <= most_on_a_page / 2) {
      filters.push_back(ec2::filter_any("tag:aws:ec2launchtemplate:version", all));
    }
    const auto found = co_await instances(step, std::move(filters));
    for (const auto& instance : found) {
      reading.found.in_use.insert(
          {launch_template, ec2::tag_of(instance, "aws:ec2launchtemplate:version")});
    }
  }
}

// Those of this pipeline, and those that templates take an image from. Systems Manager is asked
// itself, not EC2 to resolve them: it tells of many at once, and one that does not exist any more,
// which starts nothing, does not spoil the answer about the others.
Task<> read_parameters(Step& step, Reading& reading) {
  const auto own = co_await ssm::parameters_with_tag(step, agent::run::tag_pipeline,
                                                     step.key().execution.pipeline);
  reading.parameters.insert(own.begin(), own.end());
  const auto values =
      co_await ssm::values_of(step, {reading.parameters.begin(), reading.parameters.end()});
  for (const auto& image : reading.images) {
    for (const auto& value : values) {
      if (value.contains(image)) reading.found.images.insert(image);
    }
  }
}

}  // namespace

Task<References> references_to(Step& step, const std::vector<json::object>& images) {
  Reading reading;
  for (const auto& image : images) {
    const auto id = ec2::required_text(image, "imageId");
    reading.images.insert(id);
    for (const auto& snapshot : ec2::snapshots_of(image)) reading.image_of[snapshot] = id;
  }
  co_await read_templates(step, reading);
  co_await read_launch_configurations(step, reading);
  co_await read_groups(step, reading);
  co_await read_parameters(step, reading);
  // Last, as all the others are where instances come from.
  co_await read_what_instances_run(step, reading);
  co_await read_instances(step, reading);
  co_return std::move(reading.found);
}

Task<bool> is_shared(Step& step, const json::object& image) {
  const auto reply = co_await step.attempt(
      ec2::ec2_call("DescribeImageAttribute",
                    {{"ImageId", text(image, "imageId")}, {"Attribute", "launchPermission"}}));
  if (!reply && reply.error().kind == ErrorClass::gone) co_return false;
  if (!reply) throw agent::aws::failure(reply.error());
  const auto& owner = text(image, "imageOwnerId");
  co_return std::ranges::any_of(objects(reply->body, "launchPermission"),
                                [&](const auto* to) { return text(*to, "userId") != owner; });
}

}  // namespace actions
