// All actions of this program: a plain list, nothing registers itself.
#pragma once

#include <vector>

#include "agent/run/action.h"

namespace actions {

std::vector<agent::run::Action> catalog();

}  // namespace actions
