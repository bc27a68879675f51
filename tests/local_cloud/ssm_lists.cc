// DescribeParameters: what there is, without the values.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_pages.h"
#include "tests/local_cloud/ssm_operations.h"

namespace local_cloud::ssm {

using agent::base::cat;
using agent::base::text;

namespace {

constexpr std::int64_t most_at_once = 50;

json::object show(const Store& store, const Parameter& parameter) {
  const auto& newest = parameter.newest();
  json::object shown{
      {"Name", parameter.name},
      {"ARN", store.arn(parameter)},
      {"Type", parameter.type},
      {"LastModifiedDate", static_cast<double>(newest.changed.time_since_epoch().count()) / 1000},
      {"LastModifiedUser", newest.changed_by},
      {"Version", newest.number},
      {"Tier", newest.tier},
      {"Policies", json::array()},
      {"DataType", parameter.data_type}};
  if (!newest.description.empty()) shown["Description"] = newest.description;
  if (!newest.allowed_pattern.empty()) shown["AllowedPattern"] = newest.allowed_pattern;
  return shown;
}

struct Filter {
  std::string key;
  std::string option;
  std::vector<std::string> values;
};

ApiError invalid_option(const Filter& filter) {
  return {400, "InvalidFilterOption",
          cat("The following filter option is not valid: ", filter.option, " for the key ",
              filter.key)};
}

bool compares(const Filter& filter, std::string_view found) {
  return std::ranges::any_of(filter.values, [&](const std::string& value) {
    if (filter.option.empty() || filter.option == "Equals") return found == value;
    if (filter.option == "BeginsWith") return found.starts_with(value);
    if (filter.option == "Contains") return found.find(value) != found.npos;
    throw invalid_option(filter);
  });
}

// Below a path: at once, or at any depth.
bool is_below(const Filter& filter, std::string_view name) {
  return std::ranges::any_of(filter.values, [&](std::string path) {
    if (!path.ends_with('/')) path += '/';
    if (!name.starts_with(path)) return false;
    if (filter.option == "Recursive") return true;
    if (!filter.option.empty() && filter.option != "OneLevel") throw invalid_option(filter);
    return name.find('/', path.size()) == name.npos;
  });
}

bool passes(const Parameter& parameter, const Filter& filter) {
  if (filter.key == "Name") return compares(filter, parameter.name);
  if (filter.key == "Path") return is_below(filter, parameter.name);
  if (filter.key == "Type") return compares(filter, parameter.type);
  if (filter.key == "DataType") return compares(filter, parameter.data_type);
  if (filter.key == "Tier") return compares(filter, parameter.newest().tier);
  if (filter.key.starts_with("tag:")) {
    const auto tag = parameter.tags.find(filter.key.substr(4));
    return tag != parameter.tags.end() && (filter.values.empty() || compares(filter, tag->second));
  }
  throw ApiError(400, "InvalidFilterKey",
                 cat("The following filter key is not valid: ", filter.key));
}

std::vector<Filter> filters_of(const json::object& params) {
  std::vector<Filter> filters;
  for (const auto* given : agent::base::objects(params, "ParameterFilters")) {
    auto& filter =
        filters.emplace_back(Filter{.key = text(*given, "Key"), .option = text(*given, "Option")});
    for (const auto& value : agent::base::list(*given, "Values")) {
      filter.values.emplace_back(value.as_string());
    }
    passes(Parameter{.versions = {Version{}}}, filter);  // one that is wrong is refused in any case
  }
  return filters;
}

json::object describe(World& world, Store& store, const Call& call) {
  const auto filters = filters_of(call.params);
  json::array all;
  for (const auto& [name, parameter] : store.parameters) {
    if (parameter.versions.empty()) continue;
    const auto fits = [&](const Filter& filter) { return passes(parameter, filter); };
    if (std::ranges::all_of(filters, fits)) all.push_back(show(store, parameter));
  }
  const ec2::Page page(world.settings, call.params, {.least = 1, .most = most_at_once});
  auto answer = ec2::paged_answer("Parameters", std::move(all), page);
  if (const auto token = text(answer, "nextToken"); !token.empty()) answer["NextToken"] = token;
  answer.erase("nextToken");
  return answer;
}

}  // namespace

Operations list_operations() {
  using namespace shape;
  const auto filter = structure({{.name = "Key", .shape = shape::text(1, 132), .required = true},
                                 {.name = "Option", .shape = shape::text(1, 10)},
                                 {.name = "Values", .shape = list(shape::text(1, 1024), 50)}});
  return {{"DescribeParameters",
           {structure({{.name = "ParameterFilters", .shape = list(filter)},
                       {.name = "MaxResults", .shape = integer(1, most_at_once)},
                       {.name = "NextToken", .shape = any_text()},
                       {.name = "Shared", .shape = shape::flag()}}),
            describe}}};
}

}  // namespace local_cloud::ssm
