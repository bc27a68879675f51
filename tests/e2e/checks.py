"""What there is to see in the end: looks at a world, and checks (AssertionError) that it is exactly
as one execution of CreateImage leaves it."""

from world import wait_for

STAGE = "Image"


def same(what, actual, wanted):
    if actual != wanted:
        raise AssertionError(f"{what}: {actual!r} instead of {wanted!r}")


def images(world, region=None):
    return world.aws("ec2", region).describe_images(Owners=["self"])["Images"]


def snapshots(world, region=None):
    return world.aws("ec2", region).describe_snapshots(OwnerIds=["self"])["Snapshots"]


def execution(world, name="shop"):
    """The id of the newest execution."""
    pages = world.aws("codepipeline").list_pipeline_executions(pipelineName=name)
    return pages["pipelineExecutionSummaries"][0]["pipelineExecutionId"]


def action_executions(world, name="shop"):
    """The attempts of the custom action, newest first."""
    details = world.aws("codepipeline").list_action_executions(pipelineName=name)
    return [one for one in details["actionExecutionDetails"] if one["stageName"] == STAGE]


def instances(world, region=None):
    """With those that are no more."""
    pages = world.aws("ec2", region).describe_instances()["Reservations"]
    return [one for page in pages for one in page["Instances"]]


def refreshes(world):
    answer = world.aws("autoscaling").describe_instance_refreshes(AutoScalingGroupName="web")
    return answer["InstanceRefreshes"]


def wait_until_settled(world):
    """Until nothing of the group is coming or going. The group."""
    def settled():
        group = world.group()
        states = [(one["LifecycleState"], one["HealthStatus"]) for one in group["Instances"]]
        return states == [("InService", "Healthy")] * group["DesiredCapacity"] and group
    return wait_for("the group to settle", settled, 10)


def check_nothing_else(world, version="1"):
    """The scene is as it was but for what is checked one by one; all of the group runs `version`
    of its template."""
    group = wait_until_settled(world)
    same("versions in service", [one["LaunchTemplate"]["Version"] for one in group["Instances"]],
         [version] * 2)
    same("version that the group follows", group["LaunchTemplate"]["Version"], "$Latest")
    same("size", [group[key] for key in ("MinSize", "DesiredCapacity", "MaxSize")], [1, 2, 4])
    same("tags of the group", group["Tags"], [])
    for one in instances(world):
        same("tags of an instance", [tag["Key"] for tag in one.get("Tags", [])
                                     if tag["Key"].startswith("codepipeline-agent")], [])
    templates = world.aws("ec2").describe_launch_templates()["LaunchTemplates"]
    same("launch templates", [one["LaunchTemplateName"] for one in templates], ["web"])


def check_image(world, region=None):
    """Exactly one image, available, tagged as this execution's, with exactly its own snapshot."""
    all_images = images(world, region)
    same("images", len(all_images), 1)
    image = all_images[0]
    same("the image's state", image["State"], "available")
    same("the image's name", image["Name"], f"web-{execution(world)}")
    same("the image's tags", sorted(one["Key"] for one in image["Tags"]),
         ["codepipeline-agent:action", "codepipeline-agent:execution", "codepipeline-agent:group",
          "codepipeline-agent:pipeline"])
    held = [one["Ebs"]["SnapshotId"] for one in image["BlockDeviceMappings"] if "Ebs" in one]
    same("snapshots", [one["SnapshotId"] for one in snapshots(world, region)], held)
    same("snapshots of the image", len(held), 1)
    return image


def check_versions(world, image, default, region=None):
    versions = world.versions(region=region)
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


def check_nothing_made(world):
    same("images", world.images(), [])
    same("snapshots", snapshots(world), [])
    same("versions", [one["VersionNumber"] for one in world.versions()], [1])
    check_nothing_else(world)
