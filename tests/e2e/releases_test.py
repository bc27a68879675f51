#!/usr/bin/python3
"""Release after release of one pipeline, as its owner sees it with boto3: what is kept, what the
group launches, what later actions of the pipeline can read.
"""

import io
import json
import unittest
import zipfile

import checks
from cases import QUICK
from recipes import BASE_IMAGE, ROLLING
from world import World, wait_for

WEST = "us-west-2"
NO_WARMUP = json.dumps({"InstanceWarmup": 0})


class Releases(unittest.TestCase):
    def world(self, *settings):
        world = self.enterContext(World([*QUICK, *settings]))
        world.set_up_group()
        world.set_up_action_type()
        world.agent("--wait-interval", "100ms")
        return world

    def start(self, world):
        """One more execution. Its id."""
        return world.aws("codepipeline").start_pipeline_execution(name="shop")[
            "pipelineExecutionId"]

    def end(self, world, execution, status="Succeeded"):
        """The output variables."""
        def over():
            answer = world.aws("codepipeline").get_pipeline_execution(
                pipelineName="shop", pipelineExecutionId=execution)
            found = answer["pipelineExecution"]["status"]
            return found != "InProgress" and found
        self.assertEqual(wait_for("the end", over), status, world.action())
        return world.outputs()

    def release(self, world):
        return self.end(world, self.start(world))

    def first(self, world, configuration, **artifacts):
        world.set_up_pipeline("shop", configuration, **artifacts)
        return self.end(world, checks.execution(world))

    def expect_kept(self, world, images, region=None):
        """Exactly these images with their snapshots and versions, the newest last."""
        found = sorted(checks.images(world, region), key=lambda one: one["CreationDate"])
        self.assertEqual([one["ImageId"] for one in found], images)
        held = [one["Ebs"]["SnapshotId"] for image in found for one in image["BlockDeviceMappings"]]
        self.assertEqual(sorted(one["SnapshotId"] for one in checks.snapshots(world, region)),
                         sorted(held))
        versions = world.versions(region=region)
        self.assertEqual([one["LaunchTemplateData"]["ImageId"] for one in reversed(versions)],
                         [BASE_IMAGE, *images])

    def test_ten_releases_that_keep_three_images_leave_three_and_their_versions(self):
        world = self.world()
        made = [self.first(world, {"KeepImages": "3"})["ImageId"]]
        retired = []
        for _ in range(9):
            outputs = self.release(world)
            made.append(outputs["ImageId"])
            retired += outputs.get("RetiredImages", "").split(",")
        self.expect_kept(world, made[-3:])
        self.assertEqual([one for one in retired if one], made[:-3])
        self.assertEqual([one["VersionNumber"] for one in world.versions()], [11, 10, 9, 1])

    def test_what_is_rolled_out_and_copied_is_kept_likewise(self):
        """The group runs the newest, so nothing of it stands in the way."""
        world = self.world(*ROLLING)
        world.aws("ec2", WEST).create_launch_template(
            LaunchTemplateName="web",
            LaunchTemplateData={"ImageId": BASE_IMAGE, "InstanceType": "t3.micro"})
        configuration = {"KeepImages": "2", "Rollout": "refresh", "Options": NO_WARMUP,
                         "CopyToRegions": f"{WEST}=web"}
        made = [self.first(world, configuration), *(self.release(world) for _ in range(3))]
        self.expect_kept(world, [one["ImageId"] for one in made[-2:]])
        self.expect_kept(world, [one["CopiedImages"].removeprefix(f"{WEST}=")
                                 for one in made[-2:]], WEST)
        group = checks.wait_until_settled(world)
        self.assertEqual([one["LaunchTemplate"]["Version"] for one in group["Instances"]],
                         ["5", "5"])

    def images_of_the_group(self, world):
        group = checks.wait_until_settled(world)
        ids = [one["InstanceId"] for one in group["Instances"]]
        return [one["ImageId"] for one in checks.instances(world) if one["InstanceId"] in ids]

    def test_a_group_that_was_rolled_back_launches_the_old_image_at_the_next_scale_out(self):
        world = self.world(*ROLLING, "refresh_stall_time=1s")
        old = self.first(world, {"Rollout": "refresh", "Options": NO_WARMUP})["ImageId"]
        self.assertEqual(self.images_of_the_group(world), [old] * 2)
        bad = self.start(world)
        world.set(unhealthy_images=f"web-{bad}")
        self.end(world, bad, "Failed")
        message = world.action()["errorDetails"]["message"]
        self.assertIn("RollbackSuccessful", message)
        self.assertEqual(self.images_of_the_group(world), [old] * 2)
        self.expect_kept(world, [old])
        world.set(unhealthy_images="")  # whatever is launched now becomes healthy
        world.aws("autoscaling").set_desired_capacity(AutoScalingGroupName="web",
                                                      DesiredCapacity=4)
        self.assertEqual(self.images_of_the_group(world), [old] * 4)
        self.assertEqual(world.group()["LaunchTemplate"]["Version"], "$Latest")

    def test_image_json_is_what_Fn_GetParam_takes_and_says_what_the_variables_say(self):
        world = self.world(*ROLLING)
        self.first(world, {"KeepImages": "2", "Rollout": "refresh", "Options": NO_WARMUP,
                           "CopyToRegions": WEST}, outputs=["Made"])
        self.release(world)
        outputs = self.release(world)  # the first one that retires an image
        bucket, key = world.artifacts()["Made"]
        body = world.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            said = json.loads(archive.read("image.json"))
        self.assertEqual(said, outputs)
        # {"Fn::GetParam": ["Made", "image.json", "ImageId"]}: an object of strings, nothing deeper.
        self.assertEqual({type(value) for value in said.values()}, {str})
        self.assertEqual(set(said), {
            "ImageId", "ImageName", "Region", "SourceInstanceId", "LaunchTemplateId",
            "LaunchTemplateVersion", "PreviousImageId", "CopiedImages", "InstanceRefreshId",
            "RetiredImages"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
