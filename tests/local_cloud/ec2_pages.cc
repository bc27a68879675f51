#include "tests/local_cloud/ec2_pages.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

constexpr std::string_view from = "from ";    // a page that may be preceded by an empty one
constexpr std::string_view after = "after ";  // an empty one: now there is something

// What a token's text says behind `kind`.
std::optional<std::size_t> number_behind(std::string_view kind, std::string_view text) {
  if (!text.starts_with(kind)) return std::nullopt;
  std::size_t number = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + kind.size(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

std::string decoded(const std::string& token) {
  return agent::base::from_base64url(token).value_or("");
}

void check_size(std::int64_t most, const json::object& params, const PageRules& rules) {
  if (!rules.ids.empty() && params.contains(rules.ids)) {
    throw ApiError(400, "InvalidParameterCombination",
                   cat("The parameter ", rules.ids,
                       " cannot be used with the parameter MaxResults in the same request"));
  }
  if (most < rules.least || most > rules.most) {
    throw ApiError(
        400, "InvalidParameterValue",
        cat("Value ( ", most, " ) for parameter maxResults is invalid. Expecting a value ",
            "between ", rules.least, " and ", rules.most, "."));
  }
}

}  // namespace

std::string page_token(std::size_t start) {
  return agent::base::base64url(cat(from, start));
}

std::size_t page_start(const std::string& token) {
  if (token.empty()) return 0;
  const auto text = decoded(token);
  if (const auto start = number_behind(after, text)) return *start;
  const auto start = number_behind(from, text).value_or(0);
  if (start > 0) return start;
  throw ApiError(400, "InvalidNextToken", "The specified NextToken is not valid.");
}

Page::Page(const Settings& settings, const json::object& params, const PageRules& rules) {
  const auto asked = agent::base::number(params, "MaxResults");
  if (asked) check_size(*asked, params, rules);
  const auto token = agent::base::text(params, "NextToken");
  start_ = page_start(token);
  most_ = static_cast<std::size_t>(asked.value_or(rules.most));
  // Those that are asked for by their ids come together.
  if (!rules.ids.empty() && params.contains(rules.ids)) return;
  if (settings.page_size > 0) {
    most_ = std::min(most_, static_cast<std::size_t>(settings.page_size));
  }
  if (settings.empty_pages && !decoded(token).starts_with(after)) most_ = 0;
}

std::string Page::token_for(std::size_t next) const {
  return most_ == 0 ? agent::base::base64url(cat(after, next)) : page_token(next);
}

json::object paged_answer(std::string_view name, json::array all, const Page& page) {
  return paged_answer(name, all.size(), page,
                      [&](std::size_t at) { return std::optional(std::move(all[at])); });
}

}  // namespace local_cloud::ec2
