#include "tests/local_cloud/ec2_filters.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_parameters.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

// Every text at the end of the path.
void collect(const json::value& value, std::string_view path, std::vector<std::string>& found) {
  if (const auto* list = value.if_array()) {
    for (const auto& entry : *list) collect(entry, path, found);
    return;
  }
  if (const auto* object = value.if_object()) {
    const auto slash = path.find('/');
    if (const auto* member = object->if_contains(path.substr(0, slash))) {
      collect(*member, slash == path.npos ? "" : path.substr(slash + 1), found);
    }
    return;
  }
  if (const auto* text = value.if_string()) {
    found.emplace_back(*text);
  } else if (!value.is_null()) {
    found.push_back(json::serialize(value));
  }
}

void collect_tag(const json::object& resource, std::string_view key,
                 std::vector<std::string>& found) {
  for (const auto* tag : agent::base::objects(resource, "tagSet")) {
    if (agent::base::text(*tag, "key") == key) found.push_back(agent::base::text(*tag, "value"));
  }
}

constexpr FilterPath tag_paths[] = {{"tag-key", "tagSet/key"}, {"tag-value", "tagSet/value"}};

std::string_view path_of(std::span<const FilterPath> paths, std::string_view filter) {
  const auto known = std::ranges::find(paths, filter, &FilterPath::filter);
  return known == paths.end() ? std::string_view() : known->path;
}

}  // namespace

bool like(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  const auto rest = pattern.substr(1);
  if (pattern[0] == '*')
    return like(rest, text) || (!text.empty() && like(pattern, text.substr(1)));
  if (text.empty()) return false;
  if (pattern[0] == '?') return like(rest, text.substr(1));
  if (pattern[0] == '\\' && !rest.empty()) {
    return rest[0] == text[0] && like(rest.substr(1), text.substr(1));
  }
  return pattern[0] == text[0] && like(rest, text.substr(1));
}

Filters::Filters(const json::object& params, std::span<const FilterPath> paths) {
  for (const auto* given : agent::base::objects(params, "Filter")) {
    const auto name = agent::base::text(*given, "Name");
    Filter filter{.path = path_of(paths, name), .values = query::list_of(*given, "Value")};
    if (filter.path.empty()) filter.path = path_of(tag_paths, name);
    if (name.starts_with("tag:")) filter.tag = name.substr(4);
    if (filter.path.empty() && filter.tag.empty()) {
      throw ApiError(400, "InvalidParameterValue", cat("The filter '", name, "' is invalid"));
    }
    filters_.push_back(std::move(filter));
  }
}

bool Filters::match(const json::object& resource) const {
  return std::ranges::all_of(filters_, [&](const Filter& filter) {
    std::vector<std::string> found;
    if (filter.tag.empty()) {
      collect(resource, filter.path, found);
    } else {
      collect_tag(resource, filter.tag, found);
    }
    return std::ranges::any_of(filter.values, [&](const std::string& pattern) {
      return std::ranges::any_of(found, [&](const auto& text) { return like(pattern, text); });
    });
  });
}

}  // namespace local_cloud::ec2
