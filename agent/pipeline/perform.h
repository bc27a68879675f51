// One turn of one job: from what CodePipeline says about it to what is reported.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "agent/pipeline/job.h"
#include "agent/pipeline/result.h"
#include "agent/pipeline/state_file.h"
#include "agent/run/action.h"

namespace agent::pipeline {

// What all jobs share.
struct Workplace {
  aws::Caller& caller;
  base::Clock& clock;
  base::Chance& chance;
  base::Event& leaving;
  const run::Pace& pace;
  std::span<const run::Action> catalog;
};

// How a job's journal is kept.
struct Keep {
  std::function<void(const run::Journal&)> save;
  std::function<base::Task<>()> make_durable;
};

// Nothing when the job has to stay with this agent's state file: its journal is too big for a
// token. Never throws but when cancelled: what goes wrong is the job's failure.
base::Task<std::optional<Result>> perform(Workplace place, const HeldJob& held, const Job& job,
                                          Keep keep);

}  // namespace agent::pipeline
