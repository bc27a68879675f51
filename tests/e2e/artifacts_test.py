#!/usr/bin/python3
"""Artifacts through the running agent: ConfigFile out of what a source has put into the artifact
bucket, the output artifact into it, and everything that can be wrong with either.

The artifact bucket has CodePipeline's default policy, and a job's credentials are good for that
bucket alone and for a short time.
"""

import io
import json
import os
import tarfile
import unittest
import zipfile

from archives import link, tarred, zipped
from cases import QUICK
from world import World, wait_for

FILE = {"Options": json.dumps({"ConfigFile": "conf/image.json"})}
SETTINGS = json.dumps({"ImageName": "of-a-file-{execution}", "Tags": ["team=shop"]}).encode()
NOISE = os.urandom(4_000_000)


class Artifacts(unittest.TestCase):
    def world(self, *settings):
        world = self.enterContext(World([*QUICK, *settings]))
        world.set_up_group()
        world.set_up_action_type()
        return world

    def fails(self, world, name, kind, *parts):
        self.assertEqual(world.wait_until_over(name), "Failed", name)
        error = world.action(name)["errorDetails"]
        self.assertEqual(error["code"], kind, error["message"])
        for part in parts:
            self.assertIn(part, error["message"], name)

    def output(self, world, name):
        """The files of the output artifact, as Python reads them."""
        bucket, key = world.artifacts(name)["Made"]
        answer = world.aws("s3").get_object(Bucket=bucket, Key=key)
        self.assertEqual(answer["ServerSideEncryption"], "aws:kms")
        with zipfile.ZipFile(io.BytesIO(answer["Body"].read())) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.namelist(), ["image.json"])
            return json.loads(archive.read("image.json"))

    def test_a_file_is_read_from_every_kind_of_archive_and_the_output_is_a_zip(self):
        world = self.world()
        files = {"readme": b"x", "conf/image.json": SETTINGS, "more": NOISE}
        kinds = {"zip": zipped(files), "tar": tarred(files), "tgz": tarred(files, "w:gz")}
        for name, release in kinds.items():
            world.set_up_pipeline(name, FILE, release, ["Made"])
        agent = world.agent("--exit-after", str(len(kinds)), "--hold", "0s")
        self.assertEqual(agent.wait(), 0)
        for name in kinds:
            self.assertEqual(world.status(name), "Succeeded", name)
            self.assertEqual(self.output(world, name), world.outputs(name), name)
        for image in world.images():
            self.assertTrue(image["Name"].startswith("of-a-file-"), image)
            self.assertIn({"Key": "team", "Value": "shop"}, image["Tags"])
        # Nothing but artifacts was asked of S3, and by their own credentials.
        for one in world.requests(service="s3"):
            if "codepipeline-agent/" in one["request"]["headers"].get("User-Agent", ""):
                self.assertIn(one["operation"], ("GetObject", "PutObject"))
                self.assertTrue(one["access_key"].startswith("ASIA"), one["access_key"])

    SPOILT = {
        "no-file": (zipped({"a": b"x"}), "no file of that name"),
        "empty": (b"", "is empty"),
        "no-archive": (b"hello", "cannot be read"),
        "half-a-zip": (zipped({"conf/image.json": SETTINGS, "b": NOISE})[:100_000], "cannot be read"),
        "spoilt-zip": (zipped({"conf/image.json": SETTINGS * 9}).replace(b"\x00\x00\x08", b"abc"),
                       "cannot be read"),
        "half-a-tgz": (tarred({"b": NOISE, "conf/image.json": SETTINGS}, "w:gz")[:100_000],
                       "cannot be read"),
        "bomb": (zipped({"conf/image.json": b" " * 50_000_000}), "more than 1048576 bytes"),
        "tgz-bomb": (tarred({"a": b" " * 300_000_000, "conf/image.json": SETTINGS}, "w:gz"),
                     "unpacks to too much"),
        "link": (tarred({"l": link("conf/image.json", "/etc/passwd")}), "regular file"),
        "hard-link": (tarred({"l": link("conf/image.json", "/etc/passwd", tarfile.LNKTYPE)}),
                      "regular file"),
        "device": (tarred({"l": link("conf/image.json", "", tarfile.CHRTYPE)}), "regular file"),
        "outside": (tarred({"../conf/image.json": SETTINGS, "/conf/image.json": SETTINGS}),
                    "no file of that name"),
    }

    def test_what_is_wrong_with_an_archive_is_that_jobs_failure_and_says_so(self):
        world = self.world()
        for name, (release, _) in self.SPOILT.items():
            world.set_up_pipeline(name, FILE, release)
        world.set_up_pipeline("vanished", FILE, zipped({"conf/image.json": SETTINGS}))
        world.set_up_pipeline("no-json", FILE, zipped({"conf/image.json": b"{"}))
        world.set_up_pipeline("good", FILE, zipped({"conf/image.json": SETTINGS}), ["Made"])
        bucket, key = wait_for("the source", lambda: world.artifacts("vanished").get("App"))
        world.aws("s3").delete_object(Bucket=bucket, Key=key)
        world.agent()
        for name, (_, why) in self.SPOILT.items():
            self.fails(world, name, "RevisionUnavailable", "conf/image.json", "App", why)
        self.fails(world, "vanished", "RevisionUnavailable", "NoSuchKey", f"s3://{bucket}/{key}")
        self.fails(world, "no-json", "ConfigurationError", "conf/image.json", "JSON object")
        self.assertEqual(world.wait_until_over("good"), "Succeeded")
        self.assertEqual(len(world.images()), 1)

    def test_denied_is_told_and_made_good_by_a_retry(self):
        world = self.world()
        release = zipped({"conf/image.json": SETTINGS})
        world.control("POST", "deny", {"principal": "*:role/pipeline", "action": "s3:PutObject"})
        world.set_up_pipeline("upload", FILE, release, ["Made"])
        world.agent()
        self.fails(world, "upload", "PermissionError", "Made", "work of this action is done",
                   "s3:PutObject")
        world.control("POST", "deny", {"principal": "*:role/pipeline", "action": "s3:GetObject"})
        world.set_up_pipeline("read", FILE, release)
        self.fails(world, "read", "PermissionError", "conf/image.json", "s3:GetObject")
        world.control("DELETE", "deny")
        for name in ("upload", "read"):
            pages = world.aws("codepipeline").list_pipeline_executions(pipelineName=name)
            world.aws("codepipeline").retry_stage_execution(
                pipelineName=name, stageName="Image", retryMode="FAILED_ACTIONS",
                pipelineExecutionId=pages["pipelineExecutionSummaries"][0]["pipelineExecutionId"])
            self.assertEqual(world.wait_until_over(name), "Succeeded")
        self.assertEqual(len(world.images()), 2)
        self.assertEqual(self.output(world, "upload"), world.outputs("upload"))

    def test_credentials_that_expire_during_a_slow_read_are_renewed(self):
        world = self.world("artifact_credentials_time=700ms")
        world.fault({"operation": "GetObject", "latency": "400ms"})
        release = zipped({"big": NOISE, "conf/image.json": SETTINGS, "rest": NOISE[:300_000]})
        world.set_up_pipeline("shop", FILE, release, ["Made"])
        self.assertEqual(world.agent("--exit-after", "1", "--hold", "1h").wait(), 0)
        self.assertEqual(world.status(), "Succeeded")
        refused = [one for one in world.requests(service="s3") if one["error"] == "ExpiredToken"]
        self.assertGreater(len(refused), 0)
        self.assertGreater(len(world.requests(operation="GetJobDetails")), 1)

    def test_outages_are_waited_out_and_nothing_is_lost_when_the_agent_leaves_or_dies_in_them(self):
        world = self.world()
        release = zipped({"conf/image.json": SETTINGS})
        for number, operation in enumerate(("GetObject", "PutObject")):
            name = f"shop-{number}"
            world.set_up_pipeline(name, FILE, release, ["Made"])
            world.fault({"id": operation, "operation": operation, "effect": "error", "status": 503})
            agent = world.agent("--hold", "1h")
            wait_for("the outage", lambda op=operation: world.applied(op) > 3)
            self.assertEqual(agent.stop(), 0)  # hands it back
            self.assertEqual(world.status(name), "InProgress")
            agent = world.agent("--hold", "1h")
            wait_for("the outage", lambda op=operation: world.applied(op) > 9)
            agent.kill()
            world.end_faults()
            self.assertEqual(world.agent("--exit-after", "1").wait(), 0)
            self.assertEqual(world.status(name), "Succeeded")
            self.assertEqual(self.output(world, name), world.outputs(name))
        self.assertEqual(len(world.images()), 2)

    def test_killed_between_upload_and_result_it_uploads_the_same_again(self):
        world = self.world()
        world.fault({"id": "result", "operation": "PutJobSuccessResult", "effect": "reset-before"})
        world.set_up_pipeline("shop", FILE, zipped({"conf/image.json": SETTINGS}), ["Made"])
        agent = world.agent("--hold", "1h")
        wait_for("a result that is not taken", lambda: world.applied("result") > 0)
        agent.kill()
        world.end_faults()
        self.assertEqual(world.agent("--exit-after", "1").wait(), 0)
        self.assertEqual(world.status(), "Succeeded")
        self.assertEqual(self.output(world, "shop"), world.outputs())
        self.assertEqual(len(world.images()), 1)

    def test_without_an_input_artifact_ConfigFile_is_a_ConfigurationError(self):
        world = self.world()
        world.set_up_pipeline("shop", FILE, zipped({"conf/image.json": SETTINGS}))
        pipeline = world.aws("codepipeline").get_pipeline(name="shop")["pipeline"]
        pipeline["stages"][1]["actions"][0]["inputArtifacts"] = []
        world.aws("codepipeline").update_pipeline(pipeline=pipeline)
        world.aws("codepipeline").start_pipeline_execution(name="shop")
        world.agent()
        self.fails(world, "shop", "ConfigurationError", "conf/image.json", "no input artifact")


if __name__ == "__main__":
    unittest.main(verbosity=2)
