// CreateImage where it changes more than images and versions: the group itself, and other regions.
// For sweep_test.cc.
#pragma once

#include <vector>

#include "tests/support/sweep.h"

namespace actions {

std::vector<support::Case> release_cases();

}  // namespace actions
