#include "tests/local_cloud/codepipeline_variables.h"

#include "agent/base/text.h"

namespace local_cloud::codepipeline {
namespace {

using agent::base::cat;

struct Found {
  std::size_t begin;
  std::size_t end;  // behind the brace
  Reference reference;
};

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) || c == '@' || c == '-' || c == '_';
  });
}

std::optional<Found> next_reference(std::string_view value, std::size_t from) {
  for (auto at = value.find("#{", from); at != value.npos; at = value.find("#{", at + 1)) {
    const auto end = value.find('}', at);
    if (end == value.npos) return {};
    const auto inner = value.substr(at + 2, end - at - 2);
    const auto dot = inner.find('.');
    if (dot == inner.npos) continue;
    const auto space = inner.substr(0, dot);
    const auto name = inner.substr(dot + 1);
    if (is_name(space) && is_name(name)) {
      return Found{at, end + 1, {std::string(space), std::string(name)}};
    }
  }
  return {};
}

std::optional<std::string> value_of(const Execution& execution, const Reference& reference) {
  if (reference.space == "codepipeline") {
    if (reference.name == "PipelineExecutionId") return execution.id;
    return {};
  }
  const auto space = execution.variables.find(reference.space);
  if (space == execution.variables.end()) return {};
  const auto found = space->second.find(reference.name);
  if (found == space->second.end()) return {};
  return found->second;
}

}  // namespace

std::vector<Reference> references(std::string_view value) {
  std::vector<Reference> all;
  for (auto found = next_reference(value, 0); found; found = next_reference(value, found->end)) {
    all.push_back(found->reference);
  }
  return all;
}

std::expected<std::string, std::string> resolved(const Execution& execution,
                                                 std::string_view value) {
  std::string text;
  std::size_t done = 0;
  for (auto found = next_reference(value, 0); found; found = next_reference(value, done)) {
    const auto replacement = value_of(execution, found->reference);
    if (!replacement) {
      return std::unexpected(cat("The variable #{", found->reference.space, ".",
                                 found->reference.name, "} could not be resolved"));
    }
    text.append(value.substr(done, found->begin - done)).append(*replacement);
    done = found->end;
  }
  return text.append(value.substr(done));
}

}  // namespace local_cloud::codepipeline
