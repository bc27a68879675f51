#include "tests/local_cloud/faults.h"

#include <algorithm>
#include <array>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/base/time_text.h"
#include "tests/local_cloud/accounts.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using Effect = Fault::Effect;

struct EffectName {
  std::string_view name;
  Effect effect;
  bool takes_effect;  // unless the rule says otherwise
};
constexpr std::array<EffectName, 11> effects{{{"none", Effect::none, true},
                                              {"throttle", Effect::throttle, false},
                                              {"error", Effect::error, false},
                                              {"expired-token", Effect::expired_token, false},
                                              {"html", Effect::html, false},
                                              {"empty", Effect::empty, true},
                                              {"garbage", Effect::garbage, true},
                                              {"wrong-length", Effect::wrong_length, true},
                                              {"truncate", Effect::truncate, true},
                                              {"reset-before", Effect::reset_before, false},
                                              {"reset-after", Effect::reset_after, true}}};

constexpr std::array<std::string_view, 18> members{
    "id",      "service",     "operation", "account", "region",       "skip",
    "times",   "probability", "seed",      "effect",  "status",       "code",
    "message", "body",        "latency",   "drip",    "takes_effect", "after"};

// Evenly in [0, 1), the same for the same seed and turn (splitmix64).
double chance(std::uint64_t seed, std::int64_t turn) {
  auto z = seed + 0x9E3779B97F4A7C15U * static_cast<std::uint64_t>(turn + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

bool fits(std::string_view pattern, std::string_view text) {
  return pattern.empty() || matches(pattern, text);
}

// Milliseconds, or "20s".
std::expected<std::chrono::milliseconds, std::string> duration(const json::object& text,
                                                               std::string_view member) {
  if (agent::base::find(text, member) == nullptr) return std::chrono::milliseconds(0);
  const auto written = agent::base::text(text, member);
  if (const auto parsed = agent::base::parse_duration(written)) return *parsed;
  const auto count = agent::base::number(text, member);
  if (!count || *count < 0)
    return std::unexpected(cat(member, " is not a duration: '", written, "'"));
  return std::chrono::milliseconds(*count);
}

std::optional<std::string> read_effect(const json::object& text, Fault& fault) {
  auto wanted = agent::base::text(text, "effect");
  if (wanted.empty()) wanted = fault.status != 0 ? "error" : "none";
  const auto* found = std::ranges::find(effects, wanted, &EffectName::name);
  if (found == effects.end()) return cat("there is no effect '", wanted, "'");
  fault.effect = found->effect;
  fault.takes_effect = found->takes_effect;
  if (agent::base::find(text, "takes_effect") != nullptr) {
    fault.takes_effect = agent::base::flag(text, "takes_effect");
  }
  return {};
}

}  // namespace

std::string_view name(Effect effect) {
  return std::ranges::find(effects, effect, &EffectName::effect)->name;
}

std::expected<FaultRule, std::string> read_rule(const json::object& text) {
  for (const auto& [member, value] : text) {
    if (std::ranges::find(members, std::string_view(member)) == members.end()) {
      return std::unexpected(cat("a rule has no member '", std::string_view(member), "'"));
    }
  }
  FaultRule rule{.id = agent::base::text(text, "id"),
                 .service = agent::base::text(text, "service"),
                 .operation = agent::base::text(text, "operation"),
                 .account = agent::base::text(text, "account"),
                 .region = agent::base::text(text, "region"),
                 .after = agent::base::text(text, "after"),
                 .skip = agent::base::number(text, "skip").value_or(0),
                 .times = agent::base::number(text, "times"),
                 .seed = static_cast<std::uint64_t>(agent::base::number(text, "seed").value_or(1))};
  if (const auto* probability = agent::base::find(text, "probability")) {
    if (!probability->is_number()) return std::unexpected("probability is not a number");
    rule.probability = probability->to_number<double>();
  }
  auto& fault = rule.fault;
  fault.status = static_cast<int>(agent::base::number(text, "status").value_or(0));
  fault.code = agent::base::text(text, "code");
  fault.message = agent::base::text(text, "message");
  fault.body = agent::base::text(text, "body");
  if (fault.status != 0 && (fault.status < 200 || fault.status > 599)) {
    return std::unexpected("status is not an HTTP status from 200 to 599");
  }
  if (auto problem = read_effect(text, fault)) return std::unexpected(*problem);
  const auto latency = duration(text, "latency");
  const auto drip = duration(text, "drip");
  if (!latency) return std::unexpected(latency.error());
  if (!drip) return std::unexpected(drip.error());
  fault.latency = *latency;
  fault.drip = *drip;
  return rule;
}

void Faults::add(FaultRule rule) {
  if (rule.id.empty()) rule.id = cat("fault-", ++named_);
  remove(rule.id);
  rule.fault.rule = rule.id;
  rules_.push_back(std::move(rule));
}

bool Faults::remove(std::string_view id) {
  return std::erase_if(rules_, [&](const FaultRule& rule) { return rule.id == id; }) > 0;
}

bool Faults::has_applied(std::string_view id) const {
  const auto rule = std::ranges::find(rules_, id, &FaultRule::id);
  return rule != rules_.end() && rule->applied > 0;
}

std::optional<Fault> Faults::next(std::string_view service, std::string_view operation,
                                  std::string_view account, std::string_view region) {
  for (auto& rule : rules_) {
    if (!rule.after.empty() && !has_applied(rule.after)) continue;
    if (!fits(rule.service, service) || !fits(rule.operation, operation) ||
        !fits(rule.account, account) || !fits(rule.region, region)) {
      continue;
    }
    const auto turn = rule.seen++;
    if (turn < rule.skip || (rule.times && rule.applied >= *rule.times)) continue;
    if (chance(rule.seed, turn) >= rule.probability) continue;
    ++rule.applied;
    return rule.fault;
  }
  return {};
}

}  // namespace local_cloud
