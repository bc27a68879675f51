#!/usr/bin/python3
"""Several regions: one agent that polls all of them, work that is done in another region than the
pipeline's, and copies in others. What one region does is not the other's trouble.
"""

import contextlib
import json
import time
import unittest

import checks
import sweeps
from cases import QUICK
from report import FULL
from router import Router
from world import World, wait_for

HERE, THERE, WEST = "eu-west-1", "us-east-1", "us-west-2"
BOTH = ("--region", HERE, "--region", THERE, "--wait-interval", "100ms")


def is_agents(request):
    return "codepipeline-agent/" in request["request"]["headers"].get("User-Agent", "")


def of_agent(world, **query):
    return [one for one in world.requests(**query) if is_agents(one)]


def regions_of(world, *services):
    """Where the agent asked them."""
    return {one["region"] for one in of_agent(world) if one["service"] in services}


def results_in(world, region):
    return [one["operation"] for one in of_agent(world, service="codepipeline")
            if one["region"] == region and one["operation"].startswith("PutJob")]


class Regions(unittest.TestCase):
    def world(self, *settings):
        """(world, the same in the other region)"""
        world = self.enterContext(World([*QUICK, *settings]))
        return world, world.elsewhere(THERE)

    def set_up(self, *places, pipelines=("shop",), configuration=None):
        for place in places:
            place.set_up_group()
            place.set_up_action_type()
            for name in pipelines:
                place.set_up_pipeline(name, configuration)

    def expect_one_each(self, place, names=("shop",)):
        """One image and one version for each pipeline, in its own region."""
        images = {one["ImageId"] for one in place.images()}
        self.assertEqual(len(images), len(names))
        self.assertEqual(len(place.versions()), len(names) + 1)
        for name in names:
            self.assertEqual(place.status(name), "Succeeded", f"{name} in {place.region}")
            outputs = place.outputs(name)
            self.assertEqual(outputs["Region"], place.region)
            self.assertIn(outputs["ImageId"], images)

    def fails(self, place, kind, *parts, seconds=60):
        self.assertEqual(place.wait_until_over(seconds=seconds), "Failed")
        error = place.action()["errorDetails"]
        self.assertEqual(error["code"], kind, error["message"])
        for part in parts:
            self.assertIn(part, error["message"])
        return error["message"]


class SideBySide(Regions):
    """Pipelines in two regions, one agent."""

    def test_one_agent_does_jobs_of_both_regions_at_the_same_time(self):
        here, there = self.world("image_time=2s")
        names = ("shop", "inn", "mill")
        self.set_up(here, there, pipelines=names)
        self.assertEqual(here.agent(*BOTH, "--exit-after", "6").wait(), 0)
        for place in (here, there):
            self.expect_one_each(place, names)
        requests = of_agent(here)
        claims = [one["region"] for one in requests if one["operation"] == "AcknowledgeJob"]
        self.assertEqual(sorted(claims), [HERE] * 3 + [THERE] * 3)
        first_result = min(one["sequence"] for one in requests if one["operation"].startswith(
            "PutJob"))
        begun = {one["region"] for one in requests
                 if one["operation"] == "CreateImage" and one["sequence"] < first_result}
        self.assertEqual(begun, {HERE, THERE})

    def goes_on_here(self, trouble):
        """Jobs here are done as ever while the other region is in trouble; when that is over, so
        is the one there. Returns what the agent said meanwhile."""
        here, there = self.world()
        self.set_up(here, there)
        trouble(here)
        agent = here.agent(*BOTH)
        for name in ("shop", "inn", "mill"):
            if name != "shop":
                here.set_up_pipeline(name)
            self.assertEqual(here.wait_until_over(name, 15), "Succeeded")
        again = [one["request"]["headers"]["amz-sdk-request"] for one in of_agent(here)
                 if one["region"] == HERE]
        self.assertEqual({one.split(";")[0] for one in again}, {"attempt=1"})
        self.assertEqual(results_in(here, THERE), [])
        said = agent.output()
        here.set(disabled_regions="")
        here.end_faults()
        self.assertEqual(there.wait_until_over(seconds=90), "Succeeded")
        self.expect_one_each(there)
        self.expect_one_each(here, ("shop", "inn", "mill"))
        wait_for("an empty state", lambda: not sweeps.jobs_in(f"{here.folder}/state"))
        self.assertEqual(agent.stop(), 0)
        return said

    def test_a_region_that_throttles_everything_slows_the_other_one_not(self):
        self.goes_on_here(lambda world: world.fault({"region": THERE, "effect": "throttle"}))

    def test_a_region_whose_EC2_throttles_in_the_middle_slows_the_other_one_not(self):
        self.goes_on_here(lambda world: world.fault(
            {"region": THERE, "service": "ec2", "effect": "throttle"}))

    def test_a_region_that_is_down_keeps_the_other_one_from_nothing(self):
        said = self.goes_on_here(lambda world: world.fault(
            {"region": THERE, "effect": "reset-before"}))
        self.assertIn(THERE, said)

    def test_a_region_that_hangs_keeps_the_other_one_from_nothing(self):
        self.goes_on_here(lambda world: world.fault(
            {"id": "hangs", "region": THERE, "effect": "reset-before", "latency": "4s"}))

    def test_a_region_that_the_account_has_not_opted_in_to_is_named_and_the_other_one_served(self):
        said = self.goes_on_here(lambda world: world.set(disabled_regions=THERE))
        warnings = [line for line in said.splitlines() if THERE in line and (
            " warning " in line or " error " in line)]
        self.assertTrue(warnings, said)

    def test_it_leaves_in_time_while_a_region_hangs(self):
        here, there = self.world()
        self.set_up(here, there)
        here.fault({"id": "hangs", "region": THERE, "effect": "reset-before", "latency": "60s"})
        agent = here.agent(*BOTH)
        wait_for("a request that hangs", lambda: here.applied("hangs"))
        begin = time.monotonic()
        self.assertEqual(agent.stop(), 0)
        self.assertLess(time.monotonic() - begin, 6)


class Elsewhere(Regions):
    """The pipeline is here, all else in another region."""

    def run_elsewhere(self, configuration=None):
        here, there = self.world()
        there.set_up_group()
        here.set_up_action_type()
        here.set_up_pipeline("shop", {"Region": THERE, **(configuration or {})}, outputs=["Made"])
        agent = here.agent("--wait-interval", "100ms")
        return here, there, agent

    def test_the_work_is_done_in_the_region_of_the_setting(self):
        here, there, _ = self.run_elsewhere()
        self.assertEqual(here.wait_until_over(), "Succeeded", here.action())
        self.assertEqual(here.images(), [])
        self.assertEqual(checks.snapshots(here), [])
        image = checks.check_image(here, THERE)
        checks.check_versions(here, image, 1, THERE)
        outputs = here.outputs()
        self.assertEqual((outputs["Region"], outputs["ImageId"]), (THERE, image["ImageId"]))
        self.assertEqual(regions_of(here, "ec2", "autoscaling"), {THERE})
        self.assertEqual(regions_of(here, "codepipeline", "s3"), {HERE})
        self.assertEqual(len(there.images()), 1)

    def test_a_roll_out_and_a_copy_back_are_done_from_there(self):
        here, there, _ = self.run_elsewhere({
            "Rollout": "refresh", "CopyToRegions": HERE,
            "Options": json.dumps({"InstanceWarmup": 0})})
        self.assertEqual(here.wait_until_over(), "Succeeded", here.action())
        group = checks.wait_until_settled(there)
        self.assertEqual([one["LaunchTemplate"]["Version"] for one in group["Instances"]],
                         ["2", "2"])
        copy = checks.check_image(here, HERE)
        self.assertEqual(here.outputs()["CopiedImages"], f"{HERE}={copy['ImageId']}")

    def test_what_is_no_region_is_a_ConfigurationError(self):
        here, _ = self.world()
        self.set_up(here, configuration={"Region": "Ireland"})
        here.agent()
        self.fails(here, "ConfigurationError", "Region", "Ireland", "eu-west-1")
        self.assertEqual(here.images(), [])

    def test_a_region_that_the_account_has_not_opted_in_to_is_named(self):
        here, _ = self.world(f"disabled_regions={THERE}")
        self.set_up(here, configuration={"Region": THERE})
        here.agent()
        self.fails(here, "PermissionError", THERE)
        self.assertEqual(here.images(), [])

    def test_a_group_that_is_only_in_the_pipelines_region_is_a_ConfigurationError(self):
        here, _ = self.world()
        self.set_up(here, configuration={"Region": THERE})
        here.agent()
        self.fails(here, "ConfigurationError", "AutoScalingGroupName", "web", THERE)
        self.assertEqual(here.images(), [])


class Copies(Regions):
    """A destination of CopyToRegions that does not want it."""

    def expect_nothing(self, world):
        for region in (HERE, WEST):
            self.assertEqual(checks.images(world, region), [], region)
            self.assertEqual(checks.snapshots(world, region), [], region)
        self.assertEqual(len(world.versions()), 1)

    def set_up_copied(self, *settings, **more):
        here, _ = self.world(*settings)
        self.set_up(here, configuration={"CopyToRegions": WEST, **more})
        return here

    def test_one_that_is_denied_is_a_PermissionError_that_names_it(self):
        here = self.set_up_copied()
        here.control("POST", "deny", {"principal": "*", "action": "ec2:CopyImage"})
        here.agent()
        message = self.fails(here, "PermissionError", "ec2:CopyImage", WEST)
        self.assertNotIn("Left behind", message)
        self.expect_nothing(here)

    def test_one_that_the_account_has_not_opted_in_to_is_named(self):
        here = self.set_up_copied(f"disabled_regions={WEST}")
        here.agent()
        self.fails(here, "PermissionError", WEST)
        here.set(disabled_regions="")
        self.expect_nothing(here)

    def test_one_that_is_down_for_a_while_is_waited_for(self):
        here = self.set_up_copied()
        here.fault({"id": "down", "region": WEST, "effect": "reset-before"})
        here.agent()
        wait_for("the copy", lambda: here.applied("down") > 3)
        time.sleep(1)
        self.assertEqual(here.status(), "InProgress")
        here.end_faults()
        self.assertEqual(here.wait_until_over(), "Succeeded")
        copy = checks.check_image(here, WEST)
        self.assertEqual(here.outputs()["CopiedImages"], f"{WEST}={copy['ImageId']}")

    @unittest.skipUnless(FULL, "takes more than a minute")
    def test_one_that_stays_down_fails_at_the_deadline_and_is_named(self):
        here = self.set_up_copied(Options=json.dumps({"TimeoutMinutes": 1}))
        here.fault({"id": "down", "region": WEST, "effect": "reset-before"})
        here.agent()
        self.fails(here, "JobFailed", "TimeoutMinutes", f"DescribeImages in {WEST}", seconds=300)
        self.assertEqual(here.images(), [])
        self.assertEqual(len(here.versions()), 1)


class Clocks(Regions):
    """Each region is a cloud of its own whose clock is off by hours, each in another direction."""

    SKEW = {HERE: "3h", THERE: "-2h"}
    REFUSED = ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed",
               "AuthFailure", "RequestExpired")

    @contextlib.contextmanager
    def skewed(self, worlds):
        """The user's own requests are signed by the right time: not while this lasts."""
        for region, world in worlds.items():
            world.set(caller_clock_offset=self.SKEW[region])
        yield
        for world in worlds.values():
            world.set(caller_clock_offset="0s")

    def test_each_region_is_spoken_to_by_its_own_clock(self):
        worlds = {HERE: self.enterContext(World(QUICK)),
                  THERE: self.enterContext(World(QUICK)).elsewhere(THERE)}
        router = self.enterContext(Router({region: one.url for region, one in worlds.items()}))
        self.set_up(*worlds.values(), pipelines=("shop", "inn"))
        worlds[HERE].agent_url = router.url
        with self.skewed(worlds):
            self.assertEqual(worlds[HERE].agent(*BOTH, "--exit-after", "4").wait(), 0)
        for region, world in worlds.items():
            self.expect_one_each(world, ("shop", "inn"))
            refused = {}
            for one in of_agent(world):
                self.assertEqual(one["region"], region)
                if one["error"] in self.REFUSED:
                    refused.setdefault(one["service"], []).append(one["error"])
            # Two jobs may meet with it at once; what was learnt is not asked for again.
            self.assertEqual(set(refused), {"codepipeline", "autoscaling", "ec2"}, region)
            for service, errors in refused.items():
                self.assertLessEqual(len(errors), 2, (region, service, errors))


if __name__ == "__main__":
    unittest.main(verbosity=2)
