// Amazon EC2's operations as steps: images and launch templates.
// Source: Amazon EC2 API Reference; parameter names as they go over the wire.
#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/run/operation.h"

namespace actions::ec2 {

using agent::run::Call;
using agent::run::Key;
using agent::run::Look;
using agent::run::Reply;
using agent::run::Step;
using agent::run::Task;
namespace json = boost::json;

struct Image {
  std::string id;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(Image, (), (id, name))

// An instance's image, tagged as ours at birth, its snapshots too. Without `reboot` it is taken as
// if the power had failed: file systems survive that, half-written files may not.
//
// CreateImage knows no client token: the execution's tags tell whether an earlier try made it, and
// a name that another image has is a ConfigurationError. An image of an earlier try that failed is
// removed, so that this one can take its name.
struct CreateImage {
  static constexpr std::string_view name = "CreateImage";
  std::string instance;
  std::string image_name;  // 3 to 128 characters, of those that ImageName allows
  std::string group;
  bool reboot = false;

  bool irreversible() const { return reboot; }
  Task<std::optional<Image>> look(Step& step) const;
  Call call(const Key& key) const;
  Image result(const Reply& reply) const;
};

// The image that this execution has made before, good or pending; "" for none.
struct FindImage {
  static constexpr std::string_view name = "FindImage";

  Task<std::string> perform(Step& step) const;
};

// A copy of an image of another region, tagged as ours at birth, its snapshots too. Started at the
// destination: use it with run.in(). A copy of an earlier try that failed is removed first.
struct CopyImage {
  static constexpr std::string_view name = "CopyImage";
  // EC2 copies so many snapshots at a time only: then one waits for a place.
  static constexpr std::chrono::hours patience{6};
  std::string source_region;
  std::string image;
  std::string image_name;
  std::string group;
  bool encrypted = false;  // an encrypted image cannot have a copy that is not
  std::string kms_key;     // of the destination; "" = its default key for EBS

  Task<std::optional<std::string>> look(Step& step) const;
  Call call(const Key& key) const;
  std::string result(const Reply& reply) const;  // ami-…
};

// That the copy is what its source is: lineage, architecture, how it boots, devices and their
// sizes, encryption. A Failure says what differs.
struct VerifyCopy {
  static constexpr std::string_view name = "VerifyCopy";
  std::string copy;
  std::string source_region;
  std::string source;
  std::string kms_key;

  Task<> perform(Step& step) const;
};

// Whether any of its volumes is.
struct IsEncrypted {
  static constexpr std::string_view name = "IsEncrypted";
  std::string image;

  Task<bool> perform(Step& step) const;
};

// Only if EC2 shows this execution's tags on it, and no version of the template starts it (an
// earlier attempt of the action may have made one); with its snapshots. Gone already is done.
struct DeregisterImage {
  static constexpr std::string_view name = "DeregisterImage";
  std::string image;
  std::string launch_template;  // lt-…; "" = none can name it

  std::string resource() const { return image; }
  Task<> perform(Step& step) const;
};

// Percent is that of the image's snapshots, by size.
struct ImageAvailable {
  static constexpr std::string_view name = "ImageAvailable";
  std::string image;

  Task<Look> look(Step& step) const;
};

// Inherits everything of the version `from` but the image, and the block device mappings where they
// are restated (parts/device_mappings.h). EC2 drops the snapshot ids of inherited mappings, so the
// new version starts from the image's own snapshots.
struct CreateLaunchTemplateVersion {
  static constexpr std::string_view name = "CreateLaunchTemplateVersion";
  std::string launch_template;  // lt-…
  std::string from;             // a version's number
  std::string image;
  std::string mappings = {};  // JSON, as the request takes them; "" = the inherited ones

  bool irreversible() const { return true; }  // a group may follow the latest version
  Task<std::optional<std::string>> look(Step& step) const;
  Call call(const Key& key) const;
  std::string result(const Reply& reply) const;  // the version's number
};

// That the new version differs from the one it was made from in what was changed only, and that EC2
// has no warning about it.
struct VerifyLaunchTemplateVersion {
  static constexpr std::string_view name = "VerifyLaunchTemplateVersion";
  std::string launch_template;
  std::string from;
  std::string version;
  std::string image;

  Task<> perform(Step& step) const;
};

// Only one that this execution made, that is not the default, and that no instance of the group
// runs. Gone already is done.
struct DeleteLaunchTemplateVersion {
  static constexpr std::string_view name = "DeleteLaunchTemplateVersion";
  std::string launch_template;
  std::string version;
  std::string group;  // "" = none

  std::string resource() const;
  Task<> perform(Step& step) const;
};

struct SetDefaultVersion {
  static constexpr std::string_view name = "SetDefaultVersion";
  std::string launch_template;
  std::string version;

  bool irreversible() const { return true; }
  Call call(const Key& key) const;
  void result(const Reply&) const {}
};

// What a version's description says when this agent made it: launch template versions take no tags.
// At most 255 characters.
std::string version_description(const Key& key, std::string_view from);
// The version that such a version was made from; nothing when this execution did not make it.
std::optional<std::string> made_from(const Key& key, std::string_view description);

json::object filter(std::string_view name, std::string_view value);

// One request shows at most so many instances by id.
inline constexpr std::size_t most_ids = 200;

}  // namespace actions::ec2
