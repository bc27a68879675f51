#include "tests/local_cloud/ec2_filters.h"

#include <charconv>

#include "agent/base/digest.h"
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

std::string page_token(std::size_t start) {
  return agent::base::base64url(cat("from ", start));
}

std::size_t page_start(const std::string& token) {
  if (token.empty()) return 0;
  const auto text = agent::base::from_base64url(token).value_or("");
  std::size_t start = 0;
  const auto end = text.data() + text.size();
  if (!text.starts_with("from ") || std::from_chars(text.data() + 5, end, start).ptr != end ||
      start == 0) {
    throw ApiError(400, "InvalidNextToken", "The specified NextToken is not valid.");
  }
  return start;
}

Page page(json::array all, const json::object& params, const PageRules& rules) {
  const auto most = agent::base::number(params, "MaxResults");
  if (most && !rules.ids.empty() && params.contains(rules.ids)) {
    throw ApiError(400, "InvalidParameterCombination",
                   cat("The parameter ", rules.ids,
                       " cannot be used with the parameter MaxResults in the same request"));
  }
  if (most && (*most < rules.least || *most > rules.most)) {
    throw ApiError(
        400, "InvalidParameterValue",
        cat("Value ( ", *most, " ) for parameter maxResults is invalid. Expecting a value ",
            "between ", rules.least, " and ", rules.most, "."));
  }
  const auto start = std::min(page_start(agent::base::text(params, "NextToken")), all.size());
  const auto count =
      std::min(all.size() - start, static_cast<std::size_t>(most.value_or(rules.most)));
  Page result;
  for (std::size_t i = start; i < start + count; ++i) result.items.push_back(std::move(all[i]));
  if (start + count < all.size()) result.next_token = page_token(start + count);
  return result;
}

json::object paged_answer(std::string_view name, json::array all, const json::object& params,
                          const PageRules& rules) {
  auto part = page(std::move(all), params, rules);
  json::object answer;
  answer[name] = std::move(part.items);
  if (!part.next_token.empty()) answer["nextToken"] = part.next_token;
  return answer;
}

}  // namespace local_cloud::ec2
