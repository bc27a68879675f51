#include "actions/ops/ssm.h"

#include <span>

#include "actions/ops/pages.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions::ssm {

namespace json = boost::json;
using agent::base::text;
using agent::run::Call;
using agent::run::Step;
using agent::run::Task;

namespace {

constexpr int most_described = 50;       // on a page
constexpr std::size_t most_values = 10;  // in a request

Call ssm_call(std::string operation, json::object params) {
  return {.service = "ssm", .operation = std::move(operation), .params = std::move(params)};
}

}  // namespace

Task<std::vector<std::string>> parameters_with_tag(Step& step, std::string_view key,
                                                   const std::string& value) {
  const json::object filter{
      {"Key", agent::base::cat("tag:", key)}, {"Option", "Equals"}, {"Values", {value}}};
  const auto found = co_await all_pages(
      step,
      ssm_call("DescribeParameters",
               {{"ParameterFilters", json::array{filter}}, {"MaxResults", most_described}}),
      "Parameters");
  std::vector<std::string> names;
  for (const auto& parameter : found) names.push_back(text(parameter, "Name"));
  co_return names;
}

Task<std::vector<std::string>> values_of(Step& step, const std::vector<std::string>& names) {
  std::vector<std::string> values;
  for (std::size_t first = 0; first < names.size(); first += most_values) {
    const auto some = std::span(names).subspan(first, std::min(most_values, names.size() - first));
    json::array list(some.begin(), some.end());
    const auto reply = co_await step.call(ssm_call("GetParameters", {{"Names", std::move(list)}}));
    for (const auto* parameter : agent::base::objects(reply.body, "Parameters")) {
      values.push_back(text(*parameter, "Value"));
    }
  }
  co_return values;
}

}  // namespace actions::ssm
