// CodePipeline's job API as calls. Source: AWS CodePipeline API Reference, version 2015-07-09.
#pragma once

#include <string>

#include "agent/aws/call.h"

namespace agent::pipeline {

// One queue of jobs: an action type in a region.
struct Queue {
  std::string region;
  std::string category;
  std::string provider;
  std::string version;

  bool operator==(const Queue&) const = default;
};

inline constexpr int most_jobs_per_poll = 10;

aws::Call poll_for_jobs(const Queue& queue, int most);

// Sent at most once: a second one with the same nonce may be refused although the first was
// accepted, and libcurl would send it again by itself on a dead connection.
aws::Call acknowledge_job(const std::string& job, const std::string& nonce);

aws::Call get_job_details(const std::string& job);

// The action executions of one pipeline execution. `next_token` is "" for the first page.
aws::Call list_action_executions(const std::string& pipeline, const std::string& execution,
                                 const std::string& next_token);

}  // namespace agent::pipeline
