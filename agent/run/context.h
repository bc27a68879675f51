// What one job's run is made with: everything that it may touch, and what it has to tell.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/aws/client.h"
#include "agent/base/clock.h"
#include "agent/base/event.h"
#include "agent/run/execution.h"
#include "agent/run/journal.h"

namespace agent::run {

struct Progress {
  std::string summary;                // at most 2,048 characters go out
  std::optional<int> percent;         // 0 to 100
  std::string external_execution_id;  // "" until there is one
};

// Whether CodePipeline still waits for this attempt of the action.
enum class Standing {
  wanted,      // or this agent may not look
  unknown,     // CodePipeline does not answer at the moment
  ended,       // abandoned, or timed out; there is no newer attempt
  superseded,  // and it was started again: what was made so far belongs to the newer attempt
};

struct Pace {
  base::Duration wait_interval{15'000};    // between two looks at AWS; grows to four times
  std::function<base::Duration()> hold;    // how long a mere wait is held before it is handed back
  base::Duration patience{15 * 60'000};    // with a service that keeps failing, per operation
  base::Duration undo_limit{30 * 60'000};  // for all of the undo phase, or longer: Run::undo_limit
  // CodePipeline ends a custom action after 24 h (user guide, quotas); a result comes before that.
  base::Duration action_limit{24 * 60 * 60'000 - 10 * 60'000};
  base::Duration visibility{2 * 60'000};  // how long AWS may take to show what it has made
};

struct Context {
  Execution execution;
  Journal journal;
  std::vector<Tag> tags;      // the user's own
  base::Duration time_limit;  // from the first claim

  aws::Caller& caller;
  base::Clock& clock;
  base::Chance& chance;
  base::Event& leaving;  // set: park at the next chance
  const Pace& pace;
  std::function<void(const Journal&)> save;  // after every fact; a cache, so not yet durable
  // All that was saved.
  std::function<base::Task<>()> make_durable = [] -> base::Task<> { co_return; };
  std::function<base::Task<Standing>()> standing = [] -> base::Task<Standing> {
    co_return Standing::wanted;
  };

  Progress progress = {};
};

}  // namespace agent::run
