#!/usr/bin/python3
"""The agent as its operator sees it: many jobs, exit codes, wrong settings."""

import os
import subprocess
import unittest

from world import BIN, World, wait_for


class ManyJobs(unittest.TestCase):
    JOBS = 100

    def test_each_of_100_jobs_at_once_makes_one_image_and_one_version(self):
        with World() as world:
            world.set_up_group()
            world.set_up_action_type()
            for number in range(self.JOBS):
                world.set_up_pipeline(f"shop-{number}")
            agent = world.agent("--exit-after", str(self.JOBS))
            self.assertEqual(agent.wait(120), 0)
            images = {image["ImageId"]: image["Name"] for image in world.images()}
            self.assertEqual(len(images), self.JOBS)
            versions = world.versions()
            self.assertEqual(len(versions), self.JOBS + 1)
            made = [v["LaunchTemplateData"]["ImageId"] for v in versions if v["VersionNumber"] > 1]
            self.assertEqual(sorted(made), sorted(images))
            for number in range(self.JOBS):
                self.assertEqual(world.status(f"shop-{number}"), "Succeeded")
            final, _ = world.results()
            self.assertEqual(final, self.JOBS)


class WrongSettings(unittest.TestCase):
    CASES = {
        "missing group": ({"AutoScalingGroupName": "wbe"}, ["AutoScalingGroupName", "wbe"]),
        "unknown setting": ({"Options": '{"Imageing":"reboot"}'}, ["Imageing", "Imaging"]),
        "bad choice": ({"SetDefaultVersion": "yes"}, ["SetDefaultVersion", "yes", "true"]),
        "contradiction": ({"Imaging": "reboot", "Options": '{"Imaging":"no-reboot"}'},
                          ["Imaging", '"reboot"', '"no-reboot"']),
        "unknown template": ({"LaunchTemplateName": "wob"}, ["LaunchTemplateName", "wob"]),
    }

    def test_each_is_a_configuration_error_and_nothing_is_made(self):
        with World() as world:
            world.set_up_group()
            world.set_up_action_type()
            for number, (configuration, _) in enumerate(self.CASES.values()):
                world.set_up_pipeline(f"shop-{number}", configuration)
            world.agent()
            for number, (what, (_, parts)) in enumerate(self.CASES.items()):
                with self.subTest(what):
                    self.assertEqual(world.wait_until_over(f"shop-{number}"), "Failed")
                    error = world.action(f"shop-{number}")["errorDetails"]
                    self.assertEqual(error["code"], "ConfigurationError")
                    for part in parts:
                        self.assertIn(part, error["message"])
            self.assertEqual(world.images(), [])
            self.assertEqual(len(world.versions()), 1)


class CommandLine(unittest.TestCase):
    def run_agent(self, *arguments, **environment):
        return subprocess.run([os.path.join(BIN, "codepipeline-agent"), *arguments], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=20,
                              env={"AWS_EC2_METADATA_DISABLED": "true", **environment})

    def expect(self, code, part, *arguments, **environment):
        done = self.run_agent(*arguments, **environment)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertTrue(done.stderr.startswith("codepipeline-agent: "), done.stderr)
        self.assertIn(part, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_help_and_version_are_data(self):
        for arguments in (["--help"], ["run", "--help"], ["version"]):
            done = self.run_agent(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("codepipeline-agent", done.stdout)
            self.assertLessEqual(len(done.stdout.splitlines()), 60)

    def test_what_is_wrong_is_named_with_a_way_out(self):
        self.expect(64, "did you mean run?", "rnu")
        self.expect(64, "did you mean --region?", "run", "--regoin", "eu-west-1")
        self.expect(64, "20s", "run", "--hold", "5")
        self.expect(64, "above 0", "run", "--poll-interval", "0s")
        self.expect(78, "20s", "run", CODEPIPELINE_AGENT_HOLD="5")
        self.expect(78, "/nonexistent.conf", "run", CODEPIPELINE_AGENT_CONFIG="/nonexistent.conf")
        self.expect(78, "cannot read", "run", "--config", "/tmp")
        self.expect(64, "--output", "version", "--output", "json")
        self.expect(64, "whole number", "run", "--max-jobs", "0")
        self.expect(64, "--help")
        self.expect(78, "did you mean hold?", "run", CODEPIPELINE_AGENT_HOLT="5s")
        self.expect(78, "CreateImage", "run", "--action", "CreateImge", "--region", "eu-west-1")
        self.expect(78, "no region", "run")
        self.expect(78, "/nonexistent.conf", "run", "--config", "/nonexistent.conf")

    def test_a_configuration_file_is_understood_or_named(self):
        with World() as world:
            path = os.path.join(world.folder, "agent.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write("# comment\nhold = 5s\nregio = eu-west-1\n")
            self.expect(78, "did you mean region?", "run", "--config", path)
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"region = eu-west-1\nregion = us-east-1\nstate-dir = {world.folder}/s\n"
                           "exit-when-idle = 1s\n")
            self.expect(78, "exit-when-idle", "run", "--config", path)

    def test_a_second_agent_on_a_state_directory_names_the_first(self):
        with World() as world:
            first = world.agent()
            state = os.path.join(world.folder, "state")
            wait_for("the lock", lambda: "started" in first.output())
            self.expect(75, str(first.process.pid), "run", "--state-dir", state, "--region",
                        "eu-west-1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
