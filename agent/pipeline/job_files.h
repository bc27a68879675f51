// What a turn of a job reads out of its input artifacts and leaves in its output artifacts. S3 and
// CodePipeline may be out of order for a while: that is waited for.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/event.h"
#include "agent/pipeline/artifacts.h"
#include "agent/pipeline/job.h"
#include "agent/run/outputs.h"
#include "agent/run/settings.h"

namespace agent::pipeline {

class JobFiles {
 public:
  struct World {
    aws::Caller& caller;  // with the agent's own credentials
    base::Clock& clock;
    base::Chance& chance;
    base::Event& leaving;
  };

  // All of it outlives this. `patience`: with a service that keeps failing, each time.
  JobFiles(World world, const Job& job, base::Duration patience)
      : world_(world), job_(job), patience_(patience), artifacts_(world.caller, world.clock, job) {}

  // Both throw base::Failure, or run::Parked when the agent leaves before it has worked.

  // The file that the setting ConfigFile names; nothing when there is none.
  base::Task<std::optional<run::ConfigFile>> config_file(std::span<const run::Setting> table);

  // A zip with the outputs, as a flat JSON object in `file`, in every output artifact: what
  // CloudFormation's Fn::GetParam reads.
  base::Task<> deliver(std::string file, run::Outputs outputs);

 private:
  base::Task<> patiently(std::function<base::Task<>()> attempt);

  World world_;
  const Job& job_;
  base::Duration patience_;
  Artifacts artifacts_;
};

}  // namespace agent::pipeline
