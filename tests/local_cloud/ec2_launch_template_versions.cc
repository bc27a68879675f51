// Versions of launch templates: numbered upwards, never changed, never used again.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/manage-launch-template-versions.html
#include <charconv>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_filters.h"
#include "tests/local_cloud/ec2_image_references.h"
#include "tests/local_cloud/ec2_launch_fields.h"
#include "tests/local_cloud/ec2_launch_template_data.h"
#include "tests/local_cloud/ec2_launch_templates.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_pages.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::text;

namespace {

constexpr std::size_t most_versions = 10'000;
constexpr std::size_t most_deleted_at_once = 200;
constexpr std::size_t longest_description = 255;

// With ResolveAlias the image's id stands where the data has a reference to it.
json::object shown(const Region& region, const LaunchTemplate& of, const TemplateVersion& version,
                   const Call& call) {
  auto result = show(of, version);
  const auto image = text(version.data, "imageId");
  if (is_image_reference(image) && agent::base::flag(call.params, "ResolveAlias")) {
    result["launchTemplateData"].as_object()["imageId"] = resolved_image(region, image, call.now);
  }
  return result;
}

json::object create(Region& region, const Call& call) {
  return once(region, call, [&] {
    auto& of = template_of(region, call.params);
    auto data = given_data(region, call);
    if (const auto source = text(call.params, "SourceVersion"); !source.empty()) {
      data = inherit(version_of(of, source).data, data);
    }
    const auto description = text(call.params, "VersionDescription");
    if (description.size() > longest_description) {
      throw invalid_value("The version description must not be longer than 255 characters.");
    }
    if (of.versions.size() >= most_versions) {
      throw ApiError(
          400, "MaxTemplateVersionLimitExceeded",
          cat("You have reached the maximum number of versions of launch template ", of.id));
    }
    const auto number = of.next_version++;
    auto& made = of.versions[number] = {.number = number,
                                        .description = description,
                                        .created_by = caller_arn(call),
                                        .created = call.now,
                                        .data = std::move(data)};
    json::object answer{{"launchTemplateVersion", shown(region, of, made, call)}};
    warn(region, made.data, call.now, answer);
    return answer;
  });
}

std::optional<std::int64_t> bound(const json::object& params, std::string_view name) {
  if (!params.contains(name)) return std::nullopt;
  const auto number = agent::base::number(params, name);
  if (!number) throw invalid_value(cat("Invalid value '", text(params, name), "' for ", name));
  return number;
}

// Newest first, as the service answers.
std::vector<const TemplateVersion*> versions(const LaunchTemplate& of, const json::object& params) {
  std::vector<const TemplateVersion*> result;
  const auto asked = query::list_of(params, "LaunchTemplateVersion");
  for (const auto& version : asked) {
    const auto* known = &version_of(of, version);
    if (std::ranges::count(result, known) == 0) result.push_back(known);
  }
  if (!asked.empty()) return result;
  const auto least = bound(params, "MinVersion").value_or(1);
  const auto most = bound(params, "MaxVersion").value_or(of.latest());
  for (auto known = of.versions.rbegin(); known != of.versions.rend(); ++known) {
    if (known->first >= least && known->first <= most) result.push_back(&known->second);
  }
  return result;
}

constexpr FilterPath version_filters[] = {
    {"create-time", "createTime"},
    {"ebs-optimized", "launchTemplateData/ebsOptimized"},
    {"http-endpoint", "launchTemplateData/metadataOptions/httpEndpoint"},
    {"http-tokens", "launchTemplateData/metadataOptions/httpTokens"},
    {"iam-instance-profile", "launchTemplateData/iamInstanceProfile/arn"},
    {"image-id", "launchTemplateData/imageId"},
    {"instance-type", "launchTemplateData/instanceType"},
    {"is-default-version", "defaultVersion"},
    {"kernel-id", "launchTemplateData/kernelId"},
    {"license-configuration-arn", "launchTemplateData/licenseSet/licenseConfigurationArn"},
    {"ram-disk-id", "launchTemplateData/ramDiskId"}};

// Without a template only $Latest and $Default of all templates can be asked for.
std::vector<const LaunchTemplate*> templates(Region& region, const json::object& params) {
  if (params.contains("LaunchTemplateId") || params.contains("LaunchTemplateName")) {
    return {&template_of(region, params)};
  }
  const auto asked = query::list_of(params, "LaunchTemplateVersion");
  const auto is_symbolic = [](const std::string& version) { return version.starts_with('$'); };
  if (asked.empty() || !std::ranges::all_of(asked, is_symbolic)) template_of(region, params);
  std::vector<const LaunchTemplate*> all;
  for (const auto& of : region.templates) all.push_back(&of);
  return all;
}

json::object describe(Region& region, const Call& call) {
  const Filters filters(call.params, version_filters);
  const Page page(region.settings(), call.params, {.least = 1, .most = 200});
  std::vector<std::pair<const LaunchTemplate*, const TemplateVersion*>> all;
  for (const auto* of : templates(region, call.params)) {
    for (const auto* version : versions(*of, call.params)) all.emplace_back(of, version);
  }
  return paged_answer("launchTemplateVersionSet", all.size(), page, [&](std::size_t at) {
    auto version = shown(region, *all[at].first, *all[at].second, call);
    return filters.match(version) ? std::optional(std::move(version)) : std::nullopt;
  });
}

// What deleting one version comes to: its number and "", or the error's code and message.
struct Deletion {
  std::int64_t number = 0;
  std::string code;
  std::string message;
};

std::vector<std::int64_t> numbers(const std::vector<std::string>& versions) {
  std::vector<std::int64_t> result;
  for (const auto& version : versions) {
    const auto end = version.data() + version.size();
    const auto stop = std::from_chars(version.data(), end, result.emplace_back()).ptr;
    if (stop != end) throw invalid_value(cat("Invalid launch template version: ", version));
  }
  return result;
}

Deletion delete_one(LaunchTemplate& of, std::int64_t number) {
  Deletion result{.number = number};
  if (!of.versions.contains(result.number)) {
    result.code = "launchTemplateVersionDoesNotExist";
    result.message = version_not_found(of, cat(number)).what();
  } else if (result.number == of.default_version) {
    result.code = "unexpectedError";
    result.message = cat("Version ", number, " is the default version of launch template ", of.id,
                         " and cannot be deleted.");
  } else {
    of.versions.erase(result.number);
  }
  return result;
}

json::object delete_versions(Region& region, const Call& call) {
  auto& of = template_of(region, call.params);
  const auto asked = query::list_of(call.params, "LaunchTemplateVersion");
  if (asked.size() > most_deleted_at_once) {
    throw invalid_value("At most 200 versions can be deleted in one request.");
  }
  json::array deleted;
  json::array kept;
  for (const auto number : numbers(asked)) {
    const auto result = delete_one(of, number);
    json::object shown{{"launchTemplateId", of.id},
                       {"launchTemplateName", of.name},
                       {"versionNumber", result.number}};
    if (result.code.empty()) {
      deleted.push_back(std::move(shown));
    } else {
      shown["responseError"] = json::object{{"code", result.code}, {"message", result.message}};
      kept.push_back(std::move(shown));
    }
  }
  return {{"successfullyDeletedLaunchTemplateVersionSet", std::move(deleted)},
          {"unsuccessfullyDeletedLaunchTemplateVersionSet", std::move(kept)}};
}

using namespace fields;
constexpr Field create_fields[] = {dry_run,
                                   string("ClientToken"),
                                   string("LaunchTemplateId"),
                                   string("LaunchTemplateName"),
                                   string("SourceVersion"),
                                   string("VersionDescription"),
                                   required(structure("LaunchTemplateData", launch_fields::all)),
                                   boolean("ResolveAlias")};
constexpr Field describe_fields[] = {dry_run,
                                     string("LaunchTemplateId"),
                                     string("LaunchTemplateName"),
                                     strings("LaunchTemplateVersion"),
                                     string("MinVersion"),
                                     string("MaxVersion"),
                                     next,
                                     most,
                                     filters,
                                     boolean("ResolveAlias")};
constexpr Field delete_fields[] = {dry_run, string("LaunchTemplateId"),
                                   string("LaunchTemplateName"),
                                   required(strings("LaunchTemplateVersion"))};
constexpr Operation operations[] = {
    {"CreateLaunchTemplateVersion", create_fields, create},
    {"DescribeLaunchTemplateVersions", describe_fields, describe},
    {"DeleteLaunchTemplateVersions", delete_fields, delete_versions}};

}  // namespace

std::span<const Operation> launch_template_version_operations() {
  return operations;
}

json::object show(const LaunchTemplate& of, const TemplateVersion& version) {
  json::object shown{
      {"launchTemplateId", of.id},         {"launchTemplateName", of.name},
      {"versionNumber", version.number},   {"createTime", iso8601(version.created)},
      {"createdBy", version.created_by},   {"defaultVersion", version.number == of.default_version},
      {"launchTemplateData", version.data}};
  if (!version.description.empty()) shown["versionDescription"] = version.description;
  return shown;
}

}  // namespace local_cloud::ec2
