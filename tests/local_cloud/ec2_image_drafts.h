// What CreateImage, RegisterImage and CopyImage have in common: all give an id at once, show
// nothing for the lag of visibility, and an image that is pending until its snapshots are complete.
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

struct Draft {
  Image image;
  std::vector<Snapshot> snapshots;
  Tags image_tags;
  Tags snapshot_tags;
  Time snapshots_begin;  // not before now
};

// Name, description, owner and tags. Throws what is wrong with them.
Draft draft_of(Region& region, const Call& call);

// Into the world with it: {"imageId"}. It takes `time` until it is available, or failed where the
// image or a snapshot has a flaw; its snapshots are complete a little before that.
json::object begin(Region& region, Draft draft, Settings::Duration time, Time now);

}  // namespace local_cloud::ec2
