// The jobs of custom actions: made, offered, ended. One action run has one job after the other, at
// most one of them open.
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

void offer_first_job(World& world, ActionRun& run, Time now);
void offer_next_job(World& world, ActionRun& run, std::string continuation_token, Time now);

// A job that has ended stays known until it is purged.
void close_job(World& world, Job& job, std::string_view status, Time now);
void abandon_job(World& world, Job& job, Time now);

bool has_ended(const Job& job);

// Takes the job off the queue of those that nobody has acknowledged.
void take_off_queue(World& world, Job& job);

}  // namespace local_cloud::codepipeline
