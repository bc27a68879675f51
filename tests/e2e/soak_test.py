#!/usr/bin/python3
"""Very many jobs, a fifth of all requests spoilt in every way, the agent killed and restarted in
between: every job ends once and right, and the agent's memory and descriptors stay flat.

The agent may hold only so many jobs at once, so its load is the same for as long as jobs are left.
The last agent, which works longest, is sampled until a tenth of the jobs is left; the last third of
the samples is held against the middle one.
"""

import collections
import contextlib
import os
import random
import statistics
import threading
import time
import unittest

import report
import sweeps
from effects import EFFECTS
from fire import FULL, crowd, expect, expect_one_of_everything, leave
from world import BIN, wait_for

JOBS, SLOTS, RESTARTS, LONG = (1_000, 60, 30, 1_200) if FULL else (100, 15, 6, 120)
SHARE = 0.2  # of all requests
SEED = int(os.environ.get("AGENT_FIRE_SEED", "1"))
NAMES = [f"soak-{number}" for number in range(JOBS)]


def rules():
    """Each effect has its share; together they are about a fifth of all requests."""
    chance = 1 - (1 - SHARE) ** (1 / len(EFFECTS))
    return [{"id": name, "probability": chance, "seed": SEED + place, **effect}
            for place, (name, effect) in enumerate(EFFECTS.items())]


class Tally:
    """What the request log tells, read on from where it was read last."""

    def __init__(self, world):
        self.world, self.last = world, 0
        self.requests = self.spoilt = 0
        self.final = collections.Counter()  # results that took effect, by job

    def read(self):
        for one in self.world.requests(since=self.last, limit=5_000):
            self.last = one["sequence"]
            if one["access_key"] == sweeps.USER:
                continue
            self.requests += 1
            self.spoilt += one["fault"] != ""
            if one["took_effect"] and one["operation"].startswith("PutJob") \
                    and "continuationToken" not in one["params"]:
                self.final[one["params"]["jobId"]] += 1
        return self.final.total()


class Samples:
    """Memory (KiB) and descriptors of one process."""

    def __init__(self, pid):
        self.pid, self.resident, self.descriptors = pid, [], []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        while not self.ended.wait(0.1):
            with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
                lines = dict(line.split(":", 1) for line in status)
            self.resident.append(int(lines["VmRSS"].split()[0]))
            # The agent cannot be dumped, so only root may look.
            with contextlib.suppress(PermissionError):
                self.descriptors.append(len(os.listdir(f"/proc/{self.pid}/fd")))


def thirds(samples):
    """Medians of the middle and the last third."""
    third = len(samples) // 3
    return statistics.median(samples[third:2 * third]), statistics.median(samples[2 * third:])


def is_sanitized():
    """A sanitizer keeps what was freed, so memory says nothing there."""
    with open(os.path.join(BIN, "codepipeline-agent"), "rb") as program:
        return b"AddressSanitizer" in program.read()


class Soak(unittest.TestCase):
    def start(self, world):
        return sweeps.start(world, "1s", arguments=("--max-jobs", str(SLOTS)))

    def trouble(self, world):
        """Ends the agent in one way or another and starts the next, several times."""
        chance = random.Random(SEED)
        agent = self.start(world)
        for turn in range(RESTARTS):
            time.sleep(chance.uniform(0.2, 1.0))
            if turn % 3 == 2:
                expect("the exit code", agent.stop(), 0)
            else:
                agent.kill()
            agent = self.start(world)
        return agent

    def run_through(self, world):
        """The last agent, what the log tells, samples of the agent."""
        tally = Tally(world)
        agent = self.trouble(world)
        with Samples(agent.process.pid) as samples:
            wait_for("most results", lambda: tally.read() >= 0.9 * JOBS, LONG, 0.3)
        wait_for("the results", lambda: tally.read() >= JOBS, LONG, 0.3)
        wait_for("their answers", lambda: not sweeps.jobs_in(agent.state), LONG, 0.2)
        tally.read()
        return agent, tally, samples

    def test_every_job_ends_once_and_right_and_nothing_grows(self):
        settings = ["image_time=1s", "log_bodies=false", "log_limit=10000000"]
        with crowd(NAMES, settings) as world:
            world.is_for_the_wire_checks = False  # bodies are not kept
            world.fault(*rules())
            begin = time.monotonic()
            agent, tally, samples = self.run_through(world)
            seconds = time.monotonic() - begin
            world.end_faults()
            note = (f"{tally.requests} requests, {tally.spoilt} spoilt "
                    f"({100 * tally.spoilt / tally.requests:.0f} %), {RESTARTS} restarts, "
                    f"{seconds:.0f} s, {JOBS / seconds:.1f} jobs/s")
            print(note, flush=True)
            ended = sum(count == 1 for count in tally.final.values())
            report.row("soak", f"{JOBS} jobs", "each ends once and right; nothing else is left",
                       JOBS, ended, note)
            self.flat(samples)
            leave(agent)
            expect("jobs that ended once", ended, JOBS)
            expect_one_of_everything(world, NAMES)
            expect("a fifth is spoilt", 0.15 < tally.spoilt / tally.requests < 0.25, True)

    def flat(self, samples):
        sanitized = is_sanitized()
        for what, values, more in (("memory, KiB", samples.resident, 1_024),
                                   ("descriptors", samples.descriptors, 6)):
            if len(values) < 3 and os.geteuid() != 0:
                print(f"{what}: only root may look")
                continue
            middle, last = thirds(values)
            judged = not (sanitized and values is samples.resident)
            good = last <= 1.05 * middle + more or not judged
            note = (f"median of the middle third {middle:.0f}, of the last {last:.0f}, most ever "
                    f"{max(values)}; {len(values)} samples{'' if judged else '; not judged'}")
            print(what, note, flush=True)
            report.row("soak", what, f"the last third is at most the middle one + 5 % + {more}",
                       1, int(good), note)
            expect(f"{what} is flat: {note}", good, True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
