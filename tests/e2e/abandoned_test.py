#!/usr/bin/python3
"""Executions that somebody stopped and abandoned while the agent was at work.

CodePipeline tells no worker of it. The agent asks (ListActionExecutions) before what cannot be
taken back, and when a hand-back is refused. What it has made so far is undone, unless a newer
attempt of the action goes on with it or a version names it already.
"""

import functools
import time
import unittest

import checks
import kill_test
import recipes
import report
import sweeps
from checks import same
from world import wait_for

TABLE = "abandoned"
UNDONE = "stopped and undone: no image, no snapshot, no version, no result"
STAYS = "nothing that was rolled out is rolled back: image and version stay, the result is refused"
RETRIED = "the retry succeeds with the one image; the older attempt leaves everything to it"
PLAIN, NEW_DEFAULT = recipes.RECIPES[:2]
HELD, HANDED_BACK = sweeps.HOLDS["held"], sweeps.HOLDS["handed back"]
# Answers of looks at the new image come late, so that there is time to abandon.
MADE = {"id": "made", "operation": "CreateImage", "times": 1}
SLOW_LOOK = {"id": "point", "operation": "DescribeImages", "after": "made", "times": 1,
             "latency": "1500ms"}
SLOW_VERSION = {"id": "point", "operation": "CreateLaunchTemplateVersion", "times": 1,
                "latency": "1500ms"}
SLOW_QUESTION = {"id": "point", "operation": "ListActionExecutions", "times": 1,
                 "latency": "1500ms"}
NOT_FOUND = ["abandoned_result_is_job_not_found=true"]


def abandon(world):
    world.aws("codepipeline").stop_pipeline_execution(
        pipelineName="shop", pipelineExecutionId=checks.execution(world), abandon=True)
    # Not asked by ListActionExecutions, at which an agent may be about to be killed.
    same("status of the action", world.action()["status"], "Abandoned")


def retry(world):
    world.aws("codepipeline").retry_stage_execution(
        pipelineName="shop", stageName=checks.STAGE, retryMode="FAILED_ACTIONS",
        pipelineExecutionId=checks.execution(world))


def settle(world):
    """Until no agent holds anything; each then leaves in peace."""
    for folder in sorted({one.state for one in world.agents}):
        wait_for(f"an empty {folder}", lambda where=folder: not sweeps.jobs_in(where), every=0.02)
    for agent in [one for one in world.agents if one.process.poll() is None]:
        wait_for("its start", lambda one=agent: " started " in one.output(), every=0.02)
        same("the exit code", agent.stop(), 0)


def check_no_result(world):
    took = [one["operation"] for one in world.requests(service="codepipeline")
            if one["operation"].startswith("PutJob") and one.get("took_effect")
            and "continuationToken" not in one["params"]]
    same("final results", took, [])
    same("status", world.status(), "Stopped")


def check_undone(world):
    settle(world)
    checks.check_nothing_made(world)
    check_no_result(world)


def check_stays(world, default=1):
    settle(world)
    checks.check_versions(world, checks.check_image(world), default)
    check_no_result(world)


def reach(world, rules, hold, rule="point"):
    """An agent to which the rule has applied."""
    world.control("PUT", "faults", {"rules": rules})
    agent = sweeps.start(world, hold)
    sweeps.wait_for_rule(world, rule)
    return agent


def has_image(world):
    return [one for one in world.images() if one["State"] == "pending"]


# The scenes. Each is given the switches of the local cloud.


def while_pending(settings, hold=HELD):
    with sweeps.scene(PLAIN, ["image_time=800ms", *settings]) as world:
        sweeps.start(world, hold)
        wait_for("the image", lambda: has_image(world), every=0.02)
        abandon(world)
        check_undone(world)


def at_a_look(settings, hold=HELD):
    """Held: before the version; handed back: the hand-back is refused."""
    with sweeps.scene(PLAIN, settings) as world:
        reach(world, [MADE, SLOW_LOOK], hold)
        abandon(world)
        check_undone(world)
        if hold == HANDED_BACK:
            same("hand-backs that took effect", world.results()[1], 0)


def after_the_question(settings):
    with sweeps.scene(PLAIN, settings) as world:
        reach(world, [SLOW_QUESTION], HELD)
        abandon(world)
        check_stays(world)


def after_the_version(recipe, settings):
    """The default version is not changed any more."""
    with sweeps.scene(recipe, settings) as world:
        reach(world, [SLOW_VERSION], HELD)
        abandon(world)
        check_stays(world)


def retried_at_once(other_host, settings, hold=HELD):
    with sweeps.scene(PLAIN, ["image_time=800ms", *settings]) as world:
        sweeps.start(world, hold)
        wait_for("the image", lambda: has_image(world), every=0.02)
        abandon(world)
        if other_host:
            sweeps.start(world, hold, "elsewhere")
        retry(world)
        sweeps.finish(world, PLAIN)
        same("attempts", [one["status"] for one in checks.action_executions(world)],
             ["Succeeded", "Abandoned"])


def retried_before_the_refusal(settings):
    """The older attempt's hand-back is refused when the newer one exists already."""
    with sweeps.scene(PLAIN, settings) as world:
        reach(world, [MADE, SLOW_LOOK], HANDED_BACK)
        abandon(world)
        retry(world)
        sweeps.finish(world, PLAIN)


def retried_after_undoing(settings):
    with sweeps.scene(PLAIN, settings) as world:
        reach(world, [MADE, SLOW_LOOK], HELD)
        abandon(world)
        wait_for("undoing", lambda: not world.images(), every=0.02)
        retry(world)
        sweeps.finish(world, PLAIN)


def may_not_ask(settings):
    with sweeps.scene(PLAIN, settings) as world:
        world.control("POST", "deny", {"principal": "*",
                                       "action": "codepipeline:ListActionExecutions"})
        reach(world, [MADE, SLOW_LOOK], HELD)
        world.aws("codepipeline").stop_pipeline_execution(
            pipelineName="shop", pipelineExecutionId=checks.execution(world), abandon=True)
        settle(world)
        world.control("DELETE", "deny")
        check_stays(world)


def is_not_answered(fault, settings):
    """Nothing was abandoned, and asking for it does not stop anything."""
    with sweeps.scene(PLAIN, settings) as world:
        reach(world, [{"id": "point", "operation": "ListActionExecutions", **fault}], HELD)
        sweeps.finish(world, PLAIN)


def may_not_ask_and_need_not(settings):
    with sweeps.scene(PLAIN, settings) as world:
        world.control("POST", "deny", {"principal": "*",
                                       "action": "codepipeline:ListActionExecutions"})
        sweeps.start(world, HELD)
        sweeps.same_end(world, PLAIN)
        world.control("DELETE", "deny")
        sweeps.finish(world, PLAIN)


def while_it_lies_in_the_queue(settings):
    """Nobody is offered it any more: its image stays, and a retry adopts it."""
    with sweeps.scene(PLAIN, ["continuation_delay=1s", *settings]) as world:
        agent = sweeps.start(world, HANDED_BACK)
        wait_for("a hand-back", lambda: world.results()[1], every=0.02)
        abandon(world)
        time.sleep(1.5)  # longer than it takes to be offered
        same("jobs held", sweeps.jobs_in(agent.state), set())
        same("images", len(world.images()), 1)
        retry(world)
        sweeps.finish(world, PLAIN)
        made = world.requests(service="ec2", operation="CreateImage")
        same("images made", len([one for one in made if one["took_effect"]]), 1)


def killed_while_undoing(operation, number, when, hold, settings):
    """The restarted agent goes on with undoing."""
    with sweeps.scene(PLAIN, settings) as world:
        look = {**SLOW_LOOK, "id": "look"}
        kill = kill_test.kill_rules(operation, number, when)
        agent = reach(world, [MADE, look, *kill], hold, "look")
        abandon(world)
        wait_for("the kill", lambda: kill_test.is_at_the_kill(world), every=0.02)
        agent.kill()
        sweeps.start(world, hold)
        check_undone(world)


def case(row, expected, run, *arguments):
    return sweeps.Case(row, expected, arguments, functools.partial(run, *arguments))


class Abandoned(unittest.TestCase):
    def test_it_stops_and_undoes_or_lets_stay(self):
        cases = []
        for switches in ([], NOT_FOUND):
            add = lambda *one, with_switches=switches: cases.append(case(*one, with_switches))
            add("while the image is pending, held", UNDONE, while_pending)
            add("before the version, held", UNDONE, at_a_look)
            add("while it asks", STAYS, after_the_question)
            add("after the version", STAYS, after_the_version, PLAIN)
            add("after the version, before the default", STAYS, after_the_version, NEW_DEFAULT)
            add("retried at once, same host", RETRIED, retried_at_once, False)
            add("retried at once, another host", RETRIED, retried_at_once, True)
            add("retried before a hand-back is refused", RETRIED, retried_before_the_refusal)
            add("retried after it was undone", "the retry makes all anew", retried_after_undoing)
            add("it may not ask", STAYS, may_not_ask)
            add("while it lies in the queue", "its image stays, a retry adopts it",
                while_it_lies_in_the_queue)
            cases.append(sweeps.Case("a hand-back is refused", UNDONE, ("look", switches),
                                     functools.partial(at_a_look, switches, HANDED_BACK)))
        goes_on = "goes on: " + recipes.MADE
        cases.append(case("not abandoned, but it may not ask", goes_on,
                          may_not_ask_and_need_not, []))
        for fault in ({"effect": "error", "status": 500}, {"effect": "throttle"},
                      {"effect": "garbage"}, {"effect": "reset-after"}, {"effect": "empty"}):
            cases.append(case("not abandoned, asking fails", goes_on, is_not_answered,
                              {**fault, "times": 2}, []))
            if report.FULL:  # each takes two minutes
                cases.append(case("not abandoned, asking always fails", goes_on, is_not_answered,
                                  fault, []))
        sweeps.sweep(TABLE, sweeps.some(cases, 16))

    def test_it_is_killed_while_it_undoes(self):
        points = [(operation, number, when, hold)
                  for operation, number in (("ListActionExecutions", 1), ("DeregisterImage", 1),
                                            ("DeleteSnapshot", 1))
                  for when in kill_test.WHEN for hold in (HELD, HANDED_BACK)]
        sweeps.sweep(TABLE, [case("killed while it undoes", UNDONE, killed_while_undoing,
                                  *point, []) for point in sweeps.some(points, 6)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
