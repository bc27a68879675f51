#include "actions/parts/pin.h"

#include <set>

#include "actions/ops/autoscaling.h"
#include "actions/ops/ec2_describe.h"
#include "actions/parts/group.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::text;
using agent::run::Step;
using agent::run::Task;
namespace json = boost::json;

namespace {

constexpr std::string_view tag_prefix = "codepipeline-agent:follows:";

std::string tag_key(const std::string& launch_template) {
  return cat(tag_prefix, launch_template);
}

bool is_symbol(std::string_view version) {
  return version == "$Latest" || version == "$Default";
}

Task<std::string> number_of(Step& step, const std::string& launch_template,
                            const std::string& symbol) {
  const auto found = co_await ec2::describe_version(step, launch_template, symbol);
  co_return found ? text(*found, "versionNumber") : std::string();
}

// Whether the symbol stands for a version that this execution has made. Then the group was rolled
// to that one and let go before.
Task<bool> is_let_go(Step& step, const std::string& launch_template, const std::string& symbol) {
  const auto found = co_await ec2::describe_version(step, launch_template, symbol);
  if (!found) co_return false;
  co_return ec2::made_from(step.key(), text(*found, "versionDescription")).has_value();
}

// The symbols that the group follows now, each with the number that it is to be held at.
Task<std::vector<Pin>> symbols(Step& step, const PinGroup& wanted, const json::object& group) {
  std::vector<Pin> pins;
  for (const auto& specification : autoscaling::specifications(group)) {
    const auto launch_template = text(specification, "LaunchTemplateId");
    auto version = text(specification, "Version");
    if (version.empty()) version = "$Default";  // what Auto Scaling does
    if (!is_symbol(version)) continue;
    const auto known = std::ranges::find(pins, launch_template, &Pin::launch_template);
    if (known != pins.end() && known->symbol == version) continue;
    if (known != pins.end()) {
      throw wrong_group(step, wanted.group,
                        cat("it follows both ", known->symbol, " and ", version,
                            " of the launch template ", launch_template, ". Use one of them."));
    }
    auto number = wanted.version;
    if (launch_template == wanted.launch_template) {
      const auto let_go = co_await is_let_go(step, launch_template, version);
      if (let_go) continue;
    } else {
      number = co_await number_of(step, launch_template, version);
    }
    pins.push_back({launch_template, version, number});
  }
  co_return pins;
}

// Those that an earlier try has pinned. A tag holds as long as the group has the number that it
// says, or that which was rolled out instead (`rolled` of the template `launch_template`).
std::vector<Pin> pinned_before(const json::object& group, const std::string& launch_template = {},
                               const std::string& rolled = {}) {
  std::vector<Pin> pins;
  for (const auto& specification : autoscaling::specifications(group)) {
    const auto id = text(specification, "LaunchTemplateId");
    const auto version = text(specification, "Version");
    const auto pin = pin_of(group, id);
    if (!pin || std::ranges::count(pins, id, &Pin::launch_template) > 0) continue;
    const auto holds = pin->number == version || (id == launch_template && pin->number == rolled);
    if (holds && !is_symbol(version)) pins.push_back(*pin);
  }
  return pins;
}

// The template's pin is at that number now.
std::vector<Pin> with_number(std::vector<Pin> pins, const std::string& launch_template,
                             const std::string& number) {
  for (auto& pin : pins) {
    if (pin.launch_template == launch_template) pin.number = number;
  }
  return pins;
}

const Pin* pin_for(const std::vector<Pin>& pins, const json::object& specification) {
  const auto found =
      std::ranges::find(pins, text(specification, "LaunchTemplateId"), &Pin::launch_template);
  return found == pins.end() ? nullptr : &*found;
}

Task<> update(Step& step, const std::string& group, json::object source) {
  source["AutoScalingGroupName"] = group;
  co_await step.call(autoscaling::autoscaling_call("UpdateAutoScalingGroup", std::move(source)));
}

// What the group says of the template: a number or a symbol; "" when it does not use it any more.
std::string version_in(const json::object& group, const std::string& launch_template) {
  for (const auto& specification : autoscaling::specifications(group)) {
    if (text(specification, "LaunchTemplateId") == launch_template) {
      return text(specification, "Version");
    }
  }
  return {};
}

struct Restoration {
  std::vector<Pin> possible;  // with the number that the group has now
  std::vector<Pin> over;      // somebody has set something else: nothing to restore
  std::vector<std::string> stays;
};

Task<Restoration> plan(Step& step, const json::object& group, const std::string& name,
                       const std::vector<Pin>& pins) {
  Restoration result;
  for (const auto& pin : pins) {
    const auto has = version_in(group, pin.launch_template);
    if (has != pin.number) {
      result.over.push_back(pin);
      if (has.empty() || is_symbol(has)) continue;
      result.stays.push_back(cat("The group ", name, " was set to version ", has,
                                 " of the launch template ", pin.launch_template,
                                 " by somebody else meanwhile and is left so."));
      continue;
    }
    const auto stands_for = co_await number_of(step, pin.launch_template, pin.symbol);
    if (stands_for == pin.number) {
      result.possible.push_back(pin);
      continue;
    }
    result.stays.push_back(cat("The group ", name, " stays at version ", pin.number,
                               " of the launch template ", pin.launch_template, ": ", pin.symbol,
                               " is version ", stands_for, " now."));
  }
  co_return result;
}

// Templates whose tag says nothing any more: the group follows a symbol of theirs again, or
// somebody has set something else.
std::set<std::string> tags_to_remove(const json::object& group, const Restoration& done) {
  std::set<std::string> result;
  for (const auto* pins : {&done.possible, &done.over}) {
    for (const auto& pin : *pins) result.insert(pin.launch_template);
  }
  for (const auto& specification : autoscaling::specifications(group)) {
    const auto launch_template = text(specification, "LaunchTemplateId");
    if (is_symbol(text(specification, "Version")) && pin_of(group, launch_template)) {
      result.insert(launch_template);
    }
  }
  return result;
}

// Returns what stays pinned. The tags go last: without them nobody could go on with this.
Task<std::string> restore(Step& step, const std::string& name, const json::object& group,
                          const std::vector<Pin>& pins) {
  const auto planned = co_await plan(step, group, name, pins);
  if (!planned.possible.empty()) {
    auto source = autoscaling::changed_source(group, [&](json::object& specification) {
      const auto* pin = pin_for(planned.possible, specification);
      if (pin != nullptr && text(specification, "Version") == pin->number) {
        specification["Version"] = pin->symbol;
      }
    });
    co_await update(step, name, std::move(source));
  }
  for (const auto& launch_template : tags_to_remove(group, planned)) {
    co_await step.call(autoscaling::delete_tag(name, tag_key(launch_template)));
  }
  co_return agent::base::join(planned.stays, " ");
}

}  // namespace

std::optional<Pin> pin_of(const json::object& group, const std::string& launch_template) {
  const auto value = autoscaling::tag_of(group, tag_key(launch_template));
  const auto slash = value.find('/');
  if (slash == std::string::npos || !is_symbol(value.substr(0, slash))) return std::nullopt;
  return Pin{launch_template, value.substr(0, slash), value.substr(slash + 1)};
}

Task<std::vector<Pin>> PinGroup::perform(Step& step) const {
  const auto found = co_await group_to_work_on(step, group);
  auto pins = co_await symbols(step, *this, found);
  // Before the group is changed: nobody could tell afterwards.
  for (const auto& pin : pins) {
    co_await step.call(autoscaling::set_tag(group, tag_key(pin.launch_template),
                                            cat(pin.symbol, '/', pin.number)));
  }
  if (!pins.empty()) {
    auto source = autoscaling::changed_source(found, [&](json::object& specification) {
      const auto* pin = pin_for(pins, specification);
      const auto version = text(specification, "Version");
      if (pin != nullptr && (version.empty() || is_symbol(version))) {
        specification["Version"] = pin->number;
      }
    });
    co_await update(step, group, std::move(source));
  }
  const auto before = pinned_before(found, launch_template, version);
  pins.insert(pins.end(), before.begin(), before.end());
  co_return pins;
}

Task<std::string> RestoreSymbols::perform(Step& step) const {
  const auto found = co_await autoscaling::find_group(step, group);
  if (!found) co_return std::string();
  const auto rolled = with_number(pins, launch_template, version);
  co_return co_await restore(step, group, *found, rolled);
}

std::string UnpinGroup::resource() const {
  return cat("the version that the group ", group, " is held at");
}

Task<> UnpinGroup::perform(Step& step) const {
  const auto found = co_await autoscaling::find_group(step, group);
  if (!found) co_return;
  auto pins = pinned_before(*found, launch_template, before);
  if (!rolled.empty()) pins = with_number(std::move(pins), launch_template, rolled);
  const auto stays = co_await restore(step, group, *found, pins);
  if (!stays.empty()) throw Failure(FailureType::JobFailed, stays);
}

}  // namespace actions
