#include "tests/local_cloud/ec2_world.h"

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_builtin.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

std::string token_key(const Call& call) {
  const auto token = agent::base::text(call.params, "ClientToken");
  return token.empty() ? "" : cat(call.operation, ' ', token);
}

// The request without its order and without what does not make it another one.
std::string essence(const Call& call) {
  auto params = call.params;
  params.erase("DryRun");
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : params) sorted[name] = json::serialize(value);
  std::string result;
  for (const auto& [name, value] : sorted) result += cat(name, '=', value, '\n');
  return result;
}

}  // namespace

std::string_view Image::state(Time now) const {
  if (deregistered) return "deregistered";
  if (now < settles) return "pending";
  if (!flaw.empty()) return "failed";
  return disabled ? "disabled" : "available";
}

std::string_view Snapshot::state(Time now) const {
  if (now < settles) return "pending";
  return flaw.empty() ? "completed" : "error";
}

int Snapshot::percent(Time now) const {
  if (now >= settles) return flaw.empty() ? 100 : 99;
  return now < started ? 0 : static_cast<int>((now - started) * 100 / (settles - started));
}

bool Instance::is_rebooting(Time now) const {
  return state(now) == InstanceState::running && rebooting_since <= now && now < reachable &&
         rebooting_since >= settles;
}

std::string_view name(InstanceState state) {
  switch (state) {
    case InstanceState::pending:
      return "pending";
    case InstanceState::running:
      return "running";
    case InstanceState::shutting_down:
      return "shutting-down";
    case InstanceState::terminated:
      return "terminated";
    case InstanceState::stopping:
      return "stopping";
    case InstanceState::stopped:
      return "stopped";
  }
  return "";
}

json::object as_json(InstanceState state) {
  return {{"code", static_cast<int>(state)}, {"name", name(state)}};
}

const Settings& Region::settings() const {
  return world->settings;
}

std::string Region::new_id(std::string_view prefix) {
  const auto count = ++counters[std::string(prefix)];
  const auto digest = agent::base::sha256_hex(cat(account, '/', name, '/', prefix, '/', count));
  return cat(prefix, "-0", digest.substr(0, 16));
}

Region& World::region(const std::string& account, const std::string& name) {
  auto& place = regions[{account, name}];
  if (!place.world) {
    place.world = this;
    place.account = account;
    place.name = name;
    furnish(place);
  }
  return place;
}

const json::object* remembered(const Region& region, const Call& call) {
  const auto known = region.tokens.find(token_key(call));
  if (known == region.tokens.end()) return nullptr;
  if (known->second.request != essence(call)) {
    throw ApiError(400, "IdempotentParameterMismatch",
                   "Arguments on this idempotent request are inconsistent with arguments used in "
                   "previous request(s).");
  }
  return &known->second.answer;
}

void remember(Region& region, const Call& call, const json::object& answer) {
  if (const auto key = token_key(call); !key.empty()) region.tokens[key] = {essence(call), answer};
}

}  // namespace local_cloud::ec2
