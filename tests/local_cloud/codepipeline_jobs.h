// What a job worker calls (API reference: PollForJobs, AcknowledgeJob, GetJobDetails,
// PutJobSuccessResult, PutJobFailureResult).
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

json::object poll_for_jobs(World& world, const Call& call);
json::object acknowledge_job(World& world, const Call& call);
json::object get_job_details(World& world, const Call& call);
json::object put_job_success_result(World& world, const Call& call);
json::object put_job_failure_result(World& world, const Call& call);

}  // namespace local_cloud::codepipeline
