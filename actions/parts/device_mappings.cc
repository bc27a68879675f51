#include "actions/parts/device_mappings.h"

#include <array>
#include <cctype>

#include "actions/ops/ec2_describe.h"
#include "agent/base/failure.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace actions {

using agent::base::cat;
using agent::base::Failure;
using agent::base::FailureType;
using agent::base::member;
using agent::base::number;
using agent::base::objects;
using agent::base::text;
using agent::run::Step;
using agent::run::Task;
namespace json = boost::json;

namespace {

// Names that root devices have: EC2 User Guide, "Device names for volumes".
constexpr std::array<std::string_view, 3> root_names{"/dev/sda1", "/dev/xvda", "/dev/sda"};

const json::object* device_of(const json::object& image, const std::string& name) {
  for (const auto* device : objects(image, "blockDeviceMapping")) {
    if (text(*device, "deviceName") == name) return device;
  }
  return nullptr;
}

// An answer's names begin small, a request's do not.
json::object as_request(const json::object& shown) {
  json::object result;
  for (const auto& [key, value] : shown) {
    auto name = std::string(key);
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    result[name] = value.is_object() ? json::value(as_request(value.get_object())) : value;
  }
  return result;
}

Failure wrong_root(const PlanDeviceMappings& wanted, const std::string& device,
                   const std::string& root) {
  return {FailureType::ConfigurationError,
          cat("Version ", wanted.version, " of the launch template ", wanted.launch_template,
              " maps the root device ", device, ", but the root device of the image ", wanted.image,
              " is ", root, ": every instance would get an empty volume as ", device,
              " beside it. Make a version of the template that maps ", root, " instead.")};
}

// The mapping as it is to be; the same when it is right.
json::object corrected(const json::object& mapping, const json::object& device) {
  auto result = mapping;
  auto* ebs = result.if_contains("ebs");
  if (ebs == nullptr || !ebs->is_object()) return result;
  auto& volume = ebs->get_object();
  volume.erase("snapshotId");
  const auto least = number(member(device, "ebs"), "volumeSize").value_or(0);
  const auto size = number(volume, "volumeSize");
  if (size && *size < least) volume["volumeSize"] = cat(least);
  return result;
}

}  // namespace

Task<std::string> PlanDeviceMappings::perform(Step& step) const {
  const auto found = co_await ec2::describe_version(step, launch_template, version);
  const auto made = co_await ec2::describe_image(step, image);
  if (!found || !made) {
    throw Failure(FailureType::SystemUnavailable,
                  cat("EC2 does not show ", found ? image : launch_template, " now"));
  }
  const auto root = text(*made, "rootDeviceName");
  json::array all;
  auto is_right = true;
  for (const auto* mapping :
       objects(member(*found, "launchTemplateData"), "blockDeviceMappingSet")) {
    const auto mapped = text(*mapping, "deviceName");
    const auto* device = device_of(*made, mapped);
    if (device == nullptr && mapped != root && std::ranges::count(root_names, mapped) > 0) {
      throw wrong_root(*this, mapped, root);
    }
    const auto to_be = device == nullptr ? *mapping : corrected(*mapping, *device);
    const auto has_snapshot = !text(member(*mapping, "ebs"), "snapshotId").empty();
    is_right = is_right && to_be == *mapping && !has_snapshot;
    all.push_back(as_request(to_be));
  }
  co_return is_right ? std::string() : json::serialize(all);
}

}  // namespace actions
