#include "tests/local_cloud/codepipeline_structure.h"

#include <ranges>
#include <set>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_types.h"
#include "tests/local_cloud/codepipeline_variables.h"

namespace local_cloud::codepipeline {
namespace {

namespace base = agent::base;
using base::cat;

constexpr std::size_t most_stages = 50;
constexpr std::size_t most_actions_of_a_stage = 50;
constexpr std::size_t most_actions = 500;

[[noreturn]] void bad_structure(const std::string& message) {
  refuse("InvalidStructureException", message);
}
[[noreturn]] void bad_stage(const std::string& message) {
  refuse("InvalidStageDeclarationException", message);
}
[[noreturn]] void bad_action(const std::string& message) {
  refuse("InvalidActionDeclarationException", message);
}

std::string upper_region(std::string region) {
  for (auto& c : region) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return region;
}

// One action against its type.
class ActionCheck {
 public:
  ActionCheck(const World& world, const json::object& action)
      : world_(world), action_(action), name_(base::text(action, "name")) {
    const auto id = type_id(base::member(action, "actionTypeId"));
    type_ = find_type(world, id);
    if (!type_) {
      bad_action(cat("ActionType (Category: '", id.category, "', Provider: '", id.provider,
                     "', Owner: '", id.owner, "', Version: '", id.version, "') in action '", name_,
                     "' is not available in region ", upper_region(world.region)));
    }
  }

  void check() const {
    check_count("inputArtifacts", "inputArtifactDetails", "input");
    check_count("outputArtifacts", "outputArtifactDetails", "output");
    check_configuration();
    check_region();
    if (action_.contains("timeoutInMinutes") && type_->id.category != "Approval") {
      bad_action(cat("Action ", name_, " must not declare timeoutInMinutes"));
    }
  }

 private:
  void check_count(std::string_view declared, std::string_view allowed,
                   std::string_view what) const {
    const auto count = static_cast<std::int64_t>(base::list(action_, declared).size());
    const auto& details = base::member(type_->definition, allowed);
    const auto least = base::number(details, "minimumCount").value_or(0);
    const auto most = base::number(details, "maximumCount").value_or(0);
    if (count < least) {
      bad_action(cat("Action ", name_, " declares ", count, " ", what,
                     " artifacts which is less than the minimum count (", least, ")"));
    }
    if (count > most) {
      bad_action(cat("Action ", name_, " declares ", count, " ", what,
                     " artifacts which is more than the maximum count (", most, ")"));
    }
  }

  void check_configuration() const {
    const auto& configuration = base::member(action_, "configuration");
    for (const auto& property : type_->properties) {
      if (property.required && !configuration.contains(property.name)) {
        bad_action(cat("Action configuration for action '", name_,
                       "' is missing required configuration '", property.name, "'"));
      }
    }
    for (const auto& [key, value] : configuration) {
      if (std::ranges::find(type_->properties, std::string_view(key), &Property::name) ==
          type_->properties.end()) {
        bad_action(cat("Action configuration for action '", name_,
                       "' contains unknown configuration '", std::string_view(key), "'"));
      }
    }
    check_query_value(configuration);
  }

  void check_query_value(const json::object& configuration) const {
    const auto queryable = std::ranges::find(type_->properties, true, &Property::queryable);
    if (queryable == type_->properties.end()) return;
    const auto value = base::text(configuration, queryable->name);
    const bool plain = std::ranges::all_of(
        value, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
    if (!plain || value.size() > 50) {
      bad_action(cat("Action configuration for action '", name_, "' has the value '", value,
                     "' in the queryable configuration '", queryable->name,
                     "', which must be 1 to 50 letters, digits, '-' and '_'"));
    }
  }

  void check_region() const {
    const auto region = base::text(action_, "region");
    if (region.empty() || region == world_.region) return;
    if (type_->id.owner == "Custom" || type_->id.category == "Source") {
      bad_action(cat("Action ", name_, " cannot be a cross-region action"));
    }
  }

  const World& world_;
  const json::object& action_;
  std::string name_;
  const ActionType* type_ = nullptr;
};

std::vector<const json::object*> in_run_order(const json::object& stage) {
  std::multimap<std::int64_t, const json::object*> sorted;
  for (const auto* action : base::objects(stage, "actions")) {
    sorted.emplace(run_order(*action), action);
  }
  const auto actions = sorted | std::views::values;
  return {actions.begin(), actions.end()};
}

// What earlier actions produce: artifacts and namespaces. Actions of the same run order run at the
// same time, so what they produce counts only for later ones.
class Produced {
 public:
  explicit Produced(const json::object& pipeline) {
    if (!base::list(pipeline, "variables").empty()) spaces_.insert("variables");
  }

  void take(const json::object& stage) {
    std::int64_t order = 0;
    for (const auto* action : in_run_order(stage)) {
      if (run_order(*action) != order) publish();
      order = run_order(*action);
      check_inputs(*action);
      check_references(*action);
      collect(*action);
    }
    publish();
  }

 private:
  void publish() {
    artifacts_.merge(new_artifacts_);
    spaces_.merge(new_spaces_);
    new_artifacts_.clear();
    new_spaces_.clear();
  }

  void check_inputs(const json::object& action) const {
    for (const auto* input : base::objects(action, "inputArtifacts")) {
      const auto name = base::text(*input, "name");
      if (!artifacts_.contains(name)) {
        bad_structure(cat("Input Artifact Bundle ", name, " in action ", base::text(action, "name"),
                          " is not declared as Output Artifact Bundle in any of the preceding "
                          "actions"));
      }
    }
  }

  void check_references(const json::object& action) const {
    for (const auto& [key, value] : base::member(action, "configuration")) {
      for (const auto& reference : references(value.as_string())) {
        if (!spaces_.contains(reference.space)) {
          bad_action(cat("Action ", base::text(action, "name"), " refers to the variable #{",
                         reference.space, ".", reference.name,
                         "}, whose namespace no preceding action declares"));
        }
      }
    }
  }

  void collect(const json::object& action) {
    for (const auto* output : base::objects(action, "outputArtifacts")) {
      const auto name = base::text(*output, "name");
      if (artifacts_.contains(name) || !new_artifacts_.insert(name).second) {
        bad_structure(cat("Output Artifact Bundle name must be unique within the pipeline. ", name,
                          " has been used more than once."));
      }
    }
    const auto space = base::text(action, "namespace");
    if (space.empty()) return;
    if (spaces_.contains(space) || !new_spaces_.insert(space).second) {
      bad_action(cat("The namespace ", space, " of action ", base::text(action, "name"),
                     " is used more than once"));
    }
  }

  std::set<std::string> artifacts_;
  std::set<std::string> new_artifacts_;
  std::set<std::string> spaces_{"codepipeline"};
  std::set<std::string> new_spaces_;
};

bool is_source(const json::object& action) {
  return base::text(base::member(action, "actionTypeId"), "category") == "Source";
}

void check_stage(const json::object& stage, bool first) {
  const auto name = base::text(stage, "name");
  const auto actions = base::objects(stage, "actions");
  if (actions.empty() || actions.size() > most_actions_of_a_stage) {
    bad_stage(cat("Stage ", name, " has ", actions.size(), " actions. There should be 1 to ",
                  most_actions_of_a_stage, " actions in a stage"));
  }
  if (first && !std::ranges::all_of(actions, [](const auto* one) { return is_source(*one); })) {
    bad_structure("Pipeline should start with a stage that only contains source actions");
  }
  if (!first && std::ranges::any_of(actions, [](const auto* one) { return is_source(*one); })) {
    bad_structure(
        cat("Only the first stage can contain source actions, stage ", name, " contains one"));
  }
  std::set<std::string> names;
  for (const auto* action : actions) {
    if (!names.insert(base::text(*action, "name")).second) {
      bad_action(cat("Action name ", base::text(*action, "name"),
                     " is used more than once in stage ", name));
    }
  }
}

void check_stores(const World& world, const json::object& pipeline) {
  const auto* one = base::find(pipeline, "artifactStore");
  const auto* several = base::find(pipeline, "artifactStores");
  if (!one == !several) {
    bad_structure("Exactly one of artifactStore and artifactStores must be given");
  }
  if (several && !several->as_object().contains(world.region)) {
    bad_structure(cat("artifactStores must have one for the pipeline's region, ", world.region));
  }
}

}  // namespace

std::int64_t run_order(const json::object& action) {
  return base::number(action, "runOrder").value_or(1);
}

void check_structure(const World& world, const json::object& pipeline) {
  check_stores(world, pipeline);
  if (const auto mode = base::text(pipeline, "executionMode");
      !mode.empty() && mode != "SUPERSEDED") {
    invalid(cat("The local cloud has no pipelines of execution mode ", mode));
  }
  const auto stages = base::objects(pipeline, "stages");
  if (stages.size() < 2) {
    bad_structure(cat("Pipeline has only ", stages.size(),
                      " stage(s). There should be a minimum of 2 stages in a pipeline"));
  }
  if (stages.size() > most_stages) bad_structure("Pipeline has more than 50 stages");
  std::set<std::string> names;
  Produced produced(pipeline);
  std::size_t actions = 0;
  for (const auto* stage : stages) {
    if (!names.insert(base::text(*stage, "name")).second) {
      bad_stage(cat("Stage name ", base::text(*stage, "name"), " is used more than once"));
    }
    check_stage(*stage, names.size() == 1);
    for (const auto* action : base::objects(*stage, "actions")) ActionCheck(world, *action).check();
    produced.take(*stage);
    actions += base::list(*stage, "actions").size();
  }
  if (actions > most_actions)
    refuse("LimitExceededException", "Pipeline has more than 500 actions");
}

}  // namespace local_cloud::codepipeline
