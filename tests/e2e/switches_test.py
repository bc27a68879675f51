#!/usr/bin/python3
"""Whatever the real CodePipeline turns out to do: every switch of the local cloud for what is not
known of it (tests/local_cloud/settings.h), in each of its settings, a job held and handed back.
"""

import itertools
import os
import unittest

import sweeps
from fire import (FULL, GOES_THROUGH, HANDED_BACK, HELD, PLAIN, Case, crowd, expect,
                  expect_failure, expect_one_of_everything, leave, run_all)
from checks import check_nothing_made
from world import wait_for

# What stands for the unknown, and other settings that a job must be able to live with.
SETTINGS = {
    "reoffer_after": ["200ms", "5s", "1h"],
    "continuation_delay": ["0s", "500ms", "3s"],
    "custom_action_timeout": ["30s", "24h"],
    "timeout_per_job": ["true", "false"],
    "purge_after": ["0s", "200ms", "1h"],
    "acknowledge_again_is_refused": ["true", "false"],
    "result_without_acknowledge_is_refused": ["true", "false"],
    "abandoned_result_is_job_not_found": ["true", "false"],
    "keep_details_when_omitted": ["true", "false"],
    "execution_ids_in_context": ["true"],
    "poll_has_credentials_expiry": ["true", "false"],
    "nested_type_members": ["true", "false"],
    "explicit_nulls": ["true", "false"],
    "poll_batch_limit": ["1", "10"],
    "reboot_fails_health_check": ["true", "false"],
    "builtin_action_time": ["0s", "1s"],
}
SEED = int(os.environ.get("AGENT_FIRE_SEED", "1"))  # turns what is a sample
REBOOTS = {"Imaging": "reboot"}

# A world for which the recipe's check does not hold, as its instances are replaced.
REPLACED = "goes through: one image, one version, one result; the group replaces the instance"


def lost(operation):
    """An answer is lost on the way, so that it is asked again: what some switches are about."""
    return {"operation": operation, "times": 1, "effect": "reset-after"}


class EachSetting(unittest.TestCase):
    def attempt(self, name, value, hold):
        with sweeps.scene(PLAIN, [*sweeps.SWEEP_PACE, f"{name}={value}"]) as world:
            world.fault(lost("AcknowledgeJob"), lost("PutJobSuccessResult"))
            agent = sweeps.start(world, hold)
            sweeps.finish(world, PLAIN)
            if hold == HANDED_BACK:
                expect("it was handed back", world.results()[1] > 0, True)
            expect("no job broke off", "broke off" in agent.output(), False)

    def rebooted(self, value, hold):
        settings = [*sweeps.SWEEP_PACE, f"reboot_fails_health_check={value}"]
        with crowd(["shop"], settings, REBOOTS) as world:
            before = {one["InstanceId"] for one in world.group()["Instances"]}
            agent = sweeps.start(world, hold)
            sweeps.same_end(world, PLAIN)
            wait_for("an empty state", lambda: not sweeps.jobs_in(agent.state))
            leave(agent)
            expect_one_of_everything(world, ["shop"])
            replaced = wait_for("the group", lambda: world.group()["Instances"])
            if value == "false":
                expect("instances", {one["InstanceId"] for one in replaced}, before)

    def invisible(self, value, hold):
        """What was made is not shown for so long; a third instance is in service but not shown."""
        with crowd(["shop"], sweeps.SWEEP_PACE) as world:
            world.set(visibility_lag=value)
            group = world.aws("autoscaling")
            group.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
            wait_for("the third instance", lambda: [
                one["LifecycleState"] for one in world.group()["Instances"]] == ["InService"] * 3)
            agent = sweeps.start(world, hold)
            sweeps.same_end(world, PLAIN)
            wait_for("an empty state", lambda: not sweeps.jobs_in(agent.state))
            leave(agent)
            wait_for("the image's snapshot", lambda: world.images())
            expect_one_of_everything(world, ["shop"])

    def without_ids(self, hold):
        """Executions cannot be told apart without their ids."""
        with sweeps.scene(PLAIN, ["execution_ids_in_context=false"]) as world:
            agent = sweeps.start(world, hold)
            expect_failure(world, "JobFailed", "execution", "Nothing was done")
            check_nothing_made(world)
            leave(agent)

    def test_a_job_lives_with_it(self):
        cases = [Case(f"{name}={value}", GOES_THROUGH,
                      lambda n=name, v=value, h=hold: self.attempt(n, v, h), f"hold {hold}")
                 for name, values in SETTINGS.items() for value in values
                 for hold in (HELD, HANDED_BACK)]
        cases += [Case(f"reboot_fails_health_check={value}, Imaging=reboot", REPLACED
                       if value == "true" else GOES_THROUGH,
                       lambda v=value, h=hold: self.rebooted(v, h), f"hold {hold}")
                  for value in ("true", "false") for hold in (HELD, HANDED_BACK)]
        cases += [Case(f"visibility_lag={value}", GOES_THROUGH,
                       lambda v=value, h=hold: self.invisible(v, h), f"hold {hold}")
                  for value in ("0s", "300ms", "3s") for hold in (HELD, HANDED_BACK)]
        cases += [Case("execution_ids_in_context=false",
                       "JobFailed that says so: work could not be told apart; nothing made",
                       lambda h=hold: self.without_ids(h), f"hold {hold}")
                  for hold in (HELD, HANDED_BACK)]
        # Of two that differ in `hold` alone one is enough when it has to be quick.
        run_all(self, "switches", cases if FULL else
                [pair[(place + SEED) % 2] for place, pair in
                 enumerate(zip(cases[::2], cases[1::2]))])


class Together(unittest.TestCase):
    """Switches that touch one another: all their combinations."""

    TOUCHING = ["timeout_per_job", "acknowledge_again_is_refused",
                "result_without_acknowledge_is_refused", "abandoned_result_is_job_not_found",
                "keep_details_when_omitted", "explicit_nulls", "nested_type_members"]

    def attempt(self, values, hold):
        settings = [f"{name}={value}" for name, value in zip(self.TOUCHING, values)]
        settings += ["reoffer_after=300ms", "purge_after=0s", "poll_batch_limit=1"]
        with sweeps.scene(PLAIN, [*sweeps.SWEEP_PACE, *settings]) as world:
            world.fault(lost("AcknowledgeJob"), lost("PutJobSuccessResult"), lost("CreateImage"))
            sweeps.start(world, hold)
            sweeps.finish(world, PLAIN)

    def test_a_job_lives_with_all_of_them(self):
        combinations = itertools.product(("true", "false"), repeat=len(self.TOUCHING))
        cases = [Case("combinations of seven switches", GOES_THROUGH,
                      lambda v=values, h=hold: self.attempt(v, h), f"{values}, hold {hold}")
                 for values in combinations for hold in (HELD, HANDED_BACK)]
        run_all(self, "switches", cases if FULL else sweeps.some(cases, 8))


if __name__ == "__main__":
    unittest.main(verbosity=2)
