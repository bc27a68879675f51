#include "actions/create_image.h"

#include "actions/ops/ec2.h"
#include "actions/parts/copies.h"
#include "actions/parts/image_name.h"
#include "actions/parts/retention.h"
#include "actions/parts/rollout.h"
#include "actions/parts/source.h"
#include "actions/parts/standby.h"
#include "actions/parts/template_version.h"
#include "agent/base/text.h"

namespace actions {
namespace {

using agent::base::cat;
using agent::run::Action;
using agent::run::Outputs;
using agent::run::Recipe;
using agent::run::Run;
using agent::run::Setting;
using agent::run::Settings;
using agent::run::Task;

enum class Imaging { no_reboot, reboot, standby };

struct CreateImageSettings {
  std::string group;
  std::string launch_template;
  std::string image_name;
  std::string instance;
  Imaging imaging;
  std::vector<Destination> destinations;
  std::optional<Rollout> rollout;
  std::string set_default_version;
  std::optional<std::int64_t> keep_images;
  bool keep_on_failure;
};

// `auto`: the group follows the default version, so it is to follow the new one.
bool sets_default(const CreateImageSettings& s, const Source& source) {
  if (s.set_default_version == "auto") return source.follows == "$Default";
  return s.set_default_version == "true";
}

// On failure it is removed, unless a version of the template starts it by then.
Task<ec2::Image> make_image(Run& run, const CreateImageSettings& s, const Source& source) {
  const auto name = image_name(run, s.image_name, s.group);
  const auto image = co_await run(ec2::CreateImage{.instance = source.instance,
                                                   .image_name = name,
                                                   .group = s.group,
                                                   .reboot = s.imaging != Imaging::no_reboot});
  if (!s.keep_on_failure) {
    run.on_failure(
        ec2::DeregisterImage{.image = image.id, .launch_template = source.launch_template});
  }
  run.external_execution_id(image.id);
  co_return image;
}

// The instance is out of service until it runs again; the image's snapshots go on by themselves.
Task<ec2::Image> make_image_in_standby(Run& run, const CreateImageSettings& s,
                                       const Source& source) {
  const auto made = co_await run(ec2::FindImage{});
  const auto plan = co_await run(
      PlanStandby{.group = s.group, .instance = source.instance, .imaged = !made.empty()});
  const LeaveStandby leave{.group = s.group, .instance = source.instance, .plan = plan};
  run.finally(leave);
  if (made.empty()) co_await enter_standby(run, s.group, source.instance, plan);
  const auto image = co_await make_image(run, s, source);
  co_await run.until(RunningAgain{.instance = source.instance, .image = image.id});
  co_await run.settle(leave);
  co_return image;
}

// In the region that the image was made in and in those that it was copied to.
Task<std::vector<std::string>> retire(Run& run, const CreateImageSettings& s) {
  const Retention retention{.group = s.group, .keep = *s.keep_images};
  auto retired = co_await retire_images(run, retention);
  for (const auto& destination : s.destinations) {
    auto there = run.in(destination.region);
    const auto more = co_await retire_images(there, retention);
    retired.insert(retired.end(), more.begin(), more.end());
  }
  co_return retired;
}

// Images one instance of a group and makes it the next version of the group's launch template.
Task<Outputs> create_image(Run& run, const CreateImageSettings& s) {
  check_destinations(run, s.destinations);
  run.say("Choosing an instance of " + s.group);
  const auto source = co_await run(ChooseSource{.group = s.group,
                                                .launch_template = s.launch_template,
                                                .instance = s.instance,
                                                .standby = s.imaging == Imaging::standby,
                                                .refresh = s.rollout.has_value()});
  const auto image = s.imaging == Imaging::standby ? co_await make_image_in_standby(run, s, source)
                                                   : co_await make_image(run, s, source);
  co_await run.until(ec2::ImageAvailable{.image = image.id});
  const auto copies = co_await copy_to_regions(run, {.image = image.id,
                                                     .image_name = image.name,
                                                     .group = s.group,
                                                     .keep_on_failure = s.keep_on_failure,
                                                     .destinations = s.destinations});

  // From here on the world may use what was made. A group that is rolled is held at its version
  // first: there must be no newer one that it could follow by itself.
  std::vector<Pin> pins;
  if (s.rollout) pins = co_await pin_group(run, s.group, source);
  const auto published = co_await make_versions(run, s.destinations, copies);
  const auto version = co_await make_version(run, {.launch_template = source.launch_template,
                                                   .from = source.version,
                                                   .image = image.id,
                                                   .group = s.group});
  std::string refresh;
  if (s.rollout) {
    refresh = co_await roll_out(run, *s.rollout, s.group, source, version, image.id);
  }
  run.keep();
  if (s.rollout) {
    run.on_failure(UnpinGroup{.group = s.group,
                              .launch_template = source.launch_template,
                              .before = source.version,
                              .rolled = version});
  }

  if (sets_default(s, source)) {
    co_await run(
        ec2::SetDefaultVersion{.launch_template = source.launch_template, .version = version});
  }
  if (s.set_default_version == "true") co_await set_defaults(run, published);
  std::string stays;
  if (s.rollout) {
    stays = co_await run(RestoreSymbols{.group = s.group,
                                        .pins = pins,
                                        .launch_template = source.launch_template,
                                        .version = version});
  }
  std::vector<std::string> retired;
  if (s.keep_images) retired = co_await retire(run, s);

  run.say(cat(image.id, " is version ", version, " of launch template ", source.launch_template,
              stays.empty() ? "" : cat(". ", stays)));
  Outputs outputs{{"ImageId", image.id},
                  {"ImageName", image.name},
                  {"Region", run.region()},
                  {"SourceInstanceId", source.instance},
                  {"LaunchTemplateId", source.launch_template},
                  {"LaunchTemplateVersion", version},
                  {"PreviousImageId", source.image}};
  const auto add = [&](std::string name, std::string value) {
    if (!value.empty()) outputs.emplace_back(std::move(name), std::move(value));
  };
  add("CopiedImages", by_region(s.destinations, copies));
  add("InstanceRefreshId", refresh);
  add("RetiredImages", retired_variable(retired));
  co_return outputs;
}

std::vector<Setting> settings_table() {
  std::vector<Setting> table{
      {.name = "AutoScalingGroupName",
       .description = "The Auto Scaling group whose instance is imaged.",
       .property = true,
       .required = true},
      {.name = "LaunchTemplateName",
       .description = "Launch template that gets the new version: name or lt-id. Default: the "
                      "group's own.",
       .property = true},
      {.name = "ImageName",
       .description = "Name of the image: {group} {execution} {pipeline} {date} {time} are filled "
                      "in. Default: {group}-{execution}",
       .property = true,
       .standard = "{group}-{execution}"},
      {.name = "Imaging",
       .description = "no-reboot (default), reboot for a clean image, or standby: out of service "
                      "while it is restarted.",
       .property = true,
       .standard = "no-reboot",
       .allowed = {"no-reboot", "reboot", "standby"}},
      {.name = "SetDefaultVersion",
       .description =
           "Make the new version the template's default: true, false, or auto (default): "
           "if the group follows $Default.",
       .property = true,
       .standard = "auto",
       .allowed = {"auto", "true", "false"}},
      {.name = "KeepImages",
       .description = "Remove what this action made for the group before, but for so many newest "
                      "images. Default: keep all.",
       .kind = Setting::Kind::whole_number,
       .property = true,
       .least = 2,
       .most = 10'000},
      {.name = "InstanceId", .description = "The instance to image, i-…, of the group."},
      {.name = "KeepOnFailure",
       .description = "Keep the images when the action fails.",
       .kind = Setting::Kind::boolean,
       .standard = "false"}};
  for (const auto& more : {copy_settings(), rollout_settings(), agent::run::common_settings(360)}) {
    table.insert(table.end(), more.begin(), more.end());
  }
  return table;
}

Imaging imaging(const std::string& text) {
  if (text == "standby") return Imaging::standby;
  return text == "reboot" ? Imaging::reboot : Imaging::no_reboot;
}

Recipe recipe(const Settings& settings) {
  check_image_name(settings.text("ImageName"));
  const CreateImageSettings s{.group = settings.text("AutoScalingGroupName"),
                              .launch_template = settings.text("LaunchTemplateName"),
                              .image_name = settings.text("ImageName"),
                              .instance = settings.text("InstanceId"),
                              .imaging = imaging(settings.text("Imaging")),
                              .destinations = destinations(settings),
                              .rollout = rollout(settings),
                              .set_default_version = settings.text("SetDefaultVersion"),
                              .keep_images = settings.text("KeepImages").empty()
                                                 ? std::optional<std::int64_t>()
                                                 : settings.whole_number("KeepImages"),
                              .keep_on_failure = settings.boolean("KeepOnFailure")};
  return [s](Run& run) { return create_image(run, s); };
}

}  // namespace

Action create_image_action() {
  return {.name = "CreateImage",
          .category = "Deploy",
          .description = "Image of a group's instance, as the next version of its launch template",
          .most_inputs = 1,
          .most_outputs = 1,
          .console_page = "ec2/home#ImageDetails:imageId={ExternalExecutionId}",
          .settings = settings_table(),
          .output_file = "image.json",
          .recipe = recipe};
}

}  // namespace actions
