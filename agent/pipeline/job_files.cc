#include "agent/pipeline/job_files.h"

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/pipeline/pause.h"
#include "agent/pipeline/result.h"
#include "agent/run/run.h"

namespace agent::pipeline {
namespace {

using base::cat;
using base::Duration;
using base::Failure;
using base::FailureType;
using base::Task;

constexpr std::string_view config_file_setting = "ConfigFile";

struct FileInInput {
  const Artifact& artifact;
  std::string file;
};

std::string names_of(const std::vector<Artifact>& artifacts) {
  std::vector<std::string> names;
  for (const auto& artifact : artifacts) names.push_back(artifact.name);
  return base::join(names, ", ");
}

// "conf.json" of the first input, "App::conf.json" of that one: the way in which CloudFormation's
// actions name files.
FileInInput file_in_input(const std::string& value, const std::vector<Artifact>& inputs) {
  if (inputs.empty()) {
    throw run::wrong_setting(config_file_setting, value,
                             "this action has no input artifact to read it from; give it one in "
                             "the pipeline, or write the settings into Options");
  }
  const auto colons = value.find("::");
  if (colons == std::string::npos) return {inputs.front(), value};
  const auto name = base::trim(std::string_view(value).substr(0, colons));
  const auto file = base::trim(std::string_view(value).substr(colons + 2));
  const auto place = std::ranges::find(inputs, name, &Artifact::name);
  if (place == inputs.end() || file.empty()) {
    throw run::wrong_setting(
        config_file_setting, value,
        cat("write FILE or ARTIFACT::FILE; the input artifacts are ", names_of(inputs)));
  }
  return {*place, std::string(file)};
}

}  // namespace

Task<std::optional<run::ConfigFile>> JobFiles::config_file(std::span<const run::Setting> table) {
  const auto value = run::Settings::config_file(table, job_.configuration);
  if (value.empty()) co_return std::nullopt;
  const auto [artifact, file] = file_in_input(value, job_.inputs);
  run::ConfigFile result{.name = cat("the file ", file, " of the artifact ", artifact.name),
                         .text = {}};
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): this waits for it
  co_await patiently([&]() -> Task<> { result.text = co_await artifacts_.read(artifact, file); });
  co_return result;
}

Task<> JobFiles::deliver(std::string file, run::Outputs outputs) {
  const auto text = boost::json::serialize(variables(outputs)) + '\n';
  for (const auto& artifact : job_.outputs) {
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): this waits for it
    co_await patiently([&]() -> Task<> { co_await artifacts_.write(artifact, {{file, text}}); });
  }
}

Task<> JobFiles::patiently(std::function<Task<>()> attempt) {
  const auto since = world_.clock.steady();
  Duration interval{1'000};
  for (;;) {
    std::optional<Failure> failure;
    try {
      co_await attempt();
      co_return;
    } catch (const Failure& caught) {
      failure = caught;
    }
    const auto passes = failure->type == FailureType::SystemUnavailable;
    if (passes && world_.leaving.is_set()) throw run::Parked{};
    if (!passes || world_.clock.steady() - since >= patience_) throw Failure(*failure);
    base::log(base::Level::warning, "an artifact cannot be had, trying again",
              {{"job", job_.id}, {"reason", failure->what()}});
    co_await pause(world_.clock, world_.chance, world_.leaving, interval, Duration(60'000));
  }
}

}  // namespace agent::pipeline
