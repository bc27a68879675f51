// What several operations need of images.
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

// The image for a launch or a copy: throws NotFound and Unavailable (pending, failed, disabled).
const Image& usable_image(Region& region, const std::string& id, Time now);

// The caller's own one that ImageId names, for an operation that changes it. Throws NotFound,
// Unavailable when it is deregistered, and AuthFailure when it is somebody else's.
Image& own_image(Region& region, const Call& call);

// The image, not deregistered, that needs this snapshot; nullptr if none does.
const Image* user_of(const Region& region, const std::string& snapshot);

}  // namespace local_cloud::ec2
