#include "tests/local_cloud/ec2_launch_templates.h"

#include <charconv>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_filters.h"
#include "tests/local_cloud/ec2_image_references.h"
#include "tests/local_cloud/ec2_launch_fields.h"
#include "tests/local_cloud/ec2_launch_template_data.h"
#include "tests/local_cloud/ec2_network.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_pages.h"
#include "tests/local_cloud/ec2_tags.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::text;

namespace {

constexpr std::size_t most_templates = 5'000;
constexpr std::string_view taggable[] = {"launch-template"};

ApiError name_not_found(std::string_view name) {
  return {400, "InvalidLaunchTemplateName.NotFoundException",
          cat("The specified launch template, with template name ", name, ", does not exist.")};
}

void check_name(Region& region, std::string_view name) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789().-/_";
  if (name.size() < 3 || name.size() > 128 || name.find_first_not_of(allowed) != name.npos) {
    throw ApiError(400, "InvalidLaunchTemplateName.MalformedException",
                   "A launch template name must be between 3 and 128 characters, and may contain "
                   "letters, numbers, and the following characters: - ( ) . / _.");
  }
  if (named(region, "", name)) {
    throw ApiError(400, "InvalidLaunchTemplateName.AlreadyExistsException",
                   "Launch template name already in use.");
  }
}

json::object show(const Region& region, const LaunchTemplate& of) {
  json::object shown{{"launchTemplateId", of.id},
                     {"launchTemplateName", of.name},
                     {"createTime", iso8601(of.created)},
                     {"createdBy", of.created_by},
                     {"defaultVersionNumber", of.default_version},
                     {"latestVersionNumber", of.latest()}};
  show_tags(region, of.id, shown);
  return shown;
}

json::object create(Region& region, const Call& call) {
  return once(region, call, [&] {
    const auto name = text(call.params, "LaunchTemplateName");
    check_name(region, name);
    const auto tags = tags_for(call, "launch-template", taggable);
    if (region.templates.size() >= most_templates) {
      throw ApiError(400, "MaxTemplateLimitExceeded",
                     "You have reached the maximum number of launch templates in this Region.");
    }
    LaunchTemplate made{.id = region.new_id("lt"), .name = name, .created_by = caller_arn(call)};
    made.created = call.now;
    made.versions[1] = {.description = text(call.params, "VersionDescription"),
                        .created_by = made.created_by,
                        .created = call.now,
                        .data = given_data(region, call)};
    tag(region, made.id, tags);
    json::object answer{{"launchTemplate", show(region, made)}};
    warn(region, made.versions[1].data, call.now, answer);
    region.templates.push_back(std::move(made));
    return answer;
  });
}

constexpr FilterPath template_filters[] = {{"create-time", "createTime"},
                                           {"launch-template-name", "launchTemplateName"}};

json::object describe(Region& region, const Call& call) {
  const auto ids = query::list_of(call.params, "LaunchTemplateId");
  const auto names = query::list_of(call.params, "LaunchTemplateName");
  const Filters filters(call.params, template_filters);
  expect_known("lt", ids, [&](const auto& id) { return find_by_id(region.templates, id); });
  for (const auto& name : names) {
    if (!named(region, "", name)) throw name_not_found(name);
  }
  const auto is_asked = [&](const LaunchTemplate& of) {
    return (ids.empty() && names.empty()) || std::ranges::count(ids, of.id) > 0 ||
           std::ranges::count(names, of.name) > 0;
  };
  json::array all;
  for (const auto& of : region.templates) {
    if (!is_asked(of)) continue;
    auto shown = show(region, of);
    if (filters.match(shown)) all.push_back(std::move(shown));
  }
  return paged_answer("launchTemplates", std::move(all),
                      Page(region.settings(), call.params, {.least = 1, .most = 200}));
}

json::object modify(Region& region, const Call& call) {
  return once(region, call, [&] {
    auto& of = template_of(region, call.params);
    const auto version = text(call.params, "SetDefaultVersion");
    if (!version.empty()) of.default_version = version_of(of, version).number;
    return json::object{{"launchTemplate", show(region, of)}};
  });
}

json::object remove(Region& region, const Call& call) {
  const auto& of = template_of(region, call.params);
  const auto id = of.id;
  json::object answer{{"launchTemplate", show(region, of)}};
  std::erase_if(region.templates, [&](const LaunchTemplate& known) { return known.id == id; });
  region.tags.erase(id);
  return answer;
}

using namespace fields;
constexpr Field create_fields[] = {dry_run,
                                   string("ClientToken"),
                                   required(string("LaunchTemplateName")),
                                   string("VersionDescription"),
                                   required(structure("LaunchTemplateData", launch_fields::all)),
                                   tag_specifications};
constexpr Field describe_fields[] = {
    dry_run, strings("LaunchTemplateId"), strings("LaunchTemplateName"), filters, next, most};
constexpr Field modify_fields[] = {dry_run, string("ClientToken"), string("LaunchTemplateId"),
                                   string("LaunchTemplateName"), string("SetDefaultVersion")};
constexpr Field delete_fields[] = {dry_run, string("LaunchTemplateId"),
                                   string("LaunchTemplateName")};
constexpr Operation operations[] = {{"CreateLaunchTemplate", create_fields, create},
                                    {"DescribeLaunchTemplates", describe_fields, describe},
                                    {"ModifyLaunchTemplate", modify_fields, modify},
                                    {"DeleteLaunchTemplate", delete_fields, remove}};

}  // namespace

std::span<const Operation> launch_template_operations() {
  return operations;
}

LaunchTemplate* named(Region& region, std::string_view id, std::string_view name) {
  for (auto& known : region.templates) {
    if ((!id.empty() && known.id == id) || (!name.empty() && known.name == name)) return &known;
  }
  return nullptr;
}

LaunchTemplate& template_of(Region& region, const json::object& params) {
  const auto id = text(params, "LaunchTemplateId");
  const auto name = text(params, "LaunchTemplateName");
  if (id.empty() && name.empty()) {
    throw ApiError(400, "MissingParameter",
                   "Either the launch template ID or the launch template name must be specified.");
  }
  if (!id.empty() && !name.empty()) {
    throw ApiError(400, "InvalidParameterCombination",
                   "Both the launch template ID and the launch template name cannot be specified "
                   "in the same request.");
  }
  if (!id.empty()) expect_id("lt", id);
  auto* known = named(region, id, name);
  if (!known) throw id.empty() ? name_not_found(name) : not_found("lt", id);
  return *known;
}

const TemplateVersion& version_of(const LaunchTemplate& of, std::string_view version) {
  auto number = of.default_version;
  if (version == "$Latest") {
    number = of.latest();
  } else if (!version.empty() && version != "$Default") {
    const auto end = version.data() + version.size();
    const auto [stop, error] = std::from_chars(version.data(), end, number);
    if (error != std::errc() || stop != end) {
      throw ApiError(400, "InvalidParameterValue",
                     cat("Invalid launch template version: ", version,
                         ". It is a version number, $Latest or $Default."));
    }
  }
  const auto known = of.versions.find(number);
  if (known == of.versions.end()) throw version_not_found(of, version);
  return known->second;
}

ApiError version_not_found(const LaunchTemplate& of, std::string_view version) {
  return {400, "InvalidLaunchTemplateId.VersionNotFound",
          cat("Could not find launch template version ", version, " for launch template with ID ",
              of.id)};
}

std::string caller_arn(const Call& call) {
  return cat("arn:aws:iam::", call.account, ":root");
}

json::object given_data(const Region& region, const Call& call) {
  auto data = launch_data(agent::base::member(call.params, "LaunchTemplateData"));
  resolved_image(region, text(data, "imageId"), call.now);
  return data;
}

void warn(Region& region, const json::object& data, Time now, json::object& answer) {
  json::array errors;
  const auto look_at = [&](const std::string& named, auto expect) {
    if (named.empty()) return;
    try {
      expect(named);
    } catch (const ApiError& error) {
      errors.push_back({{"code", error.code}, {"message", error.what()}});
    }
  };
  const auto image = text(data, "imageId");
  look_at(is_image_reference(image) ? "" : image, [&](const std::string& id) {
    if (image_of(region, id, now).deregistered) throw not_found("ami", id);
  });
  for (const auto* mapping : agent::base::objects(data, "blockDeviceMappingSet")) {
    look_at(text(agent::base::member(*mapping, "ebs"), "snapshotId"),
            [&](const std::string& id) { snapshot_of(region, id, now); });
  }
  look_at(text(data, "keyName"), [&](const std::string& name) { expect_key(region, name); });
  for (const auto& group : query::list_of(data, "securityGroupIdSet")) {
    look_at(group, [&](const std::string& id) { group_of(region, id); });
  }
  if (!errors.empty()) answer["warning"] = json::object{{"errorSet", std::move(errors)}};
}

}  // namespace local_cloud::ec2
