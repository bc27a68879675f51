#include "actions/parts/template_version.h"

#include "actions/ops/ec2.h"
#include "actions/parts/device_mappings.h"
#include "actions/parts/source.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions {

using agent::base::text;
using agent::run::Run;
using agent::run::Step;
using agent::run::Task;

namespace {

struct Inherited {
  std::string launch_template;  // lt-…
  std::string version;          // its number
};
BOOST_DESCRIBE_STRUCT(Inherited, (), (launch_template, version))

// A decision: what groups there follow is not known, so nothing that is in the latest version may
// get lost.
struct ChooseVersion {
  static constexpr std::string_view name = "ChooseVersion";
  std::string launch_template;  // name or lt-…

  Task<Inherited> perform(Step& step) const {
    const auto found = co_await version_to_inherit(step, launch_template, "$Latest");
    if (!found) {
      throw agent::run::wrong_setting(
          "CopyToRegions", agent::base::cat(step.key().region, '=', launch_template),
          agent::base::cat("there is no such launch template in ", step.key().region,
                           ". Check the name, or name the region alone"));
    }
    co_return Inherited{text(*found, "launchTemplateId"), text(*found, "versionNumber")};
  }
};

}  // namespace

Task<std::string> make_version(Run& run, VersionOrder order) {
  const auto mappings = co_await run(PlanDeviceMappings{
      .launch_template = order.launch_template, .version = order.from, .image = order.image});
  const auto version =
      co_await run(ec2::CreateLaunchTemplateVersion{.launch_template = order.launch_template,
                                                    .from = order.from,
                                                    .image = order.image,
                                                    .mappings = mappings});
  run.on_failure(ec2::DeleteLaunchTemplateVersion{
      .launch_template = order.launch_template, .version = version, .group = order.group});
  co_await run(ec2::VerifyLaunchTemplateVersion{.launch_template = order.launch_template,
                                                .from = order.from,
                                                .version = version,
                                                .image = order.image});
  co_return version;
}

Task<std::vector<PublishedVersion>> make_versions(Run& run,
                                                  const std::vector<Destination>& destinations,
                                                  const std::vector<std::string>& copies) {
  std::vector<PublishedVersion> all;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    const auto& to = destinations[i];
    if (to.launch_template.empty()) continue;
    auto there = run.in(to.region);
    const auto from = co_await there(ChooseVersion{.launch_template = to.launch_template});
    const auto version = co_await make_version(
        there, {.launch_template = from.launch_template, .from = from.version, .image = copies[i]});
    all.push_back({to.region, from.launch_template, version});
  }
  co_return all;
}

Task<> set_defaults(Run& run, const std::vector<PublishedVersion>& all) {
  for (const auto& one : all) {
    auto there = run.in(one.region);
    co_await there(
        ec2::SetDefaultVersion{.launch_template = one.launch_template, .version = one.version});
  }
}

}  // namespace actions
