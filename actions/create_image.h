// CreateImage: an image of one of a group's instances becomes the next version of the group's
// launch template.
#pragma once

#include "agent/run/action.h"

namespace actions {

agent::run::Action create_image_action();

}  // namespace actions
