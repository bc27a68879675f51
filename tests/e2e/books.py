"""Who has which job: what CodePipeline was told, what is on disk, what the log says."""

import datetime
import re
import signal
import time

import state
from fire import expect, expect_one_of_everything

AT_MOST = 6.0  # to leave: the promise is 5 s; the rest is for a busy machine
IN_FLIGHT = datetime.timedelta(seconds=2)  # what was sent before may be read so much later


def acknowledged(world):
    return {one["params"]["jobId"] for one in world.requests(operation="AcknowledgeJob")
            if one["took_effect"] and not one["error"]}


def ended(world):
    return {one["params"]["jobId"] for one in world.requests(service="codepipeline")
            if one["operation"].startswith("PutJob") and one["took_effect"] and not one["error"]}


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def nothing_new(world, agent):
    """No poll and no first AcknowledgeJob of a job after the signal, but for what was in flight."""
    told = time_of(re.search(r"^(\S+) info leaving", agent.output(), re.M)[1])
    polls = [time_of(one["time"]) for one in world.requests(operation="PollForJobs")]
    claims = {}
    for one in world.requests(operation="AcknowledgeJob"):
        claims.setdefault(one["params"]["jobId"], time_of(one["time"]))
    late_polls = [at for at in polls if at > told]
    late_claims = [at for at in claims.values() if at > told + IN_FLIGHT]
    if len(late_polls) > 1 or any(at > told + IN_FLIGHT for at in late_polls) or late_claims:
        raise AssertionError(f"after {told}: polls {[str(at) for at in late_polls]}, "
                             f"claims {[str(at) for at in late_claims]}")


def leave(world, agent, number=signal.SIGTERM, directory="state"):
    """Returns how many jobs were left, after a look at the books: the log's count is what is on
    disk, every job that was acknowledged is there or was reported, nothing new was begun."""
    begin = time.monotonic()
    expect("exit code", agent.stop(number), 0)
    took = time.monotonic() - begin
    if took > AT_MOST:
        raise AssertionError(f"leaving took {took:.1f} s")
    left = int(re.search(r"jobs-left-for-the-next-start=(\d+)", agent.output())[1])
    kept = state.jobs(f"{world.folder}/{directory}")
    expect("jobs on disk", len(kept), left)
    forgotten = acknowledged(world) - ended(world) - set(kept)
    expect("jobs that nobody knows of any more", forgotten, set())
    nothing_new(world, agent)
    return left


def go_on(world, *directories, pipelines=("shop",)):
    """All succeeds in the end, and exactly once."""
    world.end_faults()
    for directory in directories or ["state"]:
        world.agent(state=directory)
    for name in pipelines:
        expect(name, world.wait_until_over(name, 120), "Succeeded")
    expect_one_of_everything(world, pipelines)
