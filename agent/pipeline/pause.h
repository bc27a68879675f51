// Pauses between tries: each about twice as long as the one before, none longer than `most`, and
// cut short when the agent leaves.
#pragma once

#include "agent/base/clock.h"
#include "agent/base/event.h"

namespace agent::pipeline {

base::Task<> pause(base::Clock& clock, base::Chance& chance, base::Event& leaving,
                   base::Duration& interval, base::Duration most);

}  // namespace agent::pipeline
