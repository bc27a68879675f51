#include "actions/parts/image_name.h"

#include <functional>

#include "agent/base/text.h"
#include "agent/base/time_text.h"
#include "agent/run/settings.h"

namespace actions {
namespace {

using agent::base::cat;

constexpr std::size_t longest = 128;
constexpr std::size_t shortest = 3;
constexpr std::string_view execution_field = "{execution}";

bool is_allowed(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("()[] ./-'@_").contains(c);
}

std::string lengthened(std::string name) {
  return name.append(shortest - std::min(shortest, name.size()), '-');
}

std::string cleaned(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(result, [](char c) { return !is_allowed(c); }, '-');
  return result;
}

using Fill = std::function<std::string(std::string_view field)>;  // field with its braces

// Replaces every {field} by what `fill` says.
std::string filled(std::string_view text, const Fill& fill) {
  std::string result;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return result.append(text);
    result += text.substr(0, open);
    result += fill(text.substr(open, close - open + 1));
    text.remove_prefix(close + 1);
  }
  return result;
}

Fill values_of(const agent::run::Run& run, std::string_view group) {
  return [&run, group](std::string_view field) -> std::string {
    if (field == "{group}") return std::string(group);
    if (field == "{pipeline}") return run.execution().pipeline;
    if (field == "{date}") return agent::base::compact_date(run.started());
    if (field == "{time}") return agent::base::compact_time(run.started());
    return run.execution().id;
  };
}

}  // namespace

void check_image_name(std::string_view name_template) {
  const Fill known = [&](std::string_view field) -> std::string {
    for (const std::string_view name :
         {std::string_view("{group}"), execution_field, std::string_view("{pipeline}"),
          std::string_view("{date}"), std::string_view("{time}")}) {
      if (field == name) return {};
    }
    throw agent::run::wrong_setting(
        "ImageName", name_template,
        cat("there is no ", field,
            "; there are {group}, {execution}, {pipeline}, {date} and {time}"));
  };
  filled(name_template, known);
}

std::string image_name(const agent::run::Run& run, std::string_view name_template,
                       std::string_view group) {
  const auto fill = values_of(run, group);
  const auto place = name_template.find(execution_field);
  if (place == std::string_view::npos) {
    return lengthened(cleaned(filled(name_template, fill)).substr(0, longest));
  }
  // Whatever stands around the execution gives way, what follows it first.
  const auto id = cleaned(run.execution().id).substr(0, longest);
  auto before = cleaned(filled(name_template.substr(0, place), fill));
  auto after = cleaned(filled(name_template.substr(place + execution_field.size()), fill));
  after.resize(std::min(after.size(), longest - id.size()));
  before.resize(std::min(before.size(), longest - id.size() - after.size()));
  return lengthened(before + id + after);
}

}  // namespace actions
