// Takes a recipe as far as it goes now: to its end, to a place where it rests, or, once it has
// failed, back through everything that it owes.
#pragma once

#include <functional>
#include <variant>

#include "agent/run/outputs.h"
#include "agent/run/run.h"

namespace agent::run {

using Recipe = std::function<Task<Outputs>(Run&)>;

// The third way to end is Parked.
using Outcome = std::variant<Outputs, base::Failure, Parked>;

// Works in `region`. Lets nothing escape but Asio's cancellation: whatever a recipe throws is its
// job's failure.
Task<Outcome> drive(Context& context, std::string region, const Recipe& recipe);

}  // namespace agent::run
