"""The common ground of the sweeps (kill_test.py, lost_answers_test.py, abandoned_test.py).

A sweep runs one recipe undisturbed, lists the agent's requests, and then disturbs fresh executions
at each of them. Many small worlds run at the same time: they mostly wait.
"""

import collections
import concurrent.futures
import contextlib
import dataclasses
import functools
import itertools
import json
import os
import random
import typing

import report
from world import World, wait_for

WORKERS = 12
# Restarts of the world's clock hands: an execution takes about half a second. A job that nobody
# acknowledged is offered again soon, so that another host gets it while the test waits.
PACE = ["image_time=250ms", "visibility_lag=60ms", "instance_start_time=10ms",
        "builtin_action_time=10ms", "reoffer_after=1s"]
# What is swept takes a little longer than what was listed, so that each request comes again.
SWEEP_PACE = ["image_time=400ms"]
ARGUMENTS = ["--poll-interval", "100ms", "--wait-interval", "100ms"]
HOLDS = {"held": "1h", "handed back": "0s"}
USER = "AKIAIOSFODNN7EXAMPLE"  # who sets the scene and looks; agents have keys of their own


# Undoing takes minutes where it is unclear what was made; such cases are tried in the whole only.
PATIENCE = 400 if report.FULL else 90


class NotReached(Exception):
    """The execution was over before the request at which it was to be disturbed."""


_scenes = itertools.count()


@contextlib.contextmanager
def scene(recipe, settings=()):
    """A world in which the recipe's job waits for its first agent."""
    with World([*PACE, *recipe.settings, *settings]) as world:
        # They are very many and send the same, so some are enough.
        world.is_for_the_wire_checks = not report.FULL and next(_scenes) % 8 == 0
        recipe.set_up(world)
        wait_for("the job", lambda: is_queued(world), every=0.02)
        yield world


def is_queued(world, name="shop"):
    state = world.aws("codepipeline").get_pipeline_state(name=name)
    actions = state["stageStates"][1]["actionStates"]
    return bool(actions) and "latestExecution" in actions[0]


def start(world, hold, state="state", extra=None, arguments=(), **others):
    """An agent with an access key of its own, named after its state directory; `extra` is for its
    environment."""
    key = "AKIA" + state.upper().replace("-", "")
    world.control("POST", "keys", {"access_key": key, "secret": "secret-" + state,
                                   "account": "111122223333"})
    agent = world.agent(*ARGUMENTS, "--hold", hold, *arguments, state=state, environment={
        "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "secret-" + state,
        **(extra or {})}, **others)
    agent.key, agent.state = key, os.path.join(world.folder, state)
    return agent


def sent(world):
    """What agents sent, oldest first; polls that brought nothing are left out."""
    return [one for one in world.requests()
            if one["access_key"] != USER and not is_empty_poll(one)]


def is_empty_poll(request):
    if request["operation"] != "PollForJobs":
        return False
    body = request.get("response", {}).get("body", "")
    return not body.startswith("{") or not json.loads(body).get("jobs")


@functools.cache
def requests_of(recipe, hold):
    """Operations of an undisturbed execution with how-many-th of its kind each is (from 1)."""
    with scene(recipe) as world:
        agent = start(world, hold)
        same_end(world, recipe)
        agent.stop()
        counts = collections.Counter()
        listed = []
        for request in sent(world):
            counts[request["operation"]] += 1
            listed.append((request["operation"], counts[request["operation"]]))
        return listed


def same_end(world, recipe):
    status = world.wait_until_over(seconds=PATIENCE)
    if status != recipe.status:
        raise AssertionError(f"it {status}: {world.action().get('errorDetails')}")


def rules_at(operation, number, **fault):
    """Fault rules by which the number-th request of the operation goes wrong once, as rule `point`.

    Polls are counted by what they bring, and that is known only afterwards: the first one brings
    the job (it waits already), a later one is the first poll after that many hand-backs."""
    if operation != "PollForJobs" or number == 1:
        return [{"id": "point", "operation": operation, "skip": number - 1, "times": 1, **fault}]
    return [{"id": "handed back", "operation": "PutJobSuccessResult", "skip": number - 2,
             "times": 1},
            {"id": "point", "operation": operation, "after": "handed back", "times": 1, **fault}]


def wait_for_rule(world, rule="point"):
    """Until the fault rule has applied; NotReached when the execution is over without it."""
    def happened():
        rules = world.control("GET", "faults")["rules"]
        if any(one["id"] == rule and one["applied"] for one in rules):
            return "applied"
        # The world is asked through operations that the agent does not use.
        return world.status() != "InProgress" and "over"
    if wait_for(f"fault rule {rule}", happened, every=0.02) == "over":
        raise NotReached


def jobs_in(folder):
    """Ids of the jobs that the state file in the folder holds."""
    path = os.path.join(folder, "state")
    held = set()
    if not os.path.exists(path):
        return held
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n")[1:-1]:
            record = json.loads(line[9:])
            if record["is"] == "claim":
                held.add(record["job"])
            elif record["is"] == "forget":
                held.discard(record["job"])
    return held


def finish(world, recipe):
    """The end that every sweep must come to: all as the recipe says, no agent holds anything, each
    leaves in peace, and no state file was found damaged."""
    same_end(world, recipe)
    folders = sorted({one.state for one in world.agents})
    for folder in folders:
        wait_for(f"an empty {folder}", lambda where=folder: not jobs_in(where), every=0.02)
    world.end_faults()  # those who look are not to be disturbed
    for agent in [one for one in world.agents if one.process.poll() is None]:
        wait_for("its start", lambda one=agent: " started " in one.output(), every=0.02)
        if (code := agent.stop()) != 0:
            raise AssertionError(f"the agent ended with {code}:\n{agent.output()}")
    recipe.check(world)
    damaged = [name for folder in folders for name in os.listdir(folder) if "damaged" in name]
    if damaged:
        raise AssertionError(f"set aside: {damaged}")


@dataclasses.dataclass(frozen=True)
class Case:
    row: str  # cases of one row of the table are added up
    expected: str
    point: tuple  # where it is disturbed, for people and to say it again
    run: typing.Callable  # raises when it is not as expected


def outcome(case):
    """"" when it passed, None when it was not reached."""
    try:
        case.run()
        return ""
    except NotReached:
        return None
    except Exception as error:  # pylint: disable=broad-exception-caught
        return f"{case.row} {case.point}: {type(error).__name__}: {error}"


def sweep(table, cases):
    """Runs all cases, several at a time. Raises when one failed, or when so many were not reached
    that it cannot be called a sweep: looks at what one waits for are never quite as many."""
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        outcomes = list(zip(cases, pool.map(outcome, cases)))
    for row, expected in dict.fromkeys((case.row, case.expected) for case in cases):
        mine = [one for case, one in outcomes if case.row == row]
        tried = [one for one in mine if one is not None]
        note = f"{len(mine) - len(tried)} more were not reached" if len(mine) > len(tried) else ""
        report.row(table, row, expected, len(tried), tried.count(""), note)
        print(f"{table}: {row}: {tried.count('')} of {len(tried)} {note}", flush=True)
    failures = [one for _, one in outcomes if one]
    if failures:
        raise AssertionError(f"{len(failures)} of {len(cases)} failed:\n" + "\n".join(failures))
    missed = [case.point for case, one in outcomes if one is None]
    # A few cases on a slow machine tell less about that than a whole sweep.
    if len(missed) > max(3, len(cases) // (5 if report.FULL else 2)):
        raise AssertionError(f"{len(missed)} of {len(cases)} were not reached: {missed}")


def some(cases, most, salt=""):
    """All when everything is asked for, else `most` of them, in their order: the same ones for the
    same AGENT_FIRE_SEED and salt."""
    cases = list(cases)
    if report.FULL or len(cases) <= most:
        return cases
    chance = random.Random(f"{os.environ.get('AGENT_FIRE_SEED', 1)} {salt}")
    chosen = sorted(chance.sample(range(len(cases)), most))
    return [cases[index] for index in chosen]
