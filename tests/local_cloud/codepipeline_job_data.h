// What a job says of itself: the "data" of PollForJobs and GetJobDetails (API reference, JobData).
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

json::object job_header(const World& world, const Job& job);  // id and accountId

// With artifact credentials that were never given out before.
json::object job_data(World& world, const Job& job, Time now);

}  // namespace local_cloud::codepipeline
