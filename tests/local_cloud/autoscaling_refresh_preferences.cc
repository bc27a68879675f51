#include "tests/local_cloud/autoscaling_refresh_preferences.h"

#include <algorithm>

#include "agent/base/json.h"
#include "agent/base/text.h"

namespace local_cloud::autoscaling {

using agent::base::cat;
using agent::base::member;
using agent::base::number;
using agent::base::text;

namespace {

constexpr std::int64_t two_days = 172'800;
constexpr std::size_t most_alarms = 10;

ApiError violation(std::string_view value, std::string_view place, const std::string& constraint) {
  return validation_error(cat("1 validation error detected: Value '", value, "' at 'preferences.",
                              place, "' failed to satisfy constraint: Member must ", constraint));
}

void check_range(std::string_view place, std::int64_t value, std::int64_t least,
                 std::int64_t most) {
  if (value < least) {
    throw violation(cat(value), place, cat("have value greater than or equal to ", least));
  }
  if (value > most) {
    throw violation(cat(value), place, cat("have value less than or equal to ", most));
  }
}

void take_number(json::object& result, const json::object& given, std::string_view name,
                 std::string_view place, std::int64_t least, std::int64_t most) {
  const auto value = number(given, name);
  if (!value) return;
  check_range(place, *value, least, most);
  result[name] = *value;
}

void take_choice(json::object& result, const json::object& given, std::string_view name,
                 std::string_view place, std::initializer_list<std::string_view> choices) {
  const auto value = given.contains(name) ? text(given, name) : "Wait";
  if (std::ranges::count(choices, value) == 0) {
    std::string all;
    for (const auto choice : choices) all += cat(all.empty() ? "" : ", ", choice);
    throw violation(value, place, cat("satisfy enum value set: [", all, ']'));
  }
  result[name] = value;
}

// A range that is given whole replaces that of the group's maintenance policy.
void take_percentages(json::object& result, const Group& group, const json::object& given) {
  const auto& policy = member(group.options, "InstanceMaintenancePolicy");
  const auto take = [&](const json::object& from) {
    take_number(result, from, "MinHealthyPercentage", "minHealthyPercentage", 0, 100);
    take_number(result, from, "MaxHealthyPercentage", "maxHealthyPercentage", 100, 200);
  };
  const bool is_given =
      given.contains("MinHealthyPercentage") || given.contains("MaxHealthyPercentage");
  // The policy's -1 stands for none.
  if (is_given || number(policy, "MinHealthyPercentage").value_or(-1) >= 0) {
    take(is_given ? given : policy);
  }
  const auto least = number(result, "MinHealthyPercentage");
  const auto most = number(result, "MaxHealthyPercentage");
  if (most && !least) {
    throw validation_error(
        "You must specify MinHealthyPercentage when you specify MaxHealthyPercentage.");
  }
  if (most && *most - *least > 100) {
    throw validation_error(
        "The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater "
        "than 100.");
  }
  if (!least) result["MinHealthyPercentage"] = 90;
}

void take_checkpoints(json::object& result, const json::object& given) {
  json::array percentages;
  std::int64_t before = 0;
  for (const auto& value : query::list_of(given, "CheckpointPercentages")) {
    const auto percent = number({{"value", value}}, "value").value_or(0);
    check_range("checkpointPercentages", percent, 1, 100);
    if (percent <= before) {
      throw validation_error("The CheckpointPercentages must be unique and in ascending order.");
    }
    percentages.emplace_back(before = percent);
  }
  take_number(result, given, "CheckpointDelay", "checkpointDelay", 0, two_days);
  if (percentages.empty()) {
    if (!result.contains("CheckpointDelay")) return;
    throw validation_error(
        "You must specify CheckpointPercentages when you specify CheckpointDelay.");
  }
  result["CheckpointPercentages"] = std::move(percentages);
  if (!result.contains("CheckpointDelay")) result["CheckpointDelay"] = 3'600;
}

void take_alarms(json::object& result, const json::object& given) {
  const auto alarms = query::list_of(member(given, "AlarmSpecification"), "Alarms");
  if (alarms.empty()) return;
  if (alarms.size() > most_alarms) {
    throw validation_error(cat("You can specify up to ", most_alarms, " CloudWatch alarms."));
  }
  json::array names;
  for (const auto& alarm : alarms) {
    if (alarm.empty() || alarm.size() > 255) {
      throw violation(alarm, "alarmSpecification.alarms", "have length between 1 and 255");
    }
    names.emplace_back(alarm);
  }
  result["AlarmSpecification"] = json::object{{"Alarms", std::move(names)}};
}

using namespace query;
constexpr Field alarm_fields[] = {strings("Alarms")};
constexpr Field fields[] = {whole("MinHealthyPercentage"),
                            whole("MaxHealthyPercentage"),
                            whole("InstanceWarmup"),
                            {.name = "CheckpointPercentages", .kind = Kind::whole, .many = true},
                            whole("CheckpointDelay"),
                            boolean("SkipMatching"),
                            boolean("AutoRollback"),
                            string("ScaleInProtectedInstances"),
                            string("StandbyInstances"),
                            structure("AlarmSpecification", alarm_fields),
                            whole("BakeTime")};

}  // namespace

std::span<const query::Field> preference_fields() {
  return fields;
}

json::object complete_preferences(const Group& group, const json::object& given) {
  json::object result;
  take_percentages(result, group, given);
  const auto usual_warmup =
      number(group.options, "DefaultInstanceWarmup")
          .value_or(number(group.options, "HealthCheckGracePeriod").value_or(0));
  result["InstanceWarmup"] = std::max<std::int64_t>(0, usual_warmup);
  take_number(result, given, "InstanceWarmup", "instanceWarmup", 0, INT32_MAX);
  take_checkpoints(result, given);
  for (const auto* name : {"SkipMatching", "AutoRollback"}) {
    result[name] = agent::base::flag(given, name);
  }
  take_choice(result, given, "ScaleInProtectedInstances", "scaleInProtectedInstances",
              {"Ignore", "Wait", "Refresh"});
  take_choice(result, given, "StandbyInstances", "standbyInstances",
              {"Terminate", "Ignore", "Wait"});
  take_alarms(result, given);
  take_number(result, given, "BakeTime", "bakeTime", 0, two_days);
  return result;
}

}  // namespace local_cloud::autoscaling
