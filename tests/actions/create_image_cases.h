// What is right after CreateImage, and the scenes in which it is put under fire.
#pragma once

#include <vector>

#include "tests/support/sweep.h"

namespace actions {

// Exactly one image with its snapshot, one version that starts it, one success.
void expect_one_of_everything(support::Scene& scene);
void expect_nothing_made(support::Scene& scene);

std::vector<support::Case> create_image_cases();

}  // namespace actions
