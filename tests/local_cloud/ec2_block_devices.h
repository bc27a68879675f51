// Block device mappings, as answers show them: {"deviceName", "ebs": {...}, "noDevice", ...}.
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

// `over` laid over `base`, device by device: members given win, "noDevice" takes a device away.
json::array overlay(const json::array& base, const json::array& over);

// The volume that a mapping of a launch asks for, without an id. Nothing if it asks for none (an
// ephemeral disk). Throws InvalidBlockDeviceMapping, InvalidSnapshot.NotFound, ...
std::optional<Volume> plan_volume(Region& region, const json::object& mapping, Time now);

// What `volume` becomes in an image that is made of it.
json::object mapping_of(const Volume& volume, const std::string& snapshot);

// The snapshots that an image's mappings name.
std::vector<std::string> snapshots_of(const Image& image);

ApiError invalid_mapping(const std::string& message);  // InvalidBlockDeviceMapping

}  // namespace local_cloud::ec2
