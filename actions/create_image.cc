#include "actions/create_image.h"

#include "actions/ops/ec2.h"
#include "actions/parts/image_name.h"
#include "actions/parts/source.h"

namespace actions {
namespace {

using agent::run::Action;
using agent::run::Outputs;
using agent::run::Recipe;
using agent::run::Run;
using agent::run::Setting;
using agent::run::Settings;
using agent::run::Task;

struct CreateImageSettings {
  std::string group;
  std::string launch_template;
  std::string image_name;
  bool reboot;
  std::string set_default_version;
};

// `auto`: the group follows the default version, so it is to follow the new one.
bool sets_default(const CreateImageSettings& s, const Source& source) {
  if (s.set_default_version == "auto") return source.follows == "$Default";
  return s.set_default_version == "true";
}

// Images one instance of a group and makes it the next version of the group's launch template.
Task<Outputs> create_image(Run& run, const CreateImageSettings& s) {
  run.say("Choosing an instance of " + s.group);
  const auto source =
      co_await run(ChooseSource{.group = s.group, .launch_template = s.launch_template});

  const auto name = image_name(run, s.image_name, s.group);
  const auto image = co_await run(ec2::CreateImage{
      .instance = source.instance, .image_name = name, .group = s.group, .reboot = s.reboot});
  run.on_failure(
      ec2::DeregisterImage{.image = image.id, .launch_template = source.launch_template});
  run.external_execution_id(image.id);
  co_await run.until(ec2::ImageAvailable{.image = image.id});

  const auto version = co_await run(ec2::CreateLaunchTemplateVersion{
      .launch_template = source.launch_template, .from = source.version, .image = image.id});
  run.keep(image.id);  // a version names it now

  if (sets_default(s, source)) {
    co_await run(
        ec2::SetDefaultVersion{.launch_template = source.launch_template, .version = version});
  }
  run.say(image.id + " is version " + version + " of launch template " + source.launch_template);
  co_return Outputs{{"ImageId", image.id},
                    {"ImageName", image.name},
                    {"Region", run.region()},
                    {"SourceInstanceId", source.instance},
                    {"LaunchTemplateId", source.launch_template},
                    {"LaunchTemplateVersion", version},
                    {"PreviousImageId", source.image}};
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
       .description =
           "no-reboot (default) or reboot: whether the instance is restarted for a clean "
           "image.",
       .property = true,
       .standard = "no-reboot",
       .allowed = {"no-reboot", "reboot"}},
      {.name = "SetDefaultVersion",
       .description =
           "Make the new version the template's default: true, false, or auto (default): "
           "if the group follows $Default.",
       .property = true,
       .standard = "auto",
       .allowed = {"auto", "true", "false"}}};
  const auto common = agent::run::common_settings(360);
  table.insert(table.end(), common.begin(), common.end());
  return table;
}

Recipe recipe(const Settings& settings) {
  check_image_name(settings.text("ImageName"));
  const CreateImageSettings s{.group = settings.text("AutoScalingGroupName"),
                              .launch_template = settings.text("LaunchTemplateName"),
                              .image_name = settings.text("ImageName"),
                              .reboot = settings.text("Imaging") == "reboot",
                              .set_default_version = settings.text("SetDefaultVersion")};
  return [s](Run& run) { return create_image(run, s); };
}

}  // namespace

Action create_image_action() {
  return {.name = "CreateImage",
          .category = "Deploy",
          .description = "Image of a group's instance, as the next version of its launch template",
          .most_inputs = 1,
          .most_outputs = 1,
          .settings = settings_table(),
          .recipe = recipe};
}

}  // namespace actions
