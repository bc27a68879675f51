// PutParameter, GetParameter(s), LabelParameterVersion, DeleteParameter(s).
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
#include <regex>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ssm_operations.h"

namespace local_cloud::ssm {

using agent::base::cat;
using agent::base::flag;
using agent::base::text;

namespace {

constexpr std::size_t most_versions = 100;
constexpr std::size_t most_labels = 10;
constexpr std::size_t most_levels = 15;
constexpr std::size_t longest_name = 1011;
constexpr std::size_t longest_value = 4096;
constexpr std::size_t longest_advanced_value = 8192;

double seconds_of(Time time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1000;
}

void check_name(const std::string& name) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/";
  if (name.find_first_not_of(allowed) != name.npos) {
    throw validation_error(
        "Parameter name must be a fully qualified name or consist of letters, numbers and the "
        "symbols . - _ /");
  }
  if (name.size() > longest_name) throw validation_error("Parameter name is too long.");
  const auto slashes = static_cast<std::size_t>(std::ranges::count(name, '/'));
  if (slashes > 0 && !name.starts_with('/')) {
    throw validation_error("Parameter name must be a fully qualified name.");
  }
  if (slashes > most_levels) {
    throw ApiError(400, "HierarchyLevelLimitExceededException",
                   "A hierarchy can have a maximum of 15 levels.");
  }
  const auto plain = agent::base::lower(name.starts_with('/') ? name.substr(1) : name);
  if (plain.starts_with("aws") || plain.starts_with("ssm")) {
    throw validation_error(
        "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).");
  }
}

void check_pattern(const std::string& pattern, const std::string& value) {
  if (pattern.empty()) return;
  try {
    if (std::regex_match(value, std::regex(pattern))) return;
  } catch (const std::regex_error&) {
    throw ApiError(400, "InvalidAllowedPatternException",
                   "The request does not meet the regular expression requirement.");
  }
  throw ApiError(400, "ParameterPatternMismatchException",
                 cat("Parameter value, cannot be validated against allowedPattern: ", pattern));
}

void check_value(const Version& version) {
  if (version.value.empty()) throw validation_error("Parameter value can't be empty.");
  const auto limit = version.tier == "Advanced" ? longest_advanced_value : longest_value;
  if (version.value.size() > limit) {
    throw validation_error(cat(version.tier, " tier parameters support a maximum parameter value ",
                               "of ", limit, " characters."));
  }
  check_pattern(version.allowed_pattern, version.value);
}

// Type and data type stay what they are for as long as there is the parameter.
void check_types(const Parameter& known, const json::object& params) {
  const auto type = text(params, "Type");
  if (!type.empty() && type != known.type) {
    throw ApiError(400, "HierarchyTypeMismatchException",
                   cat("The type of the parameter ", known.name, " is ", known.type,
                       " and cannot be changed."));
  }
  const auto data_type = text(params, "DataType");
  if (!data_type.empty() && data_type != known.data_type) {
    throw validation_error(cat("The data type of the parameter ", known.name, " is ",
                               known.data_type, " and cannot be changed."));
  }
}

void check_new(const json::object& params) {
  const auto type = text(params, "Type");
  if (type.empty()) {
    throw validation_error("A parameter type is required when you create a parameter.");
  }
  if (type == "SecureString") {
    throw ApiError(400, "UnsupportedParameterType", "The local cloud has no secure strings.");
  }
  const auto data_type = text(params, "DataType");
  if (!data_type.empty() && data_type != "text" && data_type != image_type) {
    throw validation_error(cat("The following data type is not supported: ", data_type));
  }
}

Version version_of(const json::object& params, const Call& call) {
  Version made{.value = text(params, "Value"),
               .description = text(params, "Description"),
               .allowed_pattern = text(params, "AllowedPattern")};
  if (text(params, "Tier") == "Advanced") made.tier = "Advanced";
  made.changed_by = cat("arn:aws:iam::", call.account, ":root");
  made.changed = made.checked = call.now;
  return made;
}

// The oldest version makes room, unless a label holds it.
void make_room(Parameter& parameter) {
  if (parameter.versions.size() < most_versions) return;
  if (!parameter.versions.front().labels.empty()) {
    throw ApiError(400, "ParameterMaxVersionLimitExceeded",
                   cat("You attempted to create a new version of ", parameter.name,
                       " but the oldest version, version ", parameter.versions.front().number,
                       ", has a label associated with it."));
  }
  parameter.versions.pop_front();
}

std::int64_t next_number(const Parameter& parameter) {
  if (!parameter.unchecked.empty()) return parameter.unchecked.back().number + 1;
  return parameter.versions.empty() ? 1 : parameter.newest().number + 1;
}

void check_put(const Store& store, const json::object& params) {
  const auto known = store.parameters.find(text(params, "Name"));
  const auto overwrite = flag(params, "Overwrite");
  if (overwrite && !agent::base::list(params, "Tags").empty()) {
    throw validation_error(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with "
        "tags, please remove overwrite flag. To update tags for an existing parameter, please use "
        "AddTagsToResource or RemoveTagsFromResource.");
  }
  if (known == store.parameters.end()) return check_new(params);
  if (!overwrite) {
    throw ApiError(400, "ParameterAlreadyExists",
                   "The parameter already exists. To overwrite this value, set the overwrite "
                   "option in the request to true.");
  }
  check_types(known->second, params);
}

json::object put(World& world, Store& store, const Call& call) {
  const auto name = text(call.params, "Name");
  check_name(name);
  check_put(store, call.params);
  auto version = version_of(call.params, call);
  check_value(version);
  const auto known = store.parameters.find(name);
  auto parameter = known == store.parameters.end() ? Parameter{.name = name} : known->second;
  if (known == store.parameters.end()) {
    parameter.type = text(call.params, "Type");
    if (call.params.contains("DataType")) parameter.data_type = text(call.params, "DataType");
    add_tags(parameter, call.params);
  }
  const auto is_image = parameter.data_type == image_type;
  if (is_image && !ec2::is_id(version.value, "ami")) {
    throw validation_error(cat("Invalid value for data type ", image_type, ": ", version.value));
  }
  make_room(parameter);
  version.number = next_number(parameter);
  json::object answer{{"Version", version.number}, {"Tier", version.tier}};
  if (is_image) {
    version.checked = call.now + world.settings.parameter_check_time;
    parameter.unchecked.push_back(std::move(version));
  } else {
    parameter.versions.push_back(std::move(version));
  }
  store.parameters[name] = std::move(parameter);
  return answer;
}

json::object show(const Store& store, const Selected& selected) {
  const auto& [parameter, version, selector] = selected;
  json::object shown{{"Name", parameter->name},
                     {"Type", parameter->type},
                     {"Value", version->value},
                     {"Version", version->number},
                     {"LastModifiedDate", seconds_of(version->changed)},
                     {"ARN", store.arn(*parameter)},
                     {"DataType", parameter->data_type}};
  if (!selector.empty()) shown["Selector"] = selector;
  return shown;
}

json::object get(World&, Store& store, const Call& call) {
  return {{"Parameter", show(store, select(store, text(call.params, "Name")))}};
}

// Does `act` with each name; what is not found is listed apart.
template <class Act>
json::object for_each_name(const json::object& params, std::string_view result, Act act) {
  json::array done;
  json::array invalid;
  for (const auto& entry : agent::base::list(params, "Names")) {
    const std::string name(entry.as_string());
    try {
      done.push_back(act(name));
    } catch (const ApiError&) {
      invalid.emplace_back(name);
    }
  }
  json::object answer{{"InvalidParameters", std::move(invalid)}};
  answer[result] = std::move(done);
  return answer;
}

json::object get_several(World&, Store& store, const Call& call) {
  return for_each_name(call.params, "Parameters", [&](const std::string& name) {
    return json::value(show(store, select(store, name)));
  });
}

json::object remove(World&, Store& store, const Call& call) {
  const auto name = parameter_of(store, text(call.params, "Name")).name;
  store.parameters.erase(name);
  return {};
}

json::object remove_several(World&, Store& store, const Call& call) {
  return for_each_name(call.params, "DeletedParameters", [&](const std::string& name) {
    store.parameters.erase(std::string(parameter_of(store, name).name));
    return json::value(name);
  });
}

bool is_label(const std::string& label) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  const auto lower = agent::base::lower(label);
  return label.find_first_not_of(allowed) == label.npos && label.find_first_of("0123456789") != 0 &&
         !lower.starts_with("aws") && !lower.starts_with("ssm");
}

// A label is at one version only: it moves.
json::object label(World&, Store& store, const Call& call) {
  auto& parameter = parameter_of(store, text(call.params, "Name"));
  const auto number =
      agent::base::number(call.params, "ParameterVersion").value_or(parameter.newest().number);
  const auto at = std::ranges::find(parameter.versions, number, &Version::number);
  if (at == parameter.versions.end()) select(store, cat(parameter.name, ':', number));
  json::array invalid;
  auto labels = at->labels;
  for (const auto& entry : agent::base::list(call.params, "Labels")) {
    const std::string name(entry.as_string());
    if (is_label(name)) {
      labels.insert(name);
    } else {
      invalid.emplace_back(name);
    }
  }
  if (labels.size() > most_labels) {
    throw ApiError(400, "ParameterVersionLabelLimitExceeded",
                   "A parameter version can have a maximum of 10 labels.");
  }
  for (auto& version : parameter.versions) {
    std::erase_if(version.labels, [&](const auto& name) { return labels.contains(name); });
  }
  at->labels = std::move(labels);
  return {{"InvalidLabels", std::move(invalid)}, {"ParameterVersion", number}};
}

shape::ShapePtr put_shape() {
  using namespace shape;
  return structure(
      {{.name = "Name", .shape = name_shape(), .required = true},
       {.name = "Description", .shape = shape::text(0, 1024)},
       {.name = "Value", .shape = any_text(), .required = true},
       {.name = "Type", .shape = one_of({"String", "StringList", "SecureString"})},
       {.name = "KeyId", .shape = shape::text(1, 256)},
       {.name = "Overwrite", .shape = shape::flag()},
       {.name = "AllowedPattern", .shape = shape::text(0, 1024)},
       {.name = "Tags", .shape = tags_shape()},
       {.name = "Tier", .shape = one_of({"Standard", "Advanced", "Intelligent-Tiering"})},
       {.name = "DataType", .shape = shape::text(0, 128)}});
}

}  // namespace

Operations parameter_operations() {
  using namespace shape;
  const Member name{.name = "Name", .shape = name_shape(), .required = true};
  const Member names{.name = "Names", .shape = names_shape(), .required = true};
  const Member decrypted{.name = "WithDecryption", .shape = shape::flag()};
  const Member version{.name = "ParameterVersion", .shape = integer(1)};
  const Member labels{.name = "Labels", .shape = list(shape::text(1, 100), 10), .required = true};
  return {{"PutParameter", {put_shape(), put}},
          {"GetParameter", {structure({name, decrypted}), get}},
          {"GetParameters", {structure({names, decrypted}), get_several}},
          {"LabelParameterVersion", {structure({name, version, labels}), label}},
          {"DeleteParameter", {structure({name}), remove}},
          {"DeleteParameters", {structure({names}), remove_several}}};
}

}  // namespace local_cloud::ssm
