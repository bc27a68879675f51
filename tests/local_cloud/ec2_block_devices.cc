// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html
#include "tests/local_cloud/ec2_block_devices.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_encryption.h"
#include "tests/local_cloud/ec2_errors.h"

namespace local_cloud::ec2 {

using agent::base::cat;
using agent::base::flag;
using agent::base::member;
using agent::base::number;
using agent::base::text;

namespace {

std::string device_of(const json::value& mapping) {
  return text(mapping.as_object(), "deviceName");
}

json::object laid_over(json::object base, const json::object& over) {
  for (const auto& [name, value] : over) {
    const auto* inner = value.if_object();
    const auto known = base.find(name);
    if (inner && known != base.end() && known->value().is_object()) {
      base[name] = laid_over(known->value().get_object(), *inner);
    } else {
      base[name] = value;
    }
  }
  return base;
}

bool needs_iops(std::string_view type) {
  return type == "io1" || type == "io2";
}

void set_performance(Volume& volume, const json::object& ebs) {
  volume.iops = number(ebs, "iops");
  volume.throughput = number(ebs, "throughput");
  if (needs_iops(volume.type) && !volume.iops) {
    throw ApiError(400, "MissingParameter",
                   cat("The parameter iops must be specified for ", volume.type, " volumes."));
  }
  if (volume.type == "gp3") {
    volume.iops = volume.iops.value_or(3000);
    volume.throughput = volume.throughput.value_or(125);
  }
  if (volume.type == "gp2") volume.iops = std::max<std::int64_t>(100, volume.size * 3);
}

}  // namespace

ApiError invalid_mapping(const std::string& message) {
  return {400, "InvalidBlockDeviceMapping", message};
}

json::array overlay(const json::array& base, const json::array& over) {
  auto result = base;
  for (const auto& mapping : over) {
    const auto device = device_of(mapping);
    const auto same = [&](const json::value& known) { return device_of(known) == device; };
    const auto place = std::ranges::find_if(result, same);
    if (mapping.as_object().contains("noDevice")) {
      if (place != result.end()) result.erase(place);
    } else if (place != result.end()) {
      *place = laid_over(place->as_object(), mapping.as_object());
    } else {
      result.push_back(mapping);
    }
  }
  return result;
}

std::optional<Volume> plan_volume(Region& region, const json::object& mapping, Time now) {
  if (!mapping.contains("ebs")) return std::nullopt;
  const auto& ebs = member(mapping, "ebs");
  Volume volume;
  volume.device = text(mapping, "deviceName");
  volume.created = now;
  volume.snapshot = text(ebs, "snapshotId");
  volume.size = number(ebs, "volumeSize").value_or(0);
  volume.encrypted = flag(ebs, "encrypted");
  volume.kms_key = text(ebs, "kmsKeyId");
  if (!volume.kms_key.empty() && !volume.encrypted) {
    throw ApiError(400, "InvalidParameterDependency",
                   "The parameter KmsKeyId requires the parameter Encrypted to be set.");
  }
  if (!volume.snapshot.empty()) {
    const auto& snapshot = snapshot_of(region, volume.snapshot, now);
    if (snapshot.state(now) != "completed") {
      throw ApiError(400, "IncorrectState",
                     cat("Snapshot is in invalid state - ", snapshot.state(now)));
    }
    if (volume.size == 0) volume.size = snapshot.size;
    if (volume.size < snapshot.size) {
      throw invalid_mapping(cat("Volume of size ", volume.size, "GB is smaller than snapshot '",
                                snapshot.id, "', expect size >= ", snapshot.size, "GB"));
    }
    // What comes out of an encrypted snapshot stays encrypted, with its key unless told another.
    volume.encrypted = volume.encrypted || snapshot.encrypted;
    if (volume.kms_key.empty()) volume.kms_key = snapshot.kms_key;
  }
  if (volume.encrypted) volume.kms_key = kms_key_arn(region, volume.kms_key);
  if (volume.size <= 0) {
    throw ApiError(400, "MissingParameter",
                   cat("The request must contain the parameter size or snapshotId for device ",
                       volume.device));
  }
  volume.type = ebs.contains("volumeType") ? text(ebs, "volumeType") : "gp2";
  volume.delete_on_termination =
      !ebs.contains("deleteOnTermination") || flag(ebs, "deleteOnTermination");
  set_performance(volume, ebs);
  return volume;
}

json::object mapping_of(const Volume& volume, const std::string& snapshot) {
  json::object ebs{{"deleteOnTermination", volume.delete_on_termination},
                   {"snapshotId", snapshot},
                   {"volumeSize", volume.size},
                   {"volumeType", volume.type},
                   {"encrypted", volume.encrypted}};
  if (volume.iops && volume.type != "gp2") ebs["iops"] = *volume.iops;
  if (volume.throughput) ebs["throughput"] = *volume.throughput;
  return {{"deviceName", volume.device}, {"ebs", std::move(ebs)}};
}

std::vector<std::string> snapshots_of(const Image& image) {
  std::vector<std::string> ids;
  for (const auto& mapping : image.mappings) {
    auto id = text(member(mapping.as_object(), "ebs"), "snapshotId");
    if (!id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace local_cloud::ec2
