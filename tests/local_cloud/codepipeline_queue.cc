#include "tests/local_cloud/codepipeline_queue.h"

namespace local_cloud::codepipeline {
namespace {

Job& offer(World& world, ActionRun& run, Time visible, Time now) {
  auto made = std::make_unique<Job>();
  auto& job = *made;
  job.id = world.new_id(now);
  job.run = &run;
  job.visible = visible;
  run.job = &job;
  world.queues[run.type].push_back(&job);
  if (world.settings.timeout_per_job) {
    world.events.emplace(visible + world.settings.custom_action_timeout,
                         Event{Event::Kind::job_times_out, job.id});
  }
  world.jobs.emplace(job.id, std::move(made));
  return job;
}

}  // namespace

void offer_first_job(World& world, ActionRun& run, Time now) {
  offer(world, run, now, now);
  if (!world.settings.timeout_per_job) {
    world.events.emplace(now + world.settings.custom_action_timeout,
                         Event{Event::Kind::action_times_out, run.id});
  }
}

void offer_next_job(World& world, ActionRun& run, std::string continuation_token, Time now) {
  offer(world, run, now + world.settings.continuation_delay, now).continuation_token =
      std::move(continuation_token);
}

bool has_ended(const Job& job) {
  return job.status == "Succeeded" || job.status == "Failed" || job.status == "TimedOut";
}

void take_off_queue(World& world, Job& job) {
  std::erase(world.queues[job.run->type], &job);
}

void close_job(World& world, Job& job, std::string_view status, Time now) {
  take_off_queue(world, job);
  job.status = status;
  if (job.run->job == &job) job.run->job = nullptr;
  world.events.emplace(now + world.settings.purge_after, Event{Event::Kind::job_is_purged, job.id});
}

// There is no such status: Failed comes nearest.
void abandon_job(World& world, Job& job, Time now) {
  job.abandoned = true;
  close_job(world, job, "Failed", now);
}

}  // namespace local_cloud::codepipeline
