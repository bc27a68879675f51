#!/usr/bin/python3
"""State files that were cut short or damaged: each start goes on and ends right.

Many jobs are brought to the same point by one agent, which is killed there. Each job's records then
make a state directory of their own, with a damage of its own, for an agent of its own.
"""

import glob
import os
import random
import stat
import unittest

import state
from cases import HELD, chosen, scene
from fire import FULL, expect, expect_one_of_everything, run_all
from world import wait_for

TABLE = "state directory"
AT_ONCE = 24  # agents
CLAIM, RESULT = "AcknowledgeJob", "PutJobSuccessResult"  # where the agent was killed
REPEATABLE = "acknowledge_again_is_refused=false"  # else what was cut off "own" is in doubt


def names(count):
    return [f"shop-{number}" for number in range(count)]


def jobs_killed_at(world, operation, count):
    """State files, one for each job, of an agent that was killed before that request arrived."""
    world.fault({"operation": operation, "effect": "reset-before", "latency": "60s"})
    agent = world.agent(*HELD)
    wait_for(f"{count} {operation}", lambda: world.applied() >= count)
    agent.kill()
    world.end_faults()
    of_job = {}
    for line in state.lines(f"{world.folder}/state"):
        record = state.record_of(line.rstrip(b"\n"))
        of_job.setdefault(record["job"], []).append((record, line))
    return [state.HEADER + b"".join(line for _, line in of_job[job]) for job in sorted(of_job)]


def as_rewritten(text):
    """As the next start would write it: the last checkpoint alone."""
    first, *rest = text.splitlines(keepends=True)
    records = [(state.record_of(line.rstrip(b"\n")), line) for line in rest]
    last = max(place for place, (one, _) in enumerate(records) if one["is"] == "checkpoint")
    return first + b"".join(line for place, (one, line) in enumerate(records)
                            if one["is"] != "checkpoint" or place == last)


def start_on(world, number, text):
    directory = f"{world.folder}/own-{number}"
    os.makedirs(directory)
    with open(f"{directory}/state", "wb") as file:
        file.write(text)
    return world.agent(state=f"own-{number}")


def all_end_once(world, texts):
    """Agents go on with those files; everything succeeds, once, and nobody has a job left."""
    agents = [start_on(world, number, text) for number, text in enumerate(texts)]
    for name in names(len(texts)):
        expect(name, world.wait_until_over(name, 90), "Succeeded")
    for agent in agents:
        expect("exit code", agent.stop(), 0)
    for number in range(len(texts)):
        expect("jobs left", state.jobs(f"{world.folder}/own-{number}"), {})
    expect_one_of_everything(world, names(len(texts)))
    return agents


def lengths(operation, rewritten):
    """A job's file at that point, in bytes: all before the claim is whole, and all there is."""
    with scene([REPEATABLE]) as world:
        (text,) = jobs_killed_at(world, operation, 1)
    claim = len(b"".join(text.splitlines(keepends=True)[:2]))
    return (0 if operation == CLAIM else claim), len(as_rewritten(text) if rewritten else text)


def cut(operation, rewritten=False, sample=None):
    """A power cut takes any part of what was not synced: the claim is, before AcknowledgeJob."""
    def run():
        first, last = lengths(operation, rewritten)
        cuts = list(range(first, last + 1))
        if sample and not FULL:
            cuts = sorted(random.Random(7).sample(cuts, sample - 2) + [first, last])
        for place in range(0, len(cuts), AT_ONCE):
            cut_at(operation, rewritten, cuts[place:place + AT_ONCE])
        return f"{len(cuts)} cuts, from {first} to {last} bytes"
    return run


def cut_at(operation, rewritten, cuts):
    with scene([REPEATABLE], names(len(cuts))) as world:
        world.is_for_the_wire_checks = not FULL  # they would be hundreds
        texts = jobs_killed_at(world, operation, len(cuts))
        if rewritten:
            texts = [as_rewritten(text) for text in texts]
        # Names and times are of one length, but for numbers that may be a digit longer.
        all_end_once(world, [text[:at] for text, at in zip(texts, cuts)])


def flip(text, line, chance):
    """Another byte somewhere in that line, not at its end."""
    rows = text.splitlines(keepends=True)
    at = chance.randrange(len(rows[line]) - 1)
    byte = rows[line][at] ^ chance.choice([1, 2, 4, 16, 32, 64, 128])
    if byte == 10:  # would make two lines of it, which is damage too
        byte = 0
    rows[line] = rows[line][:at] + bytes([byte]) + rows[line][at + 1:]
    return b"".join(rows)


def is_told(world, number, agent, text):
    """A warning, and the damaged file beside the new one, for nobody else to read."""
    expect("a warning", "the state file was damaged" in agent.output(), True)
    (copy,) = glob.glob(f"{world.folder}/own-{number}/state.damaged-*")
    with open(copy, "rb") as file:
        expect("the copy", file.read(), text)
    expect("its mode", oct(stat.S_IMODE(os.stat(copy).st_mode)), "0o600")


def flipped(times):
    """Every record but the claim in turn, and the first line."""
    def run():
        chance = random.Random(11)
        with scene([REPEATABLE]) as world:
            (text,) = jobs_killed_at(world, RESULT, 1)
        places = [0, *range(2, len(text.splitlines()))] * times
        for start in range(0, len(places), AT_ONCE):
            part = places[start:start + AT_ONCE]
            with scene([REPEATABLE], names(len(part))) as world:
                texts = [flip(text, place, chance) for text, place in
                         zip(jobs_killed_at(world, RESULT, len(part)), part)]
                for number, agent in enumerate(all_end_once(world, texts)):
                    is_told(world, number, agent, texts[number])
        return f"{len(places)} flips"
    return run


def retry_stopped(world):
    """The user's way out for a job that nobody has any more."""
    pipeline = world.aws("codepipeline")
    execution = pipeline.list_pipeline_executions(pipelineName="shop-0")[
        "pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    pipeline.stop_pipeline_execution(pipelineName="shop-0", pipelineExecutionId=execution,
                                     abandon=True)
    expect("shop-0", world.wait_until_over("shop-0"), "Stopped")
    pipeline.retry_stage_execution(pipelineName="shop-0", stageName="Image",
                                   pipelineExecutionId=execution, retryMode="FAILED_ACTIONS")
    wait_for("the retry", lambda: world.status("shop-0") == "Succeeded")


def job_is_lost(damage):
    """What names the job is gone: the start goes well, the job is nobody's, a retry adopts."""
    def run():
        with scene([REPEATABLE], names(1)) as world:
            (text,) = jobs_killed_at(world, RESULT, 1)
            damaged = damage(text)
            agent = start_on(world, 0, damaged)
            wait_for("polls", lambda: len(world.requests(operation="PollForJobs")) > 20)
            is_told(world, 0, agent, damaged)
            expect("results", world.results(), (0, 0))
            retry_stopped(world)
            expect_one_of_everything(world, names(1))
    return run


def finished_job_comes_back():
    """The record that forgets it is damaged: it is found to be over, and nothing is made again."""
    with scene() as world:
        agent = world.agent("--exit-after", "1")
        expect("exit code", agent.wait(), 0)
        with open(f"{world.folder}/state/state", "rb") as file:
            text = file.read()
        last = len(text.splitlines()) - 1
        expect("the last record", b'"forget"' in text.splitlines()[last], True)
        agent = start_on(world, 0, flip(text, last, random.Random(1)))
        wait_for("polls", lambda: len(world.requests(operation="PollForJobs")) > 20)
        expect("exit code", agent.stop(), 0)
        expect("jobs left", state.jobs(f"{world.folder}/own-0"), {})
        expect_one_of_everything(world, ["shop"])


def more_than_there_was(addition):
    """What a file system may leave behind what was written; records that are there twice."""
    def run():
        with scene([REPEATABLE], names(1)) as world:
            (text,) = jobs_killed_at(world, RESULT, 1)
            all_end_once(world, [text + addition(text)])
    return run


def rubbish(text):
    return random.Random(5).randbytes(len(text))


class DamagedState(unittest.TestCase):
    def test_each_start_goes_on(self):
        right = "goes on; one image, one version, one result"
        told = right + "; told, a copy is kept (0600)"
        lost = "starts, told, a copy is kept (0600); a retry of the stage adopts the image"
        run_all(self, TABLE, chosen([
            ("cut at every byte while the claim is written", right, cut(CLAIM, sample=10)),
            ("cut at every byte after the claim, rewritten file", right,
             cut(RESULT, rewritten=True, sample=14)),
            ("cut at every byte after the claim, file as it grew", right, cut(RESULT), False),
            ("every record but the claim flipped in turn", told, flipped(10 if FULL else 1)),
            ("the claim flipped", lost, job_is_lost(lambda text: flip(text, 1, random.Random(2)))),
            ("random bytes", lost, job_is_lost(rubbish)),
            ("the record that forgets a job flipped", "found to be over, nothing made again",
             finished_job_comes_back),
            ("zeros behind the last record", right,
             more_than_there_was(lambda text: b"\0" * 4096)),
            ("every record twice", right,
             more_than_there_was(lambda text: text.split(b"\n", 1)[1]))]), at_once=3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
