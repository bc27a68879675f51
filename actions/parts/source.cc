#include "actions/parts/source.h"

#include <ranges>

#include "actions/ops/autoscaling.h"
#include "actions/ops/ec2_describe.h"
#include "actions/ops/pages.h"
#include "actions/parts/group.h"
#include "actions/parts/pin.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/run/settings.h"

namespace actions {
namespace {

namespace json = boost::json;
using agent::base::cat;
using agent::base::member;
using agent::base::objects;
using agent::base::text;
using agent::run::Step;
using agent::run::Task;

struct Candidate {
  std::string id;
  bool in_service = true;   // else in standby, or on its way there or back
  bool taken = false;       // this execution has taken it out of service before
  bool current = false;     // runs the version that the group follows
  std::string launch_time;  // RFC 3339 sorts as text
};

std::vector<Candidate> candidates(const json::object& group, const std::string& version) {
  std::vector<Candidate> result;
  for (const auto* instance : objects(group, "Instances")) {
    const auto state = text(*instance, "LifecycleState");
    const auto in_service = state == "InService";
    const auto may_be_taken =
        state == "Standby" || state == "EnteringStandby" || state == "Pending";
    if (!in_service && !may_be_taken) continue;
    if (in_service && text(*instance, "HealthStatus") != "Healthy") continue;
    if (text(*instance, "InstanceId").empty()) continue;
    const auto runs = text(member(*instance, "LaunchTemplate"), "Version");
    result.push_back({.id = text(*instance, "InstanceId"),
                      .in_service = in_service,
                      .current = runs == version});
  }
  return result;
}

// What can be imaged: running from a volume, and in service or taken out of it by this execution.
bool is_fit(const Candidate& candidate, const json::object& instance) {
  if (text(member(instance, "instanceState"), "name") != "running") return false;
  if (text(instance, "rootDeviceType") == "instance-store") return false;
  return candidate.in_service || candidate.taken;
}

// Reads when each was launched and leaves out those that EC2 does not show as fit.
Task<std::vector<Candidate>> running(Step& step, std::vector<Candidate> all) {
  std::vector<Candidate> result;
  for (std::size_t first = 0; first < all.size(); first += ec2::most_ids) {
    const auto batch = std::span(all).subspan(first, std::min(ec2::most_ids, all.size() - first));
    json::array ids;
    for (const auto& candidate : batch) ids.emplace_back(candidate.id);
    // A filter, as one that EC2 does not show yet must not spoil the answer about the others.
    json::object wanted{{"Name", "instance-id"}, {"Value", std::move(ids)}};
    auto call = ec2::ec2_call("DescribeInstances", {{"Filter", {std::move(wanted)}}});
    const auto reservations = co_await all_pages(step, std::move(call), "reservationSet");
    for (const auto& reservation : reservations) {
      for (const auto* instance : objects(reservation, "instancesSet")) {
        const auto place = std::ranges::find(batch, text(*instance, "instanceId"), &Candidate::id);
        if (place == batch.end()) continue;
        auto candidate = *place;
        candidate.launch_time = text(*instance, "launchTime");
        candidate.taken = ec2::has_own_tags(step.key(), *instance);
        if (is_fit(candidate, *instance)) result.push_back(std::move(candidate));
      }
    }
  }
  co_return result;
}

bool is_better(const Candidate& a, const Candidate& b) {
  if (a.taken != b.taken) return a.taken;
  if (a.current != b.current) return a.current;
  if (a.launch_time != b.launch_time) return a.launch_time > b.launch_time;
  return a.id < b.id;
}

Task<std::string> choose(Step& step, const ChooseSource& wanted, const json::object& group,
                         const std::string& current) {
  auto all = candidates(group, current);
  std::erase_if(all, [&](const Candidate& one) {
    return (!wanted.instance.empty() && one.id != wanted.instance) ||
           (!one.in_service && !wanted.standby);
  });
  const auto fit = co_await running(step, std::move(all));
  if (!fit.empty()) co_return std::ranges::min_element(fit, is_better)->id;
  if (!wanted.instance.empty()) {
    throw agent::run::wrong_setting("InstanceId", wanted.instance,
                                    cat("it is no instance of the group ", wanted.group,
                                        " that is InService, Healthy and running from an EBS "
                                        "volume. Name another one, or leave "
                                        "the setting out to have one chosen"));
  }
  throw wrong_group(step, wanted.group,
                    "it has no instance that is InService, Healthy and running from an EBS volume, "
                    "so there is nothing to make an image of.");
}

// An override that names an image is not launched from the template's.
void refuse_other_images(const Step& step, const ChooseSource& wanted, const json::object& group,
                         const std::string& image) {
  for (const auto& one : autoscaling::overrides(group)) {
    const auto named = text(one, "ImageId");
    if (named.empty() || (wanted.refresh && named == image)) continue;
    throw wrong_group(
        step, wanted.group,
        cat("the override of its mixed instances policy for ", text(one, "InstanceType"),
            " names the image ", named, ", which is used instead of the launch template's. ",
            wanted.refresh ? "Take it out of the override, or have it name the template's image."
                           : "Take it out of the override, or use Rollout=refresh, which replaces "
                             "it where it is the template's image."));
  }
}

void refuse_what_cannot_be_done(const Step& step, const ChooseSource& wanted,
                                const json::object& group) {
  if (wanted.standby || wanted.refresh) refuse_operated(step, wanted.group, group);
  if (wanted.standby) refuse_suspended(step, wanted.group, group, {"Launch"});
  if (wanted.refresh) {
    refuse_suspended(step, wanted.group, group, {"InstanceRefresh", "Launch", "Terminate"});
  }
}

// How the group names the version: while it is pinned, what it followed before.
std::string follows(const json::object& group, const Followed& own, const json::object& version) {
  const auto pin = pin_of(group, own.launch_template);
  return pin && pin->number == text(version, "versionNumber") ? pin->symbol : own.version;
}

}  // namespace

Task<std::optional<json::object>> version_to_inherit(Step& step, const std::string& launch_template,
                                                     const std::string& version) {
  auto found = co_await ec2::describe_version(step, launch_template, version);
  if (!found) co_return std::nullopt;
  const auto before = ec2::made_from(step.key(), text(*found, "versionDescription"));
  if (!before) co_return found;
  auto original = co_await ec2::describe_version(step, launch_template, *before);
  co_return original ? original : found;
}

Task<std::string> image_of(Step& step, const json::object& version) {
  auto image = text(member(version, "launchTemplateData"), "imageId");
  if (!image.starts_with("resolve:ssm:")) co_return image;
  const auto resolved = co_await ec2::describe_version(step, text(version, "launchTemplateId"),
                                                       text(version, "versionNumber"), true);
  co_return resolved ? text(member(*resolved, "launchTemplateData"), "imageId") : image;
}

Task<Source> ChooseSource::perform(Step& step) const {
  const auto described = co_await group_to_work_on(step, group);
  const auto own = followed(step, group, described);
  refuse_what_cannot_be_done(step, *this, described);
  auto version = co_await version_to_inherit(step, own.launch_template, own.version);
  if (!version) {
    throw wrong_group(step, group,
                      cat("its launch template ", own.launch_template, " with the version ",
                          own.version, " does not exist any more."));
  }
  const auto current = *version;
  const auto current_image = co_await image_of(step, current);
  refuse_other_images(step, *this, described, current_image);
  if (!launch_template.empty() && launch_template != own.launch_template &&
      launch_template != text(current, "launchTemplateName")) {
    if (refresh) {
      throw agent::run::wrong_setting(
          "LaunchTemplateName", launch_template,
          cat("the group ", group,
              " does not use it, so a refresh would not roll it out. Leave "
              "the setting out, or use Rollout=none"));
    }
    // A template that the group does not use has no version that the group runs.
    version = co_await version_to_inherit(step, launch_template, "$Default");
  }
  if (!version) {
    throw agent::run::wrong_setting(
        "LaunchTemplateName", launch_template,
        cat("there is no such launch template in ", step.key().region,
            ". Check the name, or leave the setting out to use the group's own"));
  }
  const auto chosen = co_await choose(step, *this, described, text(current, "versionNumber"));
  const auto image = co_await image_of(step, *version);
  co_return Source{.instance = chosen,
                   .launch_template = text(*version, "launchTemplateId"),
                   .version = text(*version, "versionNumber"),
                   .image = image,
                   .follows = follows(described, own, current)};
}

}  // namespace actions
