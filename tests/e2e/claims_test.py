#!/usr/bin/python3
"""What CodePipeline may answer to claims and results, or not answer: a job that may not be ours is
left alone, one that is ours ends in one result.
"""

import json
import unittest

import sweeps
from effects import EFFECTS
from fire import (FULL, GOES_THROUGH, HANDED_BACK, HELD, PLAIN, Case, expect, expect_failure,
                  go_through, leave, run_all)
from checks import check_image, check_nothing_made
from world import wait_for


def working(world):
    """What the agent sent to do the action's work."""
    return [one for one in sweeps.sent(world) if one["service"] in ("ec2", "autoscaling")]


def results_sent(world):
    return [one for one in sweeps.sent(world) if one["operation"].startswith("PutJob")]


def denials(world):
    return [one for one in world.requests() if one["error"] == "AccessDeniedException"]


def answered(status):
    """AcknowledgeJob answers with that status and does nothing."""
    return {"operation": "AcknowledgeJob", "effect": "garbage", "takes_effect": False,
            "body": json.dumps({"status": status})}


class Claims(unittest.TestCase):
    STATUSES = ["TimedOut", "Succeeded", "Failed", "Queued", "Dispatched", "Created", "Abandoned",
                "NeverHeardOf"]
    ENOUGH = 3  # offers

    @staticmethod
    def times(kind, kinds):
        """How often in a row an answer is lost: more than once takes seconds."""
        return (1, 3) if FULL or kind == kinds[0] else (1,)

    def another_status(self, status):
        """As long as it is answered nothing is done; then the job is offered again."""
        with sweeps.scene(PLAIN, ["reoffer_after=300ms"]) as world:
            world.fault({"id": "status", **answered(status)})
            sweeps.start(world, HELD)
            wait_for("some offers", lambda: world.applied("status") >= self.ENOUGH)
            expect("work", working(world), [])
            expect("results", results_sent(world), [])
            world.end_faults()
            sweeps.finish(world, PLAIN)

    def lost(self, effect, times, again_is_refused):
        """The answer is lost; what its repeat is answered depends on the setting."""
        settings = [f"acknowledge_again_is_refused={again_is_refused}", "reoffer_after=30s"]
        rules = go_through([{"id": "lost", "operation": "AcknowledgeJob", "times": times,
                             "takes_effect": True, **effect}], settings)
        expect("lost answers", rules[0]["applied"], times)

    def not_carried_out(self, effect):
        go_through([{"operation": "AcknowledgeJob", "times": 2, **effect}], ["reoffer_after=30s"])

    def offered_twice(self, hold):
        """The job is offered again, with another nonce, while its claim is under way."""
        slow = {"operation": "AcknowledgeJob", "times": 2, "effect": "reset-before",
                "latency": "700ms"}
        go_through([{"id": "slow", **slow}], ["reoffer_after=200ms"], hold=hold)

    def test_the_status_of_a_claim(self):
        run_all(self, "faults", [
            Case(f"AcknowledgeJob says {status}", "dropped, no result; done when offered again",
                 lambda s=status: self.another_status(s)) for status in self.STATUSES])

    def test_lost_answers_to_claims(self):
        kinds = ["a reset after it was done", "500 although it was done", "a truncated body",
                 "a wrong content length", "garbage", "an empty body, 200",
                 "a proxy's page, 504, although it was done"]
        cases = [Case(f"AcknowledgeJob's answer is lost, its repeat is {what}", GOES_THROUGH,
                      lambda e=EFFECTS[kind], t=times, r=refused: self.lost(e, t, r),
                      f"{kind} x {times}")
                 for kind in kinds for times in self.times(kind, kinds)
                 for what, refused in (("refused", "true"), ("InProgress", "false"))]
        cases += [Case("AcknowledgeJob is not carried out", "asked again; " + GOES_THROUGH,
                       lambda e=EFFECTS[kind]: self.not_carried_out(e), kind)
                  for kind in ("throttled", "500", "503", "a proxy's page, 502",
                               "a proxy's page, 403", "a reset before it was done")]
        cases += [Case("offered twice while the claim is slow", GOES_THROUGH,
                       lambda h=hold: self.offered_twice(h), hold)
                  for hold in (HELD, HANDED_BACK)]
        run_all(self, "faults", cases)

    @unittest.skipUnless(FULL, "takes half a minute")
    def test_answers_to_claims_that_are_lost_for_long(self):
        late = {"effect": "reset-after", "latency": "25s"}
        run_all(self, "faults", [
            Case("AcknowledgeJob's answer is lost after 25 s, its repeat is InProgress",
                 GOES_THROUGH, lambda: self.lost(late, 1, "false")),
            Case("AcknowledgeJob's answer is lost after 25 s, its repeat is refused",
                 "dropped: it may be somebody else's by now", self.too_late)])

    def too_late(self):
        with sweeps.scene(PLAIN, ["reoffer_after=60s"]) as world:
            world.fault({"operation": "AcknowledgeJob", "effect": "reset-after", "times": 1,
                         "latency": "25s"})
            agent = sweeps.start(world, HELD)
            wait_for("the decision", lambda: "not ours" in agent.output())
            expect("work", working(world), [])
            leave(agent)


class Results(unittest.TestCase):
    """CodePipeline does not take a result."""

    VALIDATION = {"effect": "error", "status": 400, "code": "ValidationException",
                  "message": "1 validation error detected"}
    TOO_LONG = {"effect": "error", "status": 400, "code": "OutputVariablesSizeExceededException",
                "message": "The variables are too long"}

    def without_details(self):
        """Refused once: said again without what is not needed."""
        with sweeps.scene(PLAIN) as world:
            world.fault({"operation": "PutJobSuccessResult", "times": 1, **self.VALIDATION})
            agent = sweeps.start(world, HELD)
            sweeps.same_end(world, PLAIN)
            leave(agent)
            check_image(world)
            refused, taken = world.requests(operation="PutJobSuccessResult")
            expect("details at first", "executionDetails" in refused["params"], True)
            expect("details then", "executionDetails" in taken["params"], False)
            expect("variables", taken["params"]["outputVariables"],
                   refused["params"]["outputVariables"])

    def refused(self, rule, *parts):
        """Refused for good: the action fails and says so. What it made is there for a retry."""
        with sweeps.scene(PLAIN) as world:
            world.fault({"operation": "PutJobSuccessResult", **rule})
            agent = sweeps.start(world, HELD)
            expect_failure(world, "JobFailed", "refused the action's result", *parts)
            leave(agent)
            check_image(world)

    def nothing_is_taken(self):
        """Even a failure is refused: the job is dropped, and nobody is asked for ever."""
        with sweeps.scene(PLAIN) as world:
            world.fault({"operation": "PutJob*", **self.VALIDATION})
            agent = sweeps.start(world, HELD)
            wait_for("the last try", lambda: world.requests(operation="PutJobFailureResult"))
            wait_for("an empty state", lambda: not sweeps.jobs_in(agent.state))
            tried = len(results_sent(world))
            expect(f"tries are few: {tried}", 2 <= tried <= 4, True)
            leave(agent)
            expect("no more tries", len(results_sent(world)), tried)
            return f"{tried} tries"

    def denied_for_a_while(self, action, hold):
        with sweeps.scene(PLAIN) as world:
            world.control("POST", "deny", {"principal": "*", "action": f"codepipeline:{action}"})
            sweeps.start(world, hold)
            wait_for("some denials", lambda: len(denials(world)) >= 3)
            if action != "PutJob*":
                expect("nothing is done before it is allowed", working(world), [])
            world.control("DELETE", "deny")
            sweeps.finish(world, PLAIN)

    def kept_for_the_next_start(self):
        """Denied all along: the result stays on disk, the next start reports it."""
        with sweeps.scene(PLAIN) as world:
            world.control("POST", "deny", {"principal": "*", "action": "codepipeline:PutJob*"})
            agent = sweeps.start(world, HELD)
            wait_for("a denial", lambda: world.requests(operation="PutJobSuccessResult"))
            expect("the exit code", agent.stop(), 0)
            expect("it says what is left", "jobs-left-for-the-next-start=1" in agent.output(), True)
            world.control("DELETE", "deny")
            begun = len(working(world))
            sweeps.start(world, HELD)
            wait_for("the result", lambda: world.results()[0])
            expect("work of the second start", len(working(world)) - begun, 0)
            sweeps.finish(world, PLAIN)

    def lost(self, effect, times):
        go_through([{"operation": "PutJobSuccessResult", "times": times, **effect}])

    def failures_lost(self, effect, times):
        with sweeps.scene(PLAIN, ["images_fail=true"]) as world:
            world.fault({"operation": "PutJobFailureResult", "times": times, **effect})
            agent = sweeps.start(world, HELD)
            expect_failure(world, "JobFailed", "ami-")
            wait_for("an empty state", lambda: not sweeps.jobs_in(agent.state))
            leave(agent)
            check_nothing_made(world)

    def test_refused_results(self):
        run_all(self, "faults", [
            Case("a result is refused once: ValidationException",
                 "said again without details; succeeds", self.without_details),
            Case("a result is refused: ValidationException",
                 "JobFailed that says so; the image stays for the retry",
                 lambda: self.refused(self.VALIDATION, self.VALIDATION["message"])),
            Case("a result is refused: OutputVariablesSizeExceededException",
                 "JobFailed that says so; the image stays for the retry",
                 lambda: self.refused(self.TOO_LONG, self.TOO_LONG["message"])),
            Case("every result is refused", "dropped after a few tries", self.nothing_is_taken),
            Case("results denied for a while", "kept and reported; " + GOES_THROUGH,
                 lambda: self.denied_for_a_while("PutJob*", HELD), "held"),
            Case("results denied for a while", "kept and reported; " + GOES_THROUGH,
                 lambda: self.denied_for_a_while("PutJob*", HANDED_BACK), "handed back"),
            Case("claims denied for a while", "nothing is done before; " + GOES_THROUGH,
                 lambda: self.denied_for_a_while("AcknowledgeJob", HELD)),
            Case("polls denied for a while", "nothing is done before; " + GOES_THROUGH,
                 lambda: self.denied_for_a_while("PollForJobs", HELD)),
            Case("results denied until the next start", "reported then, nothing is done again",
                 self.kept_for_the_next_start)])

    def test_lost_answers_to_results(self):
        kinds = ["a reset after it was done", "500 although it was done", "a truncated body",
                 "garbage", "a proxy's page, 504, although it was done", "a proxy's page, 200"]
        cases = [Case(f"the answer to {what} is lost", expected,
                      lambda r=run, e=EFFECTS[kind], t=times: r(e, t), f"{kind} x {times}")
                 for kind in kinds for times in Claims.times(kind, kinds)
                 for what, run, expected in
                 (("a success", self.lost, GOES_THROUGH),
                  ("a failure", self.failures_lost, "JobFailed, once; nothing left"))]
        run_all(self, "faults", cases)


if __name__ == "__main__":
    unittest.main(verbosity=2)
