// Which execution of which action this is. Everything that a job creates is named, tokened and
// tagged from this identity, and never from the job id: CodePipeline gives a continued job a new
// one, and a stage retry too.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace agent::run {

using Tag = std::pair<std::string, std::string>;

inline constexpr std::string_view tag_execution = "codepipeline-agent:execution";
inline constexpr std::string_view tag_pipeline = "codepipeline-agent:pipeline";
inline constexpr std::string_view tag_action = "codepipeline-agent:action";
inline constexpr std::string_view tag_group = "codepipeline-agent:group";

struct Execution {
  std::string account;  // 12 digits
  std::string region;   // the pipeline's
  std::string pipeline;
  std::string id;  // the pipeline execution's id
  std::string stage;
  std::string action;

  // 64 hex digits; the first 16 stand in names and descriptions of what takes no tags.
  std::string identity() const;
  std::string short_identity() const { return identity().substr(0, 16); }

  // What marks a resource as this execution's own.
  std::vector<Tag> tags() const;

  bool operator==(const Execution&) const = default;
};

}  // namespace agent::run
