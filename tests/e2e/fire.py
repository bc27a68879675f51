"""Cases under fire: each in a world of its own, several at once, each reported as a row."""

import contextlib
import dataclasses
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import report
import sweeps
from recipes import RECIPES
from sweeps import NotReached

FULL = report.FULL
AT_ONCE = 16  # worlds; they mostly wait
PLAIN = RECIPES[0]
NEW_DEFAULT = RECIPES[1]
HELD = sweeps.HOLDS["held"]
HANDED_BACK = sweeps.HOLDS["handed back"]
GOES_THROUGH = "goes through: one image, one version, one result"


@dataclasses.dataclass
class Case:
    row: str  # what it is shown as; cases of one row are added up
    expected: str
    run: Callable  # raises when it is not as expected; what it returns is a note
    detail: str = ""

    @property
    def title(self):
        return f"{self.row} {self.detail}".strip()


def attempt(case):
    """What it came to, and a note or why not."""
    try:
        return "right", case.run() or ""
    except NotReached:
        return "missed", ""
    except Exception:  # pylint: disable=broad-exception-caught
        return "wrong", traceback.format_exc()


def run_all(test, table, cases, at_once=AT_ONCE, may_be_missed=0.0):
    """Runs them all, whatever one says, then fails with all that went wrong."""
    wrong, missed = [], []
    with ThreadPoolExecutor(at_once) as pool:
        outcomes = list(pool.map(attempt, cases))
    for case, (came_to, text) in zip(cases, outcomes):
        if came_to == "missed":
            missed.append(case.title)
            continue
        if came_to == "wrong":
            wrong.append(f"{case.title}: expected: {case.expected}\n{text}")
        report.row(table, case.row, case.expected, 1, int(came_to == "right"),
                   text if came_to == "right" else case.detail)
    print(f"{table}: {len(cases) - len(wrong) - len(missed)} of {len(cases)}", flush=True)
    if wrong:
        test.fail(f"{len(wrong)} of {len(cases)} cases went wrong\n\n" + "\n".join(wrong))
    if len(missed) > may_be_missed * len(cases):
        test.fail("these faults never came to apply: " + ", ".join(missed))


# What a case is made of.


def expect(what, actual, wanted):
    if actual != wanted:
        raise AssertionError(f"{what}: {actual!r}, not {wanted!r}")


def go_through(rules=(), settings=(), recipe=PLAIN, hold=HELD):
    """One job with those faults and settings comes to the recipe's end. The world's rules."""
    with sweeps.scene(recipe, settings) as world:
        world.fault(*rules)
        sweeps.start(world, hold)
        sweeps.finish(world, recipe)
        return world.past_rules


def expect_failure(world, kind, *parts, name="shop"):
    """The action fails with that type, and its message has all those parts."""
    expect("status", world.wait_until_over(name), "Failed")
    error = world.action(name)["errorDetails"]
    expect("failure type", error["code"], kind)
    for part in parts:
        expect(f"'{part}' is in '{error['message']}'", part in error["message"], True)
    expect("final results", world.results()[0], 1)


def leave(agent):
    """It has nothing left, and leaves well."""
    expect("the exit code", agent.stop(), 0)
    output = agent.output()
    expect("nothing is left", "jobs-left-for-the-next-start=0" in output, True)
    expect("no job broke off", "broke off" in output, False)


@contextlib.contextmanager
def crowd(names, settings=(), configuration=None):
    """A world with one group and many pipelines whose jobs wait for an agent."""
    with sweeps.World([*sweeps.PACE, *settings]) as world:
        world.set_up_group()
        world.set_up_action_type()
        for name in names:
            world.set_up_pipeline(name, configuration)
        yield world


def expect_one_of_everything(world, names):
    """Each pipeline has one image, one version, one result; there is nothing else."""
    made = {}
    for image in world.images():
        tags = {tag["Key"]: tag["Value"] for tag in image["Tags"]}
        made.setdefault(tags["codepipeline-agent:pipeline"], []).append(image)
    versions = {version["LaunchTemplateData"]["ImageId"]: version for version in world.versions()}
    expect("pipelines with an image", sorted(made), sorted(names))
    expect("versions", len(world.versions()), len(names) + 1)
    expect("snapshots", len(world.aws("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]),
           len(names))
    expect("final results", world.results()[0], len(names))
    for name in names:
        expect(f"status of {name}", world.status(name), "Succeeded")
        (image,) = made[name]
        expect("the image's state", image["State"], "available")
        outputs = world.outputs(name)
        expect(f"image of {name}", outputs["ImageId"], image["ImageId"])
        expect(f"version of {name}", outputs["LaunchTemplateVersion"],
               str(versions[image["ImageId"]]["VersionNumber"]))
