#!/usr/bin/python3
"""kill -9 of the real agent, before and after a request took effect: always one of everything."""

import unittest

from world import World, wait_for

# A fault that makes the local cloud sit on a request for long, so that the agent is surely killed
# while it waits: without carrying it out, or after having carried it out.
BEFORE = {"effect": "reset-before", "latency": "60s"}
AFTER = {"effect": "none", "latency": "60s"}
POINTS = ["AcknowledgeJob", "DescribeAutoScalingGroups", "CreateImage", "DescribeSnapshots",
          "CreateLaunchTemplateVersion", "PutJobSuccessResult"]


class Kill(unittest.TestCase):
    def kill_at(self, operation, fault, hold, other_host=False):
        with World() as world:
            world.set_up_group()
            world.set_up_action_type()
            world.control("POST", "faults", {"id": "kill", "operation": operation, "times": 1,
                                             **fault})
            world.set_up_pipeline()
            agent = world.agent("--hold", hold)
            wait_for(f"the first {operation}",
                     lambda: world.control("GET", "faults")["rules"][0]["applied"] == 1)
            agent.kill()
            state = "elsewhere" if other_host else "state"
            world.agent("--hold", hold, state=state)
            self.assertEqual(world.wait_until_over(), "Succeeded")
            self.expect_one_of_everything(world)

    def expect_one_of_everything(self, world):
        images = world.images()
        self.assertEqual(len(images), 1)
        versions = world.versions()
        self.assertEqual([v["VersionNumber"] for v in versions], [2, 1])
        self.assertEqual(versions[0]["LaunchTemplateData"]["ImageId"], images[0]["ImageId"])
        self.assertEqual(versions[0]["LaunchTemplateData"]["InstanceType"], "t3.micro")
        self.assertEqual(len(world.aws("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]),
                         1)
        final, _ = world.results()
        self.assertEqual(final, 1)

    def test_before_it_took_effect(self):
        for operation in POINTS:
            with self.subTest(operation=operation):
                self.kill_at(operation, BEFORE, "1h")

    def test_after_it_took_effect(self):
        for operation in POINTS:
            with self.subTest(operation=operation):
                self.kill_at(operation, AFTER, "1h")

    def test_while_jobs_are_handed_back(self):
        for operation in ("CreateImage", "PutJobSuccessResult"):
            for fault in (BEFORE, AFTER):
                with self.subTest(operation=operation, fault=fault["effect"]):
                    self.kill_at(operation, fault, "0s")

    def test_another_host_goes_on_with_what_was_handed_back(self):
        self.kill_at("PutJobSuccessResult", AFTER, "0s", other_host=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
