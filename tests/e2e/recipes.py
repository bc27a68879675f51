"""What the sweeps of this folder run: one line per way in which an action can go.

A recipe sets its scene in an empty world and starts one execution; when that is over, however it
was disturbed, `check` says (AssertionError) whether the world is exactly as one undisturbed
execution leaves it. A later action joins by adding lines to RECIPES.
"""

import dataclasses
import json
import typing

from checks import (action_executions, check_image, check_nothing_made, check_results,
                    check_versions, check_nothing_else, images, instances, refreshes, same,
                    snapshots)

BASE_IMAGE = "ami-0abcdef1234567890"  # of the instances of World.set_up_group


@dataclasses.dataclass(frozen=True)
class Recipe:
    name: str
    set_up: typing.Callable  # (world)
    check: typing.Callable  # (world)
    status: str  # of the pipeline execution in the end
    expected: str  # the same for people
    settings: tuple = ()  # of its world (tests/local_cloud/settings.h)
    # Creates that are refused in the end: when the first answer was lost, it may have made
    # something then, and that is looked for, for two minutes, before anything is removed.
    unclear: tuple = ()


def set_up_pipeline(world, configuration=None):
    world.set_up_group()
    world.set_up_action_type()
    world.set_up_pipeline("shop", configuration)


def check_made(world, default=1, version="1", **more):
    """The group's instances run `version`; `more` output variables."""
    same("status", world.status(), "Succeeded")
    image = check_image(world)
    check_versions(world, image, default)
    check_nothing_else(world, version)
    template = world.aws("ec2").describe_launch_templates()["LaunchTemplates"][0]
    result = check_results(world, "PutJobSuccessResult")
    outputs = result["outputVariables"]
    same("the instance", outputs.pop("SourceInstanceId") in
         [one["InstanceId"] for one in instances(world)], True)
    same("output variables", outputs, {
        "ImageId": image["ImageId"], "ImageName": image["Name"], "Region": "eu-west-1",
        "LaunchTemplateId": template["LaunchTemplateId"], "LaunchTemplateVersion": "2",
        "PreviousImageId": BASE_IMAGE, **more})
    same("external execution id", result["executionDetails"]["externalExecutionId"],
         image["ImageId"])
    shown = action_executions(world)[0]["output"]["outputVariables"]
    same("what the pipeline shows", shown["ImageId"], image["ImageId"])


def check_failure(world, kind, *parts):
    """The message has all those parts and does not speak of leftovers."""
    same("status", world.status(), "Failed")
    failure = check_results(world, "PutJobFailureResult")["failureDetails"]
    same("failure type", failure["type"], kind)
    for part in parts:
        if part not in failure["message"]:
            raise AssertionError(f"'{part}' is not in: {failure['message']}")
    if "Left behind" in failure["message"] or "could not be removed" in failure["message"]:
        raise AssertionError(f"the message speaks of leftovers: {failure['message']}")


def set_up_denied(world):
    set_up_pipeline(world)
    world.control("POST", "deny", {"principal": "*", "action": "ec2:CreateLaunchTemplateVersion"})


def check_undone(world):
    check_nothing_made(world)
    check_failure(world, "PermissionError", "ec2:CreateLaunchTemplateVersion")


# A group replaces an instance that is rebooted in service.
STANDBY = ("standby_time=50ms", "instance_stop_time=50ms", "instance_reboot_time=50ms",
           "reboot_fails_health_check=true")


def check_standby(world):
    check_made(world)
    same("instances that there ever were", len(instances(world)), 2)


ROLLING = ("refresh_start_time=50ms", "instance_stop_time=20ms")
UNHEALTHY = (*ROLLING, "unhealthy_images=web-*", "refresh_stall_time=1s")


def set_up_rolling(world):
    set_up_pipeline(world, {"Rollout": "refresh", "Options": json.dumps({"InstanceWarmup": 0})})


def check_rolled_out(world):
    (refresh,) = refreshes(world)
    same("the refresh", refresh["Status"], "Successful")
    check_made(world, version="2", InstanceRefreshId=refresh["InstanceRefreshId"])
    same("instances that there ever were", len(instances(world)), 4)


def check_rolled_back(world):
    same("refreshes", [one["Status"] for one in refreshes(world)], ["RollbackSuccessful"])
    check_nothing_made(world)
    check_failure(world, "JobFailed", refreshes(world)[0]["InstanceRefreshId"],
                  "RollbackSuccessful")


CENTRAL, WEST = "eu-central-1", "us-west-2"


def set_up_copied(world):
    world.aws("ec2", WEST).create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={"ImageId": BASE_IMAGE, "InstanceType": "t3.micro"})
    set_up_pipeline(world, {"CopyToRegions": f"{CENTRAL},{WEST}=web"})


def check_copied(world):
    copies = {region: check_image(world, region) for region in (CENTRAL, WEST)}
    check_versions(world, copies[WEST], 1, WEST)
    check_made(world, CopiedImages=",".join(
        f"{region}={copy['ImageId']}" for region, copy in copies.items()))


def check_copied_undone(world):
    check_nothing_made(world)
    for region in (CENTRAL, WEST):
        same(f"images in {region}", images(world, region), [])
        same(f"snapshots in {region}", snapshots(world, region), [])
    same("versions", [one["VersionNumber"] for one in world.versions(region=WEST)], [1])
    check_failure(world, "JobFailed", WEST)


MADE = "one image, one version, one result, right outputs, nothing else left"
RECIPES = [
    Recipe("CreateImage", set_up_pipeline, check_made, "Succeeded", MADE),
    Recipe("CreateImage, default version",
           lambda world: set_up_pipeline(world, {"SetDefaultVersion": "true"}),
           lambda world: check_made(world, 2), "Succeeded", MADE + ", new default"),
    Recipe("CreateImage, undone", set_up_denied, check_undone, "Failed",
           "failed for the permission, nothing left",
           unclear=("CreateLaunchTemplateVersion",)),
    Recipe("CreateImage, standby",
           lambda world: set_up_pipeline(world, {"Imaging": "standby"}), check_standby,
           "Succeeded", MADE + "; the instance in service, no tags, the size as before", STANDBY),
    Recipe("CreateImage, rolled out", set_up_rolling, check_rolled_out, "Succeeded",
           MADE + "; one refresh, all instances new, the group follows $Latest", ROLLING),
    Recipe("CreateImage, roll-out rolled back", set_up_rolling, check_rolled_back, "Failed",
           "failed and says why; one refresh; group and template as before, nothing left",
           UNHEALTHY),
    Recipe("CreateImage, copied", set_up_copied, check_copied, "Succeeded",
           MADE + "; a copy in each region, a version there"),
    Recipe("CreateImage, a copy fails", set_up_copied, check_copied_undone, "Failed",
           "failed and says where; nothing left in any region", (f"copies_fail={WEST}",)),
]
