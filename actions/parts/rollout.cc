#include "actions/parts/rollout.h"

#include <charconv>

#include "agent/base/text.h"

namespace actions {

using agent::base::cat;
using agent::run::Run;
using agent::run::Setting;
using agent::run::Settings;
using agent::run::Task;
using agent::run::wrong_setting;

namespace {

constexpr std::int64_t longest_delay = 172'800;  // seconds: RefreshPreferences in the API reference
constexpr std::size_t most_alarms = 10;

std::vector<Setting> refresh_settings() {
  using enum Setting::Kind;
  return {{.name = "MinHealthyPercentage",
           .description = "Least part of the group in service while it is rolled, in percent.",
           .kind = whole_number,
           .least = 0,
           .most = 100},
          {.name = "MaxHealthyPercentage",
           .description = "Most instances while the group is rolled, in percent of its capacity.",
           .kind = whole_number,
           .least = 100,
           .most = 200},
          {.name = "InstanceWarmup",
           .description = "Seconds until a new instance counts as ready.",
           .kind = whole_number,
           .least = 0,
           .most = longest_delay},
          {.name = "CheckpointPercentages",
           .description = "Where the roll-out pauses: rising percentages that end with 100.",
           .kind = list},
          {.name = "CheckpointDelay",
           .description = "Seconds to pause at each of CheckpointPercentages.",
           .kind = whole_number,
           .least = 0,
           .most = longest_delay},
          {.name = "AlarmNames",
           .description = "CloudWatch alarms that end the roll-out, at most 10.",
           .kind = list},
          {.name = "BakeMinutes",
           .description = "Minutes that the alarms are still watched after the last instance.",
           .kind = whole_number,
           .least = 0,
           .most = longest_delay / 60},
          {.name = "SkipMatching",
           .description = "Leave instances that run the version already.",
           .kind = boolean}};
}

int percent(const std::string& text) {
  int value = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  return error == std::errc{} && end == last && value >= 1 && value <= 100 ? value : 0;
}

void check_checkpoints(const Settings& settings) {
  const auto& all = settings.text("CheckpointPercentages");
  int before = 0;
  for (const auto& part : settings.list("CheckpointPercentages")) {
    const auto value = percent(part);
    if (value <= before) {
      throw wrong_setting("CheckpointPercentages", all,
                          "write rising whole numbers from 1 to 100 such as 20,50,100");
    }
    before = value;
  }
  if (before != 0 && before != 100) {
    throw wrong_setting("CheckpointPercentages", all,
                        "the last one must be 100, or a part of the group is never replaced");
  }
  if (before == 0 && !settings.text("CheckpointDelay").empty()) {
    throw wrong_setting("CheckpointDelay", settings.text("CheckpointDelay"),
                        "it needs CheckpointPercentages");
  }
}

void check_health(const Settings& settings) {
  const auto& least = settings.text("MinHealthyPercentage");
  const auto& most = settings.text("MaxHealthyPercentage");
  if (most.empty()) return;
  if (least.empty()) {
    throw wrong_setting("MaxHealthyPercentage", most, "it needs MinHealthyPercentage");
  }
  if (std::stoi(most) - std::stoi(least) > 100) {
    throw wrong_setting("MaxHealthyPercentage", most,
                        cat("it may be at most 100 above MinHealthyPercentage, which is ", least));
  }
}

std::string seconds(const std::string& minutes) {
  return minutes.empty() ? minutes : cat(std::stoll(minutes) * 60);
}

}  // namespace

std::vector<Setting> rollout_settings() {
  std::vector<Setting> table{
      {.name = "Rollout",
       .description = "none (default), or refresh: replace the group's instances, with rollback, "
                      "and wait for it.",
       .property = true,
       .standard = "none",
       .allowed = {"none", "refresh"}}};
  const auto more = refresh_settings();
  table.insert(table.end(), more.begin(), more.end());
  return table;
}

std::optional<Rollout> rollout(const Settings& settings) {
  if (settings.text("Rollout") == "none") {
    for (const auto& setting : refresh_settings()) {
      if (settings.text(setting.name).empty()) continue;
      throw wrong_setting(setting.name, settings.text(setting.name),
                          "it is of no use with Rollout=none; set Rollout=refresh or take it out");
    }
    return std::nullopt;
  }
  check_checkpoints(settings);
  check_health(settings);
  const auto alarms = settings.list("AlarmNames");
  if (alarms.size() > most_alarms) {
    throw wrong_setting("AlarmNames", settings.text("AlarmNames"), "at most 10 alarms");
  }
  return Rollout{.preferences = {.min_healthy_percentage = settings.text("MinHealthyPercentage"),
                                 .max_healthy_percentage = settings.text("MaxHealthyPercentage"),
                                 .instance_warmup = settings.text("InstanceWarmup"),
                                 .checkpoint_percentages = settings.list("CheckpointPercentages"),
                                 .checkpoint_delay = settings.text("CheckpointDelay"),
                                 .alarms = alarms,
                                 .bake_time = seconds(settings.text("BakeMinutes")),
                                 .skip_matching = settings.boolean("SkipMatching")}};
}

Task<std::vector<Pin>> pin_group(Run& run, const std::string& group, const Source& source) {
  run.on_failure(UnpinGroup{.group = group});
  co_return co_await run(PinGroup{
      .group = group, .launch_template = source.launch_template, .version = source.version});
}

Task<std::string> roll_out(Run& run, const Rollout& how, const std::string& group,
                           const Source& source, const std::string& version,
                           const std::string& image) {
  run.on_failure(autoscaling::RollBack{.group = group,
                                       .launch_template = source.launch_template,
                                       .version = version,
                                       .previous = source.version});
  const auto refresh =
      co_await run(autoscaling::StartInstanceRefresh{.group = group,
                                                     .launch_template = source.launch_template,
                                                     .version = version,
                                                     .image = image,
                                                     .previous_image = source.image,
                                                     .preferences = how.preferences});
  co_await run.until(autoscaling::InstanceRefreshSuccessful{.group = group, .refresh = refresh});
  co_return refresh;
}

}  // namespace actions
