#include "actions/parts/retention.h"

#include "actions/ops/ec2_describe.h"
#include "actions/parts/retirement.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions {

using agent::base::cat;
using agent::base::text;
using agent::run::Run;
using agent::run::Step;
using agent::run::Task;
namespace json = boost::json;

namespace {

// Images and snapshots that are listed for one execution, so that its state stays well below the
// journal's limit. What is older is kept for the next one.
constexpr std::size_t most_ids = 10'000;

constexpr std::size_t longest_variable = 1'000;

// RFC 3339 sorts as text.
bool is_newer(const json::object& a, const json::object& b) {
  const auto since = [](const json::object& image) {
    return std::pair(text(image, "creationDate"), text(image, "imageId"));
  };
  return since(a) > since(b);
}

// `keep` of the newest stay, and the execution's own, which is one of them, in any case. Images
// that others are still making, and those that failed, are none that could be kept: the former stay
// until they are ready, the latter until there are `keep` newer ones, as their execution may still
// be looking at them.
std::vector<Retiree> too_many(const Step& step, const std::vector<json::object>& newest_first,
                              std::int64_t keep) {
  std::vector<Retiree> result;
  std::int64_t kept = 0;
  for (const auto& image : newest_first) {
    const auto state = text(image, "imageState");
    const auto own = ec2::has_own_tags(step.key(), image);
    const auto ready = state == "available";
    if (!own && kept >= keep && (ready || ec2::is_lost(state))) {
      result.push_back({text(image, "imageId"), ec2::snapshots_of(image)});
    } else if (own || ready) {
      ++kept;
    }
  }
  return result;
}

// A decision: which of the action's images for the group are too many, the oldest first.
struct ChooseImagesToRetire {
  static constexpr std::string_view name = "ChooseImagesToRetire";
  std::string group;
  std::int64_t keep = 0;

  Task<std::vector<Retiree>> perform(Step& step) const;
};

Task<std::vector<Retiree>> ChooseImagesToRetire::perform(Step& step) const {
  json::array filters;
  for (const auto& [key, value] : step.key().execution.tags()) {
    if (key != agent::run::tag_execution) filters.push_back(ec2::filter(cat("tag:", key), value));
  }
  auto images = co_await ec2::describe_images(
      step, {{"Owner", {"self"}}, {"Filter", std::move(filters)}, {"MaxResults", 1000}});
  std::erase_if(images, [&](const json::object& image) {
    return !is_of_this_action(step.key(), group, image);
  });
  std::ranges::sort(images, is_newer);
  auto chosen = too_many(step, images, keep);
  std::ranges::reverse(chosen);
  std::size_t ids = 0;
  const auto end = std::ranges::find_if(chosen, [&](const Retiree& one) {
    ids += 1 + one.snapshots.size();
    return ids > most_ids;
  });
  chosen.erase(end, chosen.end());
  co_return chosen;
}

}  // namespace

Task<std::vector<std::string>> retire_images(Run& run, Retention what) {
  const auto chosen = co_await run(ChooseImagesToRetire{.group = what.group, .keep = what.keep});
  if (chosen.empty()) co_return std::vector<std::string>();
  run.say(cat("Removing what is not needed any more of ", chosen.size(), " older images of ",
              what.group));
  // An image that is gone could not be chosen again, nor its snapshots.
  co_await run.make_durable();
  co_return co_await run(RetireImages{.group = what.group, .retirees = chosen});
}

std::string retired_variable(const std::vector<std::string>& images) {
  std::string result;
  for (const auto& image : images) {
    if (result.size() + 1 + image.size() > longest_variable) break;
    if (!result.empty()) result += ',';
    result += image;
  }
  return result;
}

}  // namespace actions
