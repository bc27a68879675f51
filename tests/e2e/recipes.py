"""What the sweeps of this folder run: one line per way in which an action can go.

A recipe sets its scene in an empty world and starts one execution; when that is over, however it
was disturbed, `check` says (AssertionError) whether the world is exactly as one undisturbed
execution leaves it. A later action joins by adding lines to RECIPES.
"""

import dataclasses
import typing

BASE_IMAGE = "ami-0abcdef1234567890"  # of the instances of World.set_up_group
STAGE, ACTION = "Image", "Image"


@dataclasses.dataclass(frozen=True)
class Recipe:
    name: str
    set_up: typing.Callable  # (world)
    check: typing.Callable  # (world)
    status: str  # of the pipeline execution in the end
    expected: str  # the same for people


def same(what, actual, wanted):
    if actual != wanted:
        raise AssertionError(f"{what}: {actual!r} instead of {wanted!r}")


def snapshots(world):
    return world.aws("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]


def set_up_pipeline(world, configuration=None):
    world.set_up_group()
    world.set_up_action_type()
    world.set_up_pipeline("shop", configuration)


def execution(world, name="shop"):
    """The id of the newest execution."""
    pages = world.aws("codepipeline").list_pipeline_executions(pipelineName=name)
    return pages["pipelineExecutionSummaries"][0]["pipelineExecutionId"]


def action_executions(world, name="shop"):
    """The attempts of the custom action, newest first."""
    details = world.aws("codepipeline").list_action_executions(pipelineName=name)
    return [one for one in details["actionExecutionDetails"] if one["stageName"] == STAGE]


def check_nothing_else(world):
    """The scene is as it was but for what is checked one by one."""
    same("instances", len(world.group()["Instances"]), 2)
    templates = world.aws("ec2").describe_launch_templates()["LaunchTemplates"]
    same("launch templates", [one["LaunchTemplateName"] for one in templates], ["web"])


def check_image(world):
    """Exactly one image, available, tagged as this execution's, with exactly its own snapshot."""
    images = world.images()
    same("images", len(images), 1)
    same("the image's state", images[0]["State"], "available")
    same("the image's name", images[0]["Name"], f"web-{execution(world)}")
    same("the image's tags", sorted(one["Key"] for one in images[0]["Tags"]),
         ["codepipeline-agent:action", "codepipeline-agent:execution", "codepipeline-agent:group",
          "codepipeline-agent:pipeline"])
    held = [one["Ebs"]["SnapshotId"] for one in images[0]["BlockDeviceMappings"] if "Ebs" in one]
    same("snapshots", [one["SnapshotId"] for one in snapshots(world)], held)
    same("snapshots of the image", len(held), 1)
    return images[0]


def check_versions(world, image, default):
    versions = world.versions()
    same("versions", [one["VersionNumber"] for one in versions], [2, 1])
    same("what version 2 says", versions[0]["LaunchTemplateData"],
         {"ImageId": image["ImageId"], "InstanceType": "t3.micro"})
    same("default version", [one["VersionNumber"] for one in versions if one["DefaultVersion"]],
         [default])


def check_results(world, operation):
    """Exactly one final result took effect, and it is of the right kind."""
    took = [one for one in world.requests(service="codepipeline")
            if one["operation"].startswith("PutJob") and one.get("took_effect")
            and "continuationToken" not in one["params"]]
    same("final results", [one["operation"] for one in took], [operation])
    return took[0]["params"]


def check_made(world, default):
    same("status", world.status(), "Succeeded")
    image = check_image(world)
    check_versions(world, image, default)
    check_nothing_else(world)
    template = world.aws("ec2").describe_launch_templates()["LaunchTemplates"][0]
    result = check_results(world, "PutJobSuccessResult")
    outputs = result["outputVariables"]
    same("the instance", outputs.pop("SourceInstanceId") in
         [one["InstanceId"] for one in world.group()["Instances"]], True)
    same("output variables", outputs, {
        "ImageId": image["ImageId"], "ImageName": image["Name"], "Region": "eu-west-1",
        "LaunchTemplateId": template["LaunchTemplateId"], "LaunchTemplateVersion": "2",
        "PreviousImageId": BASE_IMAGE})
    same("external execution id", result["executionDetails"]["externalExecutionId"],
         image["ImageId"])
    shown = action_executions(world)[0]["output"]["outputVariables"]
    same("what the pipeline shows", shown["ImageId"], image["ImageId"])


def check_nothing_made(world):
    same("images", world.images(), [])
    same("snapshots", snapshots(world), [])
    same("versions", [one["VersionNumber"] for one in world.versions()], [1])
    check_nothing_else(world)


def set_up_denied(world):
    set_up_pipeline(world)
    world.control("POST", "deny", {"principal": "*", "action": "ec2:CreateLaunchTemplateVersion"})


def check_undone(world):
    same("status", world.status(), "Failed")
    check_nothing_made(world)
    failure = check_results(world, "PutJobFailureResult")["failureDetails"]
    same("failure type", failure["type"], "PermissionError")
    if "ec2:CreateLaunchTemplateVersion" not in failure["message"]:
        raise AssertionError(f"the denied action is not named: {failure['message']}")
    if "Left" in failure["message"] or "could not be" in failure["message"]:
        raise AssertionError(f"the message speaks of leftovers: {failure['message']}")


def is_unclear_after(recipe, operation):
    """A create that is refused after its first answer was lost may have made something then: that
    is looked for, for two minutes, before anything is removed."""
    return recipe.status == "Failed" and operation == "CreateLaunchTemplateVersion"


MADE = "one image, one version, one result, right outputs, nothing else left"
RECIPES = [
    Recipe("CreateImage", set_up_pipeline, lambda world: check_made(world, 1), "Succeeded", MADE),
    Recipe("CreateImage, default version",
           lambda world: set_up_pipeline(world, {"SetDefaultVersion": "true"}),
           lambda world: check_made(world, 2), "Succeeded", MADE + ", new default"),
    Recipe("CreateImage, undone", set_up_denied, check_undone, "Failed",
           "failed for the permission, nothing left"),
]
