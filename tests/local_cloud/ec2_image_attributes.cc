// What can be changed of an image: who may launch it, what it says of itself, whether it can be
// used and whether it can be removed.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharing-amis.html, disable-an-ami.html,
// ami-deregistration-protection.html, ami-deprecate.html
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_images.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/times.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::member;
using agent::base::text;

namespace {

constexpr std::size_t account_digits = 12;
constexpr std::size_t longest_description = 255;
constexpr auto protection_cooldown = std::chrono::hours(24);

void expect_account(const std::string& id) {
  if (id.size() == account_digits && id.find_first_not_of("0123456789") == id.npos) return;
  throw ApiError(400, "InvalidAMIAttributeItemValue",
                 cat("Invalid attribute item value \"", id, "\" for userId item type."));
}

void expect_group(const std::string& name) {
  if (name == "all") return;
  throw ApiError(400, "InvalidAMIAttributeItemValue",
                 cat("Invalid attribute item value \"", name, "\" for group item type."));
}

// Who is given, or loses, the permission to launch.
struct Change {
  std::vector<std::string> accounts;
  bool everybody = false;

  void add(const std::string& account, const std::string& group) {
    if (!account.empty()) {
      expect_account(account);
      accounts.push_back(account);
    }
    if (!group.empty()) {
      expect_group(group);
      everybody = true;
    }
  }
};

Change change_of(const json::object& params, std::string_view direction,
                 std::string_view operation) {
  Change change;
  for (const auto* entry : agent::base::objects(member(params, "LaunchPermission"), direction)) {
    change.add(text(*entry, "UserId"), text(*entry, "Group"));
  }
  if (text(params, "OperationType") != operation) return change;
  for (const auto& account : query::list_of(params, "UserId")) change.add(account, "");
  for (const auto& group : query::list_of(params, "UserGroup")) change.add("", group);
  return change;
}

// An image whose snapshots are encrypted cannot be everybody's.
void expect_plain(const Image& image) {
  for (const auto& mapping : image.mappings) {
    if (!agent::base::flag(member(mapping.as_object(), "ebs"), "encrypted")) continue;
    throw ApiError(400, "InvalidParameter",
                   cat("The image ", image.id, " has encrypted snapshots and cannot be public."));
  }
}

void change_permissions(Image& image, const json::object& params) {
  const auto added = change_of(params, "Add", "add");
  const auto removed = change_of(params, "Remove", "remove");
  if (added.everybody) expect_plain(image);
  for (const auto& account : added.accounts) image.launch_accounts.insert(account);
  for (const auto& account : removed.accounts) image.launch_accounts.erase(account);
  if (added.everybody) image.is_public = true;
  if (removed.everybody) image.is_public = false;
}

json::object done() {
  return {{"return", true}};
}

json::object modify_attribute(Region& region, const Call& call) {
  auto& image = own_image(region, call);
  const auto& params = call.params;
  auto attribute = text(params, "Attribute");
  if (attribute.empty()) {
    if (params.contains("LaunchPermission")) attribute = "launchPermission";
    if (params.contains("Description")) attribute = "description";
    if (params.contains("ImdsSupport")) attribute = "imdsSupport";
  }
  const auto value = [&](std::string_view name) {
    return params.contains(name) ? text(member(params, name), "Value") : text(params, "Value");
  };
  if (attribute == "launchPermission") {
    change_permissions(image, params);
  } else if (attribute == "description") {
    auto description = value("Description");
    if (description.size() > longest_description) {
      throw invalid_value("The description must not be longer than 255 characters.");
    }
    image.description = std::move(description);
  } else if (attribute == "imdsSupport") {
    image.imds_support = value("ImdsSupport");
  } else {
    throw ApiError(400, "InvalidParameterCombination", "No attributes specified.");
  }
  return {};
}

json::array permissions_of(const Image& image) {
  json::array shown;
  if (image.is_public) shown.push_back({{"group", "all"}});
  for (const auto& account : image.launch_accounts) shown.push_back({{"userId", account}});
  return shown;
}

json::object describe_attribute(Region& region, const Call& call) {
  const auto& image = own_image(region, call);
  const auto attribute = text(call.params, "Attribute");
  json::object answer{{"imageId", image.id}};
  const auto show = [&](const std::string& value) {
    answer[attribute] = value.empty() ? json::object() : json::object{{"value", value}};
  };
  if (attribute == "launchPermission") {
    answer["launchPermission"] = permissions_of(image);
  } else if (attribute == "blockDeviceMapping") {
    answer["blockDeviceMapping"] = image.mappings;
  } else if (attribute == "description") {
    show(image.description);
  } else if (attribute == "bootMode") {
    show(image.boot_mode);
  } else if (attribute == "imdsSupport") {
    show(image.imds_support);
  } else if (attribute == "tpmSupport") {
    show(image.tpm_support);
  } else if (attribute == "deregistrationProtection") {
    show(image.protection.empty() ? "disabled" : image.protection);
  } else {
    throw invalid_value(cat("Invalid value '", attribute, "' for attribute"));
  }
  return answer;
}

json::object reset_attribute(Region& region, const Call& call) {
  auto& image = own_image(region, call);
  if (text(call.params, "Attribute") != "launchPermission") {
    throw invalid_value("Only launchPermission can be reset.");
  }
  image.launch_accounts.clear();
  image.is_public = false;
  return {};
}

// Its permissions go for good: they do not come back when it is enabled again.
json::object disable(Region& region, const Call& call) {
  auto& image = own_image(region, call);
  if (image.state(call.now) != "available") {
    throw ApiError(400, "IncorrectState",
                   cat("The image '", image.id, "' is in the state '", image.state(call.now),
                       "' and cannot be disabled."));
  }
  image.disabled = true;
  image.launch_accounts.clear();
  image.is_public = false;
  return done();
}

json::object enable(Region& region, const Call& call) {
  auto& image = own_image(region, call);
  if (!image.disabled) {
    throw ApiError(400, "IncorrectState", cat("The image '", image.id, "' is not disabled."));
  }
  image.disabled = false;
  return done();
}

json::object protect(Region& region, const Call& call) {
  auto& image = own_image(region, call);
  image.protection = agent::base::flag(call.params, "WithCooldown") ? "enabled-with-cooldown"
                                                                    : "enabled-without-cooldown";
  return {{"return", image.protection}};
}

json::object unprotect(Region& region, const Call& call) {
  auto& image = own_image(region, call);
  if (image.protection == "enabled-with-cooldown") {
    image.protected_until = call.now + protection_cooldown;
  }
  image.protection.clear();
  return {{"return", "disabled"}};
}

json::object deprecate(Region& region, const Call& call) {
  auto& image = own_image(region, call);
  const auto time = parse_iso8601(text(call.params, "DeprecateAt"));
  if (!time || *time < call.now) {
    throw invalid_value("The deprecation time must be in the future.");
  }
  image.deprecated = *time;
  return done();
}

json::object undeprecate(Region& region, const Call& call) {
  own_image(region, call).deprecated.reset();
  return done();
}

using namespace fields;
constexpr auto image = required(string("ImageId"));
constexpr auto attribute = required(string("Attribute"));
constexpr Field value[] = {string("Value")};
constexpr Field permission[] = {string("Group"), string("UserId"), string("OrganizationArn"),
                                string("OrganizationalUnitArn")};
constexpr Field permissions[] = {structures("Add", permission), structures("Remove", permission)};
constexpr Field modify_fields[] = {dry_run,
                                   image,
                                   string("Attribute"),
                                   structure("Description", value),
                                   structure("LaunchPermission", permissions),
                                   string("OperationType"),
                                   strings("ProductCode"),
                                   strings("UserGroup"),
                                   strings("UserId"),
                                   string("Value"),
                                   structure("ImdsSupport", value)};
constexpr Field attribute_fields[] = {dry_run, image, attribute};
constexpr Field image_fields[] = {dry_run, image};
constexpr Field protect_fields[] = {dry_run, image, boolean("WithCooldown")};
constexpr Field deprecate_fields[] = {dry_run, image, required(timestamp("DeprecateAt"))};
constexpr Operation operations[] = {
    {"ModifyImageAttribute", modify_fields, modify_attribute},
    {"DescribeImageAttribute", attribute_fields, describe_attribute},
    {"ResetImageAttribute", attribute_fields, reset_attribute},
    {"DisableImage", image_fields, disable},
    {"EnableImage", image_fields, enable},
    {"EnableImageDeregistrationProtection", protect_fields, protect},
    {"DisableImageDeregistrationProtection", image_fields, unprotect},
    {"EnableImageDeprecation", deprecate_fields, deprecate},
    {"DisableImageDeprecation", image_fields, undeprecate}};

}  // namespace

std::span<const Operation> image_attribute_operations() {
  return operations;
}

}  // namespace local_cloud::ec2
