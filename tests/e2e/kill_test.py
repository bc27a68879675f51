#!/usr/bin/python3
"""kill -9 of the real agent at every request of an execution and at every write of its state file.

The local cloud sits on the chosen request while the agent is killed:

  before    the request did not take effect;
  after     it took effect, the answer did not arrive;
  answered  the answer arrived and the agent did all that it does before its next request: it is
            killed while that one, which does not take effect, waits. (The next one that is no poll;
            after a result, any.)

What lies between an answer's arrival and the next request is memory and the state file alone, and
writing the state file is cut at each of its system calls (StateFile below). So all states in which
an agent can leave the world and its disk behind are tried.
"""

import collections
import functools
import os
import random
import re
import shutil
import subprocess
import time
import unittest

import report
import sweeps
from recipes import RECIPES
from world import wait_for

TABLE = "kill -9"
# Where one cannot tell beforehand which points leave it unclear what was made.
CLEAR = [one for one in RECIPES if report.FULL or not one.unclear]
WHEN = ["before", "after", "answered"]
LONG = "60s"
HELD_FOR_LONG = {"effect": "reset-before", "latency": LONG}
# What the test itself asks while it waits is no request of the agent's.
NOT_THE_TEST = {"id": "test", "operation": "ListPipelineExecutions"}
POLLS = {"id": "polls", "operation": "PollForJobs"}


# A claim that was not acknowledged is offered to others after about 30 s, never within the 20 s in
# which an agent that comes back may rely on that (README, "More than one host").
OFFERED_AGAIN = "22s"


def kill_rules(operation, number, when):
    """Rules of which `kill` applies when the agent is where it is to be killed."""
    if when == "answered":
        # Polls go on beside the work of a job; after a job's last request there is nothing else.
        polls = [] if operation.startswith("PutJob") else [{**POLLS, "after": "point"}]
        return [NOT_THE_TEST, *sweeps.rules_at(operation, number), *polls,
                {"id": "kill", "after": "point", "times": 1, **HELD_FOR_LONG}]
    fault = HELD_FOR_LONG if when == "before" else {"effect": "none", "latency": LONG}
    rules = sweeps.rules_at(operation, number, **fault)
    rules[-1]["id"] = "kill"
    return rules


def is_at_the_kill(world):
    rules = world.control("GET", "faults")["rules"]
    return any(one["id"] == "kill" and one["applied"] for one in rules)


def kill_at(world, rules, start):
    """Sets the rules, starts agents, kills the one that comes to the point and returns it."""
    world.control("PUT", "faults", {"rules": rules})
    agents = start()
    sweeps.wait_for_rule(world, "kill")
    (hit,) = [one for one in world.requests() if one.get("fault") == "kill"][-1:]
    (agent,) = [one for one in agents if one.key == hit["access_key"]]
    agent.kill()
    return agent


def holder(world):
    """Key of the agent whose acknowledged job has no result yet, None when nobody has one."""
    holds = None
    for one in world.requests(service="codepipeline"):
        if not one.get("took_effect"):
            continue
        if one["operation"] == "AcknowledgeJob":
            holds = one["access_key"]
        elif one["operation"].startswith("PutJob"):
            holds = None
    return holds


def leaves_a_claim(operation, _, when):
    return (operation, when) in (("PollForJobs", "answered"), ("AcknowledgeJob", "before"))


def leaves_it_unclear(recipe, operation, _, when):
    """Killed while a create that is going to be refused was under way."""
    if operation == "DescribeLaunchTemplateVersions" and when == "answered":
        operation, when = "CreateLaunchTemplateVersion", "before"
    return operation in recipe.unclear and when != "answered"


def sample(recipe, points, most, salt, without):
    """Points x when: all of them, or `most`, none of those that are `without` or take minutes."""
    cases = [(operation, number, when) for operation, number in points for when in WHEN]
    return sweeps.some([case for case in cases if report.FULL or not (
        without(*case) or leaves_it_unclear(recipe, *case))], most, f"{recipe.name} {salt}")


class Requests(unittest.TestCase):
    """Every request of every recipe."""

    def sweep(self, title, hold, run, most, without=lambda *_: False):
        cases = []
        for recipe in RECIPES:
            points = sweeps.requests_of(recipe, sweeps.HOLDS[hold])
            cases += [sweeps.Case(f"{recipe.name}; {title}", recipe.expected, point,
                                  functools.partial(run, recipe, hold, *point))
                      for point in sample(recipe, points, most, title, without)]
        sweeps.sweep(TABLE, cases)

    def same_host(self, recipe, hold, *point):
        with sweeps.scene(recipe, sweeps.SWEEP_PACE) as world:
            hold = sweeps.HOLDS[hold]
            kill_at(world, kill_rules(*point), lambda: [sweeps.start(world, hold)])
            sweeps.start(world, hold)
            sweeps.finish(world, recipe)

    def other_host(self, recipe, hold, *point):
        """An agent with an empty state directory goes on with what nobody holds; what the killed
        one had acknowledged waits for it. When it returns, it does no harm in either case."""
        with sweeps.scene(recipe, sweeps.SWEEP_PACE) as world:
            hold = sweeps.HOLDS[hold]
            first = kill_at(world, kill_rules(*point), lambda: [sweeps.start(world, hold)])
            held = holder(world) == first.key
            if not held and sweeps.jobs_in(first.state):
                world.control("POST", "settings", {"reoffer_after": OFFERED_AGAIN})
            sweeps.start(world, hold, "elsewhere")
            if held:
                time.sleep(0.5)
                self.assertEqual(world.status(), "InProgress", "nobody else may end what is held")
            else:
                sweeps.same_end(world, recipe)
            sweeps.start(world, hold)
            sweeps.finish(world, recipe)

    def race(self, recipe, hold, *point):
        """Two agents on one queue; the one that is hit is killed and comes back after a while."""
        with sweeps.scene(recipe, [*sweeps.SWEEP_PACE, "reoffer_after=3s"]) as world:
            hold = sweeps.HOLDS[hold]
            hit = kill_at(world, kill_rules(*point),
                          lambda: [sweeps.start(world, hold, one) for one in ("one", "two")])
            time.sleep(0.3)
            sweeps.start(world, hold, os.path.basename(hit.state))
            sweeps.finish(world, recipe)

    def test_the_same_agent_holds_its_job(self):
        self.sweep("held, same host", "held", self.same_host, 4)

    def test_the_same_agent_hands_its_job_back(self):
        self.sweep("handed back, same host", "handed back", self.same_host, 1)

    def test_another_host_goes_on_with_what_is_handed_back(self):
        self.sweep("handed back, another host", "handed back", self.other_host, 1,
                   leaves_a_claim)

    def test_another_host_leaves_alone_what_is_held(self):
        self.sweep("held, another host", "held", self.other_host, 4, leaves_a_claim)

    def test_two_agents_race(self):
        self.sweep("two agents race", "handed back", self.race, 1)


class Twice(unittest.TestCase):
    """The agent that goes on is killed as well."""

    COUNT = 600 if report.FULL else len(CLEAR)

    def double(self, recipe, hold, first, *again):
        with sweeps.scene(recipe, sweeps.SWEEP_PACE) as world:
            def begin():
                return [sweeps.start(world, sweeps.HOLDS[hold])]
            kill_at(world, kill_rules(*first), begin)
            kill_at(world, self.second(*again), begin)
            sweeps.start(world, sweeps.HOLDS[hold])
            sweeps.finish(world, recipe)

    @staticmethod
    def second(skip, when):
        """At a request after the restart; empty polls do not count, so polls are let pass."""
        fault = {"effect": "none", "latency": LONG} if when == "after" else HELD_FOR_LONG
        return [NOT_THE_TEST, POLLS, {"id": "kill", "skip": skip, "times": 1, **fault}]

    def points(self, recipe):
        """Seeded: a way, a first point, how many requests later the second is, and when."""
        chance = random.Random(f"{recipe.name} {os.environ.get('AGENT_FIRE_SEED', 1)}")
        for _ in range(self.COUNT // len(CLEAR)):
            hold = chance.choice(list(sweeps.HOLDS))
            requests = sweeps.requests_of(recipe, sweeps.HOLDS[hold])
            place = chance.randrange(len(requests))
            left = len([one for one in requests[place:] if one[0] != "PollForJobs"])
            yield (hold, (*requests[place], chance.choice(WHEN)), chance.randrange(max(1, left)),
                   chance.choice(WHEN[:2]))

    def test_killed_again_at_a_request_after_the_restart(self):
        sweeps.sweep(TABLE, [
            sweeps.Case(f"{recipe.name}; killed twice", recipe.expected, point,
                        functools.partial(self.double, recipe, *point))
            for recipe in CLEAR for point in self.points(recipe)])


def cannot_trace():
    """Why system calls cannot be cut here; "" when they can."""
    if shutil.which("strace") is None:
        return "there is no strace (packaging/install-deps test)"
    done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "trace=none", "true"],
                          capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"strace does not work here: {done.stderr.strip()}"


class StateFile(unittest.TestCase):
    """Killed as it enters each system call on the state file: nothing of that call is done."""

    CALLS = "openat,write,fsync,fdatasync,rename"

    def setUp(self):
        if why := cannot_trace():
            self.skipTest(why)

    def start(self, world, hold, *inject):
        """An agent whose calls on the state file are traced into the world's folder."""
        folder = os.path.join(world.folder, "state")
        prefix = ["strace", "-D", "-f", "-qq", "-o", os.path.join(world.folder, "calls"),
                  "-P", os.path.join(folder, "state"), "-P", os.path.join(folder, "state.new"),
                  "-e", f"trace={self.CALLS}", *inject]
        # LeakSanitizer traces itself and cannot be traced.
        options = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        return sweeps.start(world, hold, prefix=prefix, extra=options)

    def calls_of(self, recipe, hold):
        """(call, how-many-th of its kind) of an undisturbed execution."""
        with sweeps.scene(recipe) as world:
            agent = self.start(world, hold)
            sweeps.same_end(world, recipe)
            agent.stop()
            with open(os.path.join(world.folder, "calls"), encoding="utf-8") as trace:
                names = re.findall(r"^\d+ +(\w+)\(", trace.read(), re.MULTILINE)
        counts = collections.Counter()
        listed = []
        for name in names:
            counts[name] += 1
            listed.append((name, counts[name]))
        return listed

    def killed(self, recipe, hold, call, number):
        with sweeps.scene(recipe, sweeps.SWEEP_PACE) as world:
            agent = self.start(world, hold, "-e", f"inject={call}:signal=KILL:when={number}")
            def ended():
                return agent.process.poll() is not None and "killed" or (
                    world.status() != "InProgress" and not sweeps.jobs_in(agent.state) and "over")
            if wait_for("the kill", ended, every=0.02) == "over":
                raise sweeps.NotReached
            self.assertEqual(agent.wait(), -9, agent.output())
            sweeps.start(world, hold)
            sweeps.finish(world, recipe)

    def test_at_every_call_on_the_state_file(self):
        cases = []
        for recipe in sweeps.some(CLEAR, 2, "state file"):
            for title, hold in sweeps.HOLDS.items():
                calls = self.calls_of(recipe, hold)
                self.assertLessEqual({"write", "rename", "fdatasync"}, {name for name, _ in calls})
                cases += [sweeps.Case(
                    f"{recipe.name}; {title}, state file's system calls", recipe.expected, point,
                    functools.partial(self.killed, recipe, hold, *point))
                          for point in sweeps.some(calls, 3, f"{recipe.name} {title}")]
        sweeps.sweep(TABLE, cases)


if __name__ == "__main__":
    unittest.main(verbosity=2)
