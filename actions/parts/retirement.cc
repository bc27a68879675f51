#include "actions/parts/retirement.h"

#include <map>
#include <span>

#include "actions/ops/ec2_describe.h"
#include "actions/ops/pages.h"
#include "actions/parts/references.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions {

namespace json = boost::json;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using agent::run::ErrorClass;
using agent::run::Key;
using agent::run::Step;
using agent::run::Task;

namespace {

constexpr std::size_t most_deleted = 200;  // versions in a request: DeleteLaunchTemplateVersions

using Versions = std::set<TemplateVersion>;

// Whether the version was made from the image by the execution that the image's tags name.
bool is_made_from(const Key& key, const json::object& image, const VersionOfImage& one) {
  auto maker = key.execution;
  maker.id = ec2::tag_of(image, agent::run::tag_execution);
  const Key as_maker{.execution = maker,
                     .step = key.step,
                     .region = key.region,
                     .extra = key.extra,
                     .started = key.started};
  return one.starts && one.image == text(image, "imageId") &&
         ec2::made_from(as_maker, one.description).has_value();
}

Versions to_delete(const Key& key, const std::vector<json::object>& images,
                   const References& references) {
  Versions result;
  for (const auto& one : references.versions) {
    if (references.in_use.contains(one.version)) continue;
    const auto made = [&](const json::object& image) { return is_made_from(key, image, one); };
    if (std::ranges::any_of(images, made)) result.insert(one.version);
  }
  return result;
}

// Those that are gone afterwards. EC2 keeps one that has become the default meanwhile.
Task<std::set<std::string>> delete_some(Step& step, const std::string& launch_template,
                                        std::set<std::string> numbers) {
  json::array list(numbers.begin(), numbers.end());
  const auto reply = co_await step.attempt(ec2::ec2_call(
      "DeleteLaunchTemplateVersions",
      {{"LaunchTemplateId", launch_template}, {"LaunchTemplateVersion", std::move(list)}}));
  if (!reply && reply.error().kind == ErrorClass::gone) co_return numbers;
  if (!reply) throw agent::aws::failure(reply.error());
  for (const auto* kept : objects(reply->body, "unsuccessfullyDeletedLaunchTemplateVersionSet")) {
    const auto code = text(member(*kept, "responseError"), "code");
    if (!code.ends_with("DoesNotExist")) numbers.erase(text(*kept, "versionNumber"));
  }
  co_return numbers;
}

Task<Versions> delete_versions(Step& step, const Versions& versions) {
  Versions gone;
  for (auto next = versions.begin(); next != versions.end();) {
    const auto launch_template = next->launch_template;
    std::set<std::string> numbers;
    for (; next != versions.end() && next->launch_template == launch_template; ++next) {
      if (numbers.size() == most_deleted) break;
      numbers.insert(next->number);
    }
    const auto deleted = co_await delete_some(step, launch_template, std::move(numbers));
    for (const auto& number : deleted) gone.insert({launch_template, number});
  }
  co_return gone;
}

// False when it is protected from that.
Task<bool> deregister(Step& step, const std::string& image) {
  const auto reply = co_await step.attempt(ec2::ec2_call("DeregisterImage", {{"ImageId", image}}));
  if (reply || reply.error().kind == ErrorClass::gone) co_return true;
  if (reply.error().code == "OperationNotPermitted") co_return false;
  throw agent::aws::failure(reply.error());
}

// Returns those of the images that are gone.
Task<std::vector<std::string>> remove(Step& step, const std::vector<json::object>& images) {
  std::vector<std::string> gone;
  if (images.empty()) co_return gone;
  auto references = co_await references_to(step, images);
  const auto deleted = co_await delete_versions(step, to_delete(step.key(), images, references));
  for (const auto& one : references.versions) {
    if (!deleted.contains(one.version)) references.images.insert(one.image);
  }
  for (const auto& image : images) {
    const auto id = text(image, "imageId");
    if (references.images.contains(id)) continue;
    const auto shared = co_await is_shared(step, image);
    if (shared) continue;
    const auto is_gone = co_await deregister(step, id);
    if (is_gone) gone.push_back(id);
  }
  co_return gone;
}

// Snapshots that an image starts from. What was just deregistered may still be shown.
Task<std::set<std::string>> used_by_images(Step& step, const std::vector<std::string>& snapshots,
                                           const std::vector<std::string>& gone) {
  auto images = co_await ec2::describe_images(
      step, {{"Owner", {"self"}},
             {"Filter", {ec2::filter_any("block-device-mapping.snapshot-id", snapshots)}},
             {"IncludeDisabled", true},
             {"MaxResults", 1000}});
  std::erase_if(images, [&](const json::object& image) {
    return std::ranges::count(gone, text(image, "imageId")) > 0;
  });
  std::set<std::string> used;
  for (const auto& image : images) {
    for (auto& snapshot : ec2::snapshots_of(image)) used.insert(std::move(snapshot));
  }
  co_return used;
}

Task<> delete_snapshots(Step& step, const std::string& group, std::vector<std::string> ids,
                        const std::vector<std::string>& gone) {
  const auto shown = co_await all_pages(
      step,
      ec2::ec2_call("DescribeSnapshots", {{"Owner", {"self"}},
                                          {"Filter", {ec2::filter_any("snapshot-id", ids)}},
                                          {"MaxResults", 1000}}),
      "snapshotSet");
  std::vector<std::string> own;
  for (const auto& one : shown) {
    if (is_of_this_action(step.key(), group, one)) own.push_back(text(one, "snapshotId"));
  }
  if (own.empty()) co_return;
  const auto used = co_await used_by_images(step, own, gone);
  for (const auto& snapshot : own) {
    if (!used.contains(snapshot)) co_await ec2::delete_snapshot(step, snapshot);
  }
}

// Those of the batch that are there, whatever they look like now.
Task<std::vector<json::object>> shown(Step& step, std::span<const Retiree> batch) {
  std::vector<std::string> ids;
  for (const auto& one : batch) ids.push_back(one.image);
  // A filter, as one that is gone must not spoil the answer about the others.
  return ec2::describe_images(step, {{"Filter", {ec2::filter_any("image-id", ids)}},
                                     {"IncludeDisabled", true},
                                     {"MaxResults", 1000}});
}

// One that somebody has disabled meanwhile is theirs to decide about.
bool may_go(const Key& key, const std::string& group, const json::object& image) {
  const auto state = text(image, "imageState");
  return is_of_this_action(key, group, image) && !ec2::has_own_tags(key, image) &&
         state != "disabled" && (state == "available" || ec2::is_lost(state));
}

// Returns those that are gone.
Task<std::vector<std::string>> retire(Step& step, const std::string& group,
                                      std::span<const Retiree> batch) {
  std::set<std::string> stay;
  auto images = co_await shown(step, batch);
  for (const auto& image : images) stay.insert(text(image, "imageId"));
  std::erase_if(images, [&](const json::object& one) { return !may_go(step.key(), group, one); });
  const auto removed = co_await remove(step, images);
  for (const auto& image : removed) stay.erase(image);
  std::vector<std::string> gone;
  for (const auto& one : batch) {
    if (!stay.contains(one.image)) gone.push_back(one.image);
  }
  std::vector<std::string> snapshots;
  for (const auto& one : batch) {
    if (stay.contains(one.image)) continue;
    snapshots.insert(snapshots.end(), one.snapshots.begin(), one.snapshots.end());
  }
  constexpr std::size_t most_values = 200;  // in the filters of a request
  for (std::size_t first = 0; first < snapshots.size(); first += most_values) {
    const auto some =
        std::span(snapshots).subspan(first, std::min(most_values, snapshots.size() - first));
    co_await delete_snapshots(step, group, {some.begin(), some.end()}, gone);
  }
  co_return gone;
}

}  // namespace

bool is_of_this_action(const Key& key, const std::string& group, const json::object& resource) {
  if (ec2::tag_of(resource, agent::run::tag_execution).empty()) return false;
  return ec2::tag_of(resource, agent::run::tag_group) == group &&
         std::ranges::all_of(key.execution.tags(), [&](const agent::run::Tag& tag) {
           return tag.first == agent::run::tag_execution ||
                  ec2::tag_of(resource, tag.first) == tag.second;
         });
}

Task<std::vector<std::string>> RetireImages::perform(Step& step) const {
  std::vector<std::string> gone;
  for (std::size_t first = 0; first < retirees.size(); first += most_images) {
    const auto batch =
        std::span(retirees).subspan(first, std::min(most_images, retirees.size() - first));
    const auto some = co_await retire(step, group, batch);
    gone.insert(gone.end(), some.begin(), some.end());
  }
  co_return gone;
}

}  // namespace actions
