#!/usr/bin/python3
"""What services do when they are unwell, each kind for each service: a job goes through all the
same, or fails with the right type and leaves nothing behind.
"""

import time
import unittest

import sweeps
from effects import EFFECTS, ONCE_ONLY, PERHAPS, operations_of
from fire import (FULL, GOES_THROUGH, HANDED_BACK, HELD, NEW_DEFAULT, PLAIN, Case, expect,
                  expect_failure, go_through, leave, run_all)
from checks import check_nothing_made
from world import wait_for


class EachKindForEachService(unittest.TestCase):
    """The first exchanges of every operation of a service are spoilt in the same way: one more than
    a call has tries, so that what is above it sees the failure too. What is tried once sees it at
    once."""

    def rules(self, operations, effect):
        if effect.get("effect") == "throttle" and not FULL:
            tries = once = 1  # each takes seconds
        else:
            tries, once = 4, 2
        return [{"id": name, "operation": name, "times": once if name in ONCE_ONLY else tries,
                 **effect} for name in operations]

    def attempt(self, operations, effect):
        rules = go_through(self.rules(operations, effect), recipe=NEW_DEFAULT, hold=HANDED_BACK)
        for rule in rules:
            if rule["id"] not in PERHAPS:
                expect(f"{rule['id']} was spoilt", rule["applied"] > 0, True)

    def test_it_goes_through(self):
        services = operations_of(NEW_DEFAULT)
        cases = [Case(name, GOES_THROUGH, lambda o=operations, e=effect: self.attempt(o, e),
                      service)
                 for name, effect in EFFECTS.items() for service, operations in services.items()]
        run_all(self, "faults", cases)


class ForAWhile(unittest.TestCase):
    """A service that is down longer than calls are tried again, and comes back."""

    SECONDS = 180 if FULL else 4
    SERVICES = ["codepipeline", "autoscaling", "ec2"]
    KINDS = ["503", "throttled", "a proxy's page, 502", "an expired token"]

    def down(self, service, effect, begin_with):
        with sweeps.scene(PLAIN, ["image_time=1s"]) as world:
            # It begins when the job has come so far.
            world.fault({"id": "begin", "operation": begin_with, "times": 1},
                        {"id": "down", "service": service, "after": "begin", **effect})
            sweeps.start(world, HELD)
            wait_for("the fault", lambda: world.applied("down") > 0)
            time.sleep(self.SECONDS)
            world.end_faults()
            wait_for("the end", lambda: world.status() != "InProgress", 60 + 2 * self.SECONDS)
            sweeps.finish(world, PLAIN)
            return f"{self.SECONDS} s"

    def test_it_goes_through(self):
        begins = {"codepipeline": "CreateImage", "autoscaling": "AcknowledgeJob",
                  "ec2": "CreateImage"}
        cases = [Case(f"{service} down for a while: {name}", GOES_THROUGH,
                      lambda s=service, e=EFFECTS[name]: self.down(s, e, begins[s]))
                 for service in self.SERVICES for name in self.KINDS]
        mute = {"service": "ec2", "effect": "reset-after", "times": 25}
        cases.append(Case("ec2 acts and never answers, 25 times", GOES_THROUGH,
                          lambda: go_through([mute]) and None))
        run_all(self, "faults", cases)


class ForEver(unittest.TestCase):
    """What never goes well ends as a failure that says whose fault it is."""

    DENIED = ["autoscaling:DescribeAutoScalingGroups", "ec2:DescribeLaunchTemplateVersions",
              "ec2:DescribeInstances", "ec2:DescribeImages", "ec2:CreateImage",
              "ec2:CreateLaunchTemplateVersion"]

    def failed(self, world, kind, *parts):
        agent = sweeps.start(world, HELD)
        expect_failure(world, kind, *parts)
        world.control("DELETE", "deny")
        world.end_faults()
        leave(agent)

    def deny(self, world, *actions):
        world.control("POST", "deny", [{"principal": "*", "action": one} for one in actions])

    def denied(self, action):
        with sweeps.scene(NEW_DEFAULT) as world:
            self.deny(world, action)
            self.failed(world, "PermissionError", action, "allow")
            check_nothing_made(world)

    def default_denied(self):
        with sweeps.scene(NEW_DEFAULT) as world:
            self.deny(world, "ec2:ModifyLaunchTemplate")
            self.failed(world, "PermissionError", "ec2:ModifyLaunchTemplate")
            (image,) = world.images()
            versions = world.versions()
            expect("versions", [one["VersionNumber"] for one in versions], [2, 1])
            expect("its image", versions[0]["LaunchTemplateData"]["ImageId"], image["ImageId"])

    def undoing_denied(self):
        with sweeps.scene(PLAIN) as world:
            self.deny(world, "ec2:CreateLaunchTemplateVersion", "ec2:DeregisterImage")
            self.failed(world, "PermissionError", "ec2:CreateLaunchTemplateVersion", "Left behind",
                        "ec2:DeregisterImage")
            (image,) = world.images()
            expect("it is named", image["ImageId"] in world.action()["errorDetails"]["message"],
                   True)

    def progress_denied(self):
        with sweeps.scene(PLAIN) as world:
            self.deny(world, "ec2:DescribeSnapshots")
            sweeps.start(world, HELD)
            sweeps.same_end(world, PLAIN)
            world.control("DELETE", "deny")
            sweeps.finish(world, PLAIN)

    def refused(self, rule, kind, *parts):
        with sweeps.scene(PLAIN) as world:
            world.fault(rule)
            self.failed(world, kind, *parts)
            check_nothing_made(world)

    def images_fail(self):
        with sweeps.scene(PLAIN, ["images_fail=true"]) as world:
            self.failed(world, "JobFailed", "ami-", "failed")
            check_nothing_made(world)

    def test_it_fails_with_the_right_type_and_leaves_nothing(self):
        quota = {"operation": "CreateImage", "status": 400, "code": "SnapshotLimitExceeded",
                 "message": "The quota of snapshots is full."}
        wrong = {"operation": "CreateLaunchTemplateVersion", "status": 400,
                 "code": "InvalidParameterValue", "message": "That will not do."}
        denied = "PermissionError that names it; nothing left"
        run_all(self, "faults", [
            *[Case(f"denied: {action}", denied, lambda a=action: self.denied(a))
              for action in self.DENIED],
            Case("denied: ec2:ModifyLaunchTemplate",
                 "PermissionError; the version and its image stay for the retry",
                 self.default_denied),
            Case("denied: the version, and undoing", "PermissionError that names what is left",
                 self.undoing_denied),
            Case("denied: ec2:DescribeSnapshots", "succeeds: progress is a kindness",
                 self.progress_denied),
            Case("a quota is full", "JobFailed with EC2's words; nothing left",
                 lambda: self.refused(quota, "JobFailed", quota["code"], quota["message"])),
            Case("a parameter is refused", "ConfigurationError with EC2's words; nothing left",
                 lambda: self.refused(wrong, "ConfigurationError", wrong["message"])),
            Case("the image fails", "JobFailed with EC2's reason; nothing left",
                 self.images_fail),
        ])


if __name__ == "__main__":
    unittest.main(verbosity=2)
