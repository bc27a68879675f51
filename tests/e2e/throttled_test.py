#!/usr/bin/python3
"""CodePipeline throttles an agent that has very many jobs waiting: each ends once and right."""

import time
import unittest

import sweeps
from fire import FULL, HANDED_BACK, Case, crowd, expect, expect_one_of_everything, leave, run_all
from world import wait_for

JOBS = 1_000 if FULL else 100
LONG = 600 if FULL else 90
NAMES = [f"shop-{number}" for number in range(JOBS)]


class Throttled(unittest.TestCase):
    def run_with(self, hold, *rules):
        """All jobs wait for their images while CodePipeline behaves as the rules say; for a while
        it throttles everything."""
        settings = ["image_time=3s", "log_bodies=false", "log_limit=1000000"]
        with crowd(NAMES, settings) as world:
            world.is_for_the_wire_checks = False  # bodies are not kept
            agent = sweeps.start(world, hold)
            wait_for("half of the images",
                     lambda: len(world.requests(operation="CreateImage")) > JOBS / 2, LONG, 0.3)
            world.fault({"id": "all", "service": "codepipeline", "effect": "throttle"})
            time.sleep(30 if FULL else 1.5)
            world.control("DELETE", "faults?id=all")
            world.fault(*rules)
            wait_for("the results", lambda: world.results()[0] >= JOBS, LONG, 0.5)
            wait_for("their answers", lambda: not sweeps.jobs_in(agent.state), LONG, 0.3)
            world.end_faults()
            leave(agent)
            expect_one_of_everything(world, NAMES)
            requests = world.requests(service="codepipeline")
            throttled = sum(one["effect"] == "throttle" for one in requests)
            expect(f"{throttled} of {len(requests)} were throttled", throttled > JOBS / 4, True)
            return f"{throttled} of {len(requests)} requests throttled"

    def test_every_job_ends_once_and_right(self):
        some = {"service": "codepipeline", "effect": "throttle", "probability": 0.3, "seed": 3}
        expected = "each ends once and right"
        run_all(self, "faults", [
            Case(f"{JOBS} waiting jobs throttled, handed back at once", expected,
                 lambda: self.run_with(HANDED_BACK, some)),
            Case(f"{JOBS} waiting jobs throttled, held as usual", expected,
                 lambda: self.run_with("20s", some))])


if __name__ == "__main__":
    unittest.main(verbosity=2)
