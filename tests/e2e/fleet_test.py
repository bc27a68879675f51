#!/usr/bin/python3
"""Agents of one queue: some go, some come, one is newer. CodePipeline shares out the work; nothing
of ours coordinates.

Each agent calls with a key of its own, so that the request log tells who did what.
"""

import collections
import json
import os
import re
import shutil
import time
import unittest

from cases import chosen, scene
from fire import FULL, expect, expect_one_of_everything, run_all
from world import wait_for

TABLE = "fleet"
JOBS = 300 if FULL else 60
NEXT = "codepipeline-agent-next"
SECRET = "only for the local cloud"


def key_of(name):
    return f"AKIA{name.upper():X<16}"


def start(world, name, state=None, **more):
    """An agent with a key and, unless it takes over one, a state directory of its own."""
    world.control("POST", "keys", {"access_key": key_of(name), "secret": SECRET,
                                   "account": "111122223333"})
    return world.agent("--hold", "1s", state=state or name, **more,
                       environment={"AWS_ACCESS_KEY_ID": key_of(name),
                                    "AWS_SECRET_ACCESS_KEY": SECRET})


def follow_version_1(world):
    """So that every job starts from the same version, whichever came before."""
    world.aws("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="web", LaunchTemplate={"LaunchTemplateName": "web", "Version": "1"})


def claims(world):
    """Keys of the agents by the job that they acknowledged."""
    return {one["params"]["jobId"]: one["access_key"]
            for one in world.requests(operation="AcknowledgeJob") if one["took_effect"]}


def share(world, *names):
    """Each of the agents has at least a third of an equal share of all that was acknowledged."""
    counts = collections.Counter(claims(world).values())
    jobs = [counts[key_of(name)] for name in names]
    note = ", ".join(f"{name} {count}" for name, count in zip(names, jobs))
    if min(jobs) * len(jobs) * 3 < sum(jobs):
        raise AssertionError(f"unfair: {note}")
    return note


def offers_of_newer_tokens(world):
    """Job and key of the agent that it was offered to."""
    for poll in world.requests(operation="PollForJobs"):
        for job in json.loads(poll["response"].get("body") or "{}").get("jobs", []):
            if (job["data"]["continuationToken"] or "").startswith("j2."):
                yield job["id"], poll["access_key"]


def newer_are_left_alone(world):
    """An agent of this version was offered jobs with a newer token, and took none of them."""
    taken = claims(world)
    next_one = key_of("next")
    offers = list(offers_of_newer_tokens(world))
    seen = {job for job, key in offers if key != next_one}
    if not seen:
        raise AssertionError("no agent of this version has seen a newer token")
    for job, _ in offers:
        expect(f"who took {job}", taken.get(job), next_one)
    return f"{len({job for job, _ in offers})} jobs with newer tokens, {len(seen)} seen by others"


def drain(agent):
    """It hands back everything."""
    expect("exit code", agent.stop(), 0)
    left = re.search(r"jobs-left-for-the-next-start=(\d+)", agent.output())[1]
    expect("jobs left", left, "0")


def handed_back_by(world, name):
    return sum(1 for one in world.requests(operation="PutJobSuccessResult")
               if one["access_key"] == key_of(name) and "continuationToken" in one["params"]
               and one["took_effect"])


def coming_and_going():
    """Pipelines are started one after the other all the while."""
    names = [f"shop-{number}" for number in range(JOBS)]
    notes = []
    with scene(["image_time=3s"], pipelines=()) as world:
        follow_version_1(world)
        agents = {name: start(world, name) for name in ("a", "b", "c")}
        happenings = {JOBS * 2 // 5: lambda: notes.append(killed_for_good(world, agents)),
                      JOBS * 3 // 5: lambda: upgraded(world, agents),
                      JOBS * 3 // 5 + 1: lambda: start(world, "d")}
        for number, name in enumerate(names):
            happenings.get(number, lambda: None)()
            world.set_up_pipeline(name)
            time.sleep(3 / JOBS)
        restarted(world, agents)
        drain(agents["b"])
        for name in names:
            expect(name, world.wait_until_over(name, 180), "Succeeded")
        expect_one_of_everything(world, names)
        notes.append(newer_are_left_alone(world))
        counts = collections.Counter(claims(world).values())
        notes.append("claims: " + ", ".join(f"{key[4:].strip('X').lower()} {count}"
                                            for key, count in sorted(counts.items())))
        expect("agents that have worked", len(counts), 6)
        return "; ".join(notes)


def killed_for_good(world, agents):
    """Its host is gone, its disk is not: another agent, of another host, is given the directory."""
    note = "shares " + share(world, "a", "b", "c")
    agents.pop("a").kill()
    shutil.move(os.path.join(world.folder, "a"), os.path.join(world.folder, "moved"))
    start(world, "heir", state="moved")
    return note


def upgraded(world, agents):
    drain(agents.pop("c"))
    agents["next"] = start(world, "next", state="c", program=NEXT)


def restarted(world, agents):
    """The newer one hands back what it has, so that everybody sees newer tokens."""
    before = handed_back_by(world, "next")
    drain(agents["next"])
    wait_for("newer tokens", lambda: handed_back_by(world, "next") > max(before, 0))
    wait_for("an agent that sees them", lambda: any(
        key != key_of("next") for _, key in offers_of_newer_tokens(world)))
    agents["next"] = start(world, "next", state="c", program=NEXT)


def retry(world, name="shop"):
    pipeline = world.aws("codepipeline")
    execution = pipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    pipeline.retry_stage_execution(
        pipelineName=name, stageName="Image", retryMode="FAILED_ACTIONS",
        pipelineExecutionId=execution[0]["pipelineExecutionId"])


def times_out(world):
    expect("the pipeline", world.wait_until_over(), "Failed")


def is_stopped(world):
    pipeline = world.aws("codepipeline")
    execution = pipeline.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    pipeline.stop_pipeline_execution(
        pipelineName="shop", abandon=True,
        pipelineExecutionId=execution[0]["pipelineExecutionId"])
    expect("the pipeline", world.wait_until_over(), "Stopped")


def lost_with_its_disk(settings, end):
    """The job that it held is nobody's: its action stays in progress until somebody ends it."""
    def run():
        with scene(["image_time=2s", *settings]) as world:
            lost = start(world, "lost", state="lost")
            wait_for("the image", world.images)
            lost.kill()
            shutil.rmtree(os.path.join(world.folder, "lost"))
            start(world, "other")
            wait_for("the other one's polls", lambda: sum(
                one["access_key"] == key_of("other")
                for one in world.requests(operation="PollForJobs")) > 5)
            expect("the pipeline", world.status(), "InProgress")
            expect("who has it", set(claims(world).values()), {key_of("lost")})
            end(world)
            expect("results", world.results(), (0, 0))
            retry(world)
            expect("the pipeline", wait_for(
                "the retry", lambda: world.status() == "Succeeded" and world.status()), "Succeeded")
            expect_one_of_everything(world, ["shop"])
    return run


def lost_after_its_version():
    """The retry begins where the group is now, which follows other executions' versions."""
    with scene() as world:
        world.fault({"operation": "PutJobSuccessResult", "effect": "reset-before",
                     "latency": "60s"})
        lost = start(world, "lost")
        wait_for("the result", world.applied)
        lost.kill()
        shutil.rmtree(os.path.join(world.folder, "lost"))
        world.end_faults()
        start(world, "other")
        for name in ("inn", "mill"):
            world.set_up_pipeline(name)
            expect(name, world.wait_until_over(name), "Succeeded")
        is_stopped(world)
        retry(world)
        wait_for("the retry", lambda: world.status() == "Succeeded")
        expect_one_of_everything(world, ["shop", "inn", "mill"])


class Fleet(unittest.TestCase):
    def test_agents_come_and_go(self):
        right = "in progress until then; a retry of the stage adopts the image"
        run_all(self, TABLE, chosen([
            (f"{JOBS} jobs: one killed, its directory given on, one drained, added, upgraded",
             "each job once; newer tokens left to the newer; at least a third of an equal share "
             "each", coming_and_going),
            ("a host is lost with its disk, the action times out", right,
             lost_with_its_disk(["custom_action_timeout=8s"], times_out)),
            ("a host is lost with its disk, the execution is stopped (abandoned)", right,
             lost_with_its_disk([], is_stopped)),
            ("a host is lost with its disk, versions of others come since",
             "a retry of the stage adopts image and version", lost_after_its_version)]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
