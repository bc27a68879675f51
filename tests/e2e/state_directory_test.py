#!/usr/bin/python3
"""The state directory: full, read-only, gone, somebody else's, of another time; and no descriptors.

What cannot be recorded is not claimed; what is held goes on and is reported all the same; a start
that cannot be answered for is refused with a way out, and what lies there is left as it is.
"""

import os
import shutil
import signal
import unittest

import state
from books import acknowledged, ended
from cases import HELD, chosen, scene
from disk import Disk
from fire import FULL, expect, expect_one_of_everything, run_all
from namespaces import why_not
from world import World, wait_for

TABLE = "state directory"
TRY_AGAIN, CONFIGURATION = 75, 78
CROWD = 30  # jobs that come while nothing can be recorded
NOBODY = 65534


def names(count):
    return [f"late-{number}" for number in range(count)]


def nothing_unrecorded(world, directory):
    """A job that was claimed and has no result yet is on disk (looked at in this order)."""
    claimed = acknowledged(world)
    kept = set(state.jobs(directory))
    expect("claimed and not recorded", claimed - kept - ended(world), set())


def refused(world, code, *parts, directory="state", **more):
    """The start is refused with that code and a sentence that says so and what to do."""
    agent = world.agent(state=directory, **more)
    expect("exit code", agent.wait(20), code)
    said = agent.output().splitlines()[-1]
    for part in ("codepipeline-agent: ", *parts):
        expect(f"'{part}' is in '{said}'", part in said, True)
    expect("requests", [one for one in world.requests(operation="PollForJobs")
                        if one["sequence"] > world.polls_before], [])


def remember_polls(world):
    world.polls_before = max([one["sequence"] for one in world.requests()], default=0)


def all_end_once(world, pipelines):
    for name in pipelines:
        expect(name, world.wait_until_over(name, 90), "Succeeded")
    expect_one_of_everything(world, pipelines)


def cannot_record(agent):
    return "no job is claimed" in agent.output() or "cannot write the state" in agent.output()


def contents(directory):
    """Of every file but the lock."""
    found = {}
    for name in sorted(set(os.listdir(directory)) - {"lock", "filler"}):
        with open(os.path.join(directory, name), "rb") as file:
            found[name] = file.read()
    return found


def held_on(world, disk):
    """A job is held by an agent whose state lies on that disk."""
    agent = world.agent(*HELD, state="disk/state", prefix=disk.prefix)
    wait_for("the image", world.images)
    return agent


def full_in_the_midst(kill):
    def run():
        late = names(CROWD)
        with scene(["image_time=2s"]) as world, Disk(f"{world.folder}/disk", "4m") as disk:
            agent = held_on(world, disk)
            inside = f"{disk.outside}/state"
            disk.fill()
            for name in late:
                world.set_up_pipeline(name)
            expect("shop", world.wait_until_over(), "Succeeded")
            wait_for("that it is noticed", lambda: cannot_record(agent))
            nothing_unrecorded(world, inside)
            claimed = len(acknowledged(world)) - 1
            expect("all are claimed", claimed < CROWD, True)
            if kill:
                agent.kill()
                before = contents(inside)
                remember_polls(world)
                refused(world, TRY_AGAIN, inside.split("/root")[1], "No space left on device",
                        "free some space", directory="disk/state", prefix=disk.prefix)
                expect("the state", contents(inside)["state"], before["state"])
            disk.free()
            if kill:
                agent = world.agent(state="disk/state", prefix=disk.prefix)
            all_end_once(world, ["shop", *late])
            expect("exit code", agent.stop(), 0)
            expect("jobs on disk", state.jobs(inside), {})
            return f"{claimed} of {CROWD} were claimed while the disk was full"
    return run


def full_at_the_start(with_a_job):
    def run():
        with scene(["image_time=2s"]) as world, Disk(f"{world.folder}/disk") as disk:
            if with_a_job:
                held_on(world, disk).kill()
            disk.fill()
            remember_polls(world)
            before = contents(f"{disk.outside}/state").get("state") if with_a_job else None
            refused(world, TRY_AGAIN, f"{disk.folder}/state", "No space left on device",
                    directory="disk/state", prefix=disk.prefix)
            if with_a_job:
                expect("the state", contents(f"{disk.outside}/state")["state"], before)
            disk.free()
            world.agent(state="disk/state", prefix=disk.prefix)
            all_end_once(world, ["shop"])
    return run


def no_inode_at_the_start():
    """The file is there and cannot be replaced."""
    with scene(["image_time=2s"]) as world, Disk(f"{world.folder}/disk", inodes=4) as disk:
        held_on(world, disk).kill()
        before = contents(f"{disk.outside}/state")
        remember_polls(world)
        refused(world, TRY_AGAIN, f"{disk.folder}/state", "No space left on device",
                directory="disk/state", prefix=disk.prefix)
        expect("the state", contents(f"{disk.outside}/state"), before)
        disk.remount("nr_inodes=64")
        world.agent(state="disk/state", prefix=disk.prefix)
        all_end_once(world, ["shop"])


def read_only():
    with scene(["image_time=2s"]) as world, Disk(f"{world.folder}/disk") as disk:
        held_on(world, disk).kill()
        before = contents(f"{disk.outside}/state")
        disk.remount("ro")
        remember_polls(world)
        refused(world, CONFIGURATION, f"{disk.folder}/state", "Read-only file system",
                "--state-dir", directory="disk/state", prefix=disk.prefix)
        expect("the state", contents(f"{disk.outside}/state"), before)
        disk.remount("rw")
        world.agent(state="disk/state", prefix=disk.prefix)
        all_end_once(world, ["shop"])


def removed_underneath(what):
    """What is held goes on; nothing new is claimed until there is a place to record it."""
    def run():
        directory_goes = what == "directory"
        with scene(["image_time=2s"]) as world:
            agent = world.agent(*HELD)
            wait_for("the image", world.images)
            directory = os.path.join(world.folder, "state")
            if directory_goes:
                shutil.rmtree(directory)
            else:
                os.unlink(os.path.join(directory, "state"))
            world.set_up_pipeline("late")
            if directory_goes:
                wait_for("that it is noticed", lambda: cannot_record(agent))
                expect("claims", len(acknowledged(world)), 1)
                expect("shop", world.wait_until_over(), "Succeeded")
                os.mkdir(directory, 0o700)
            wait_for("the claim", lambda: len(acknowledged(world)) == 2)
            nothing_unrecorded(world, directory)
            agent.kill()
            world.agent()
            all_end_once(world, ["shop", "late"])
    return run


def not_a_directory():
    with World() as world:
        remember_polls(world)
        path = os.path.join(world.folder, "file")
        script = 'rmdir "$0" && touch "$0" && exec "$@"'
        agent = world.agent(state="file", prefix=["sh", "-c", script, path])
        expect("exit code", agent.wait(20), CONFIGURATION)
        said = agent.output()
        for part in (path, "Not a directory", "--state-dir"):
            expect(f"'{part}' is in '{said}'", part in said, True)


def as_nobody(world):
    """Somebody who may not do everything; root may."""
    os.chmod(world.folder, 0o711)
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


def no_permission(mode, part):
    """Somebody else's directory, or one's own that one may not write in."""
    def run():
        with World() as world:
            remember_polls(world)
            directory = os.path.join(world.folder, "state")
            os.mkdir(directory)
            os.chmod(directory, mode)
            refused(world, CONFIGURATION, directory, part, "--state-dir", prefix=as_nobody(world))
            expect("what is there", os.listdir(directory), [])
            os.chmod(directory, 0o700)
    return run


def unreadable_file():
    with World() as world:
        remember_polls(world)
        directory = os.path.join(world.folder, "state")
        os.mkdir(directory)
        path = os.path.join(directory, "state")
        with open(path, "wb") as file:
            file.write(state.HEADER)
        os.chmod(path, 0)
        if os.geteuid() == 0:
            os.chown(directory, NOBODY, NOBODY)
        refused(world, CONFIGURATION, path, "readable", prefix=as_nobody(world))
        with open(path, "rb") if os.geteuid() == 0 else open(os.devnull, "rb") as file:
            expect("the state", file.read() in (state.HEADER, b""), True)


def in_use():
    """The other one is named; when it is gone, however it went, the directory is free."""
    with World() as world:
        first = world.agent()
        wait_for("the start", lambda: " started " in first.output())
        second = world.agent()
        expect("exit code", second.wait(20), TRY_AGAIN)
        expect("the pid is named", f"pid {first.process.pid};" in second.output(), True)
        first.process.send_signal(signal.SIGKILL)
        first.wait()
        third = world.agent()
        wait_for("the start", lambda: " started " in third.output())


def newer(first_line):
    """Another version's file is left as it is."""
    def run():
        with scene(["image_time=2s"]) as world:
            agent = world.agent(*HELD)
            wait_for("the image", world.images)
            agent.kill()
            directory = os.path.join(world.folder, "state")
            held = contents(directory)["state"]
            with open(os.path.join(directory, "state"), "wb") as file:
                file.write(first_line + b"\n" + held.split(b"\n", 1)[1])
            before = contents(directory)
            remember_polls(world)
            refused(world, CONFIGURATION, os.path.join(directory, "state"), "newer version",
                    "install that version")
            expect("the state", contents(directory), before)
            with open(os.path.join(directory, "state"), "wb") as file:
                file.write(held)
            world.agent()
            all_end_once(world, ["shop"])
    return run


def few_descriptors(count, jobs):
    """Fewer requests at once, and otherwise all as ever."""
    def run():
        late = names(jobs)
        with scene(["image_time=1s"], pipelines=late) as world:
            agent = world.agent("--hold", "1h", prefix=["prlimit", f"--nofile={count}", "--"])
            all_end_once(world, late)
            expect("exit code", agent.stop(), 0)
            return f"{agent.output().count('a try failed')} tries failed"
    return run


def too_few_descriptors():
    """Refused before anything is asked or claimed."""
    with scene() as world:
        remember_polls(world)
        for count in (12, 20, 31):
            refused(world, CONFIGURATION, f"may open {count} files", "raise the limit",
                    prefix=["prlimit", f"--nofile={count}", "--"])
        world.agent()
        all_end_once(world, ["shop"])


def disks():
    goes_on = "75, names the reason, the state untouched; later it goes on"
    yield ("disk full in the midst", "what is held is reported, nothing unrecorded is claimed; "
           "with space again all goes on", full_in_the_midst(kill=False))
    yield ("disk full in the midst, kill -9", "75 while it is full; then each ends once",
           full_in_the_midst(kill=True))
    yield "disk full at the first start", goes_on, full_at_the_start(False)
    yield "disk full at the start, a job is held", goes_on, full_at_the_start(True)
    yield "no inode at the start, a job is held", goes_on, no_inode_at_the_start
    yield ("read-only", "78, names directory and way out, the state untouched; later it goes on",
           read_only)


def directories():
    named = "78, names path and way out"
    yield ("directory removed underneath", "what is held ends well, nothing is claimed until it "
           "is back", removed_underneath("directory"))
    yield ("state file removed underneath", "written anew before the next claim",
           removed_underneath("file"))
    yield "not a directory", named, not_a_directory
    yield ("no permission: not ours", named,
           no_permission(0o700 if os.geteuid() == 0 else 0, "Permission denied"))
    yield "no permission: may not write", named, no_permission(0o555, "Permission denied")
    yield "state file may not be read", "78, names the file, which stays", unreadable_file
    yield "in use", "75, names the pid; free again after kill -9", in_use
    for version in (2, 10):
        yield (f"of version {version}", "78, names file and way out, untouched",
               newer(f"codepipeline-agent state {version}".encode()))


def descriptors():
    jobs = 100 if FULL else 15
    for count in (32, 48, 64):
        yield (f"{count} descriptors for {jobs} jobs", "each ends once",
               few_descriptors(count, jobs), count == 32)
    yield "12 to 31 descriptors", "78, names the limit and the way out", too_few_descriptors


class StateDirectory(unittest.TestCase):
    def test_whatever_is_wrong_with_it(self):
        why = why_not("mount")
        if why:
            print(f"not tried: disks ({why})")
        run_all(self, TABLE, chosen([*directories(), *descriptors(), *([] if why else disks())]),
                at_once=18)


if __name__ == "__main__":
    unittest.main(verbosity=2)
