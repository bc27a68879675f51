// A job as CodePipeline describes it in PollForJobs and GetJobDetails. All of it is input that we
// do not trust: members may be absent, null or unknown.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "agent/run/execution.h"

namespace agent::pipeline {

struct Job {
  std::string id;
  std::string nonce;    // of this offer; "" from GetJobDetails
  std::string attempt;  // the action execution's id; "" where CodePipeline does not say it
  run::Execution execution;
  boost::json::object configuration;
  std::string continuation_token;  // "" for an action's first job
};

// `region` is the polled one. Nothing when there is not even a job id.
std::optional<Job> read_job(const boost::json::object& job, const std::string& region);

}  // namespace agent::pipeline
