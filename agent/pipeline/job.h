// A job as CodePipeline describes it in PollForJobs and GetJobDetails. All of it is input that we
// do not trust: members may be absent, null or unknown.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/aws/keys.h"
#include "agent/run/execution.h"

namespace agent::pipeline {

// Where a revision of an artifact is, or an output is to be put.
struct Artifact {
  std::string name;
  std::string revision;  // "" where CodePipeline does not say it
  std::string bucket;    // "" when its location was not understood
  std::string key;

  bool operator==(const Artifact&) const = default;
};

struct Job {
  std::string id;
  std::string nonce;    // of this offer; "" from GetJobDetails
  std::string attempt;  // the action execution's id; "" where CodePipeline does not say it
  run::Execution execution;
  boost::json::object configuration;
  std::string continuation_token;  // "" for an action's first job
  // At most five each. CodePipeline does not promise any order: they are found by name.
  std::vector<Artifact> inputs = {};
  std::vector<Artifact> outputs = {};
  std::string encryption_key = {};  // of the artifacts, as it is to be sent; "" = aws/s3
  // For the artifacts, as they were when CodePipeline described the job (artifact_keys.h gets
  // fresh ones).
  std::optional<aws::Keys> artifact_keys = std::nullopt;
};

// `region` is the polled one. Nothing when there is not even a job id.
std::optional<Job> read_job(const boost::json::object& job, const std::string& region);

}  // namespace agent::pipeline
