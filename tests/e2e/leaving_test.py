#!/usr/bin/python3
"""SIGTERM and SIGINT: what can be is handed back, the rest stays on disk and goes on later, in time.

After every leaving the books are looked at (books.py). Then agents go on without faults, and all
has happened exactly once.
"""

import contextlib
import random
import signal
import socket
import time
import unittest

import state
from books import AT_MOST, acknowledged, go_on, leave
from cases import HELD, chosen, scene
from fire import FULL, expect, run_all
from namespaces import unshare, why_not
from world import World, wait_for

TABLE = "leaving"
OF_THE_AGENT = ["PollForJobs", "AcknowledgeJob", "GetJobDetails", "PutJob*", "ListActionExecutions"]
NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
           "AWS_EC2_METADATA_DISABLED": "false", "AWS_METADATA_SERVICE_TIMEOUT": "60"}


def hang(world, *rules, effect="none", **more):
    """Whatever one of the rules fits waits for a minute, carried out or not."""
    world.fault(*({"effect": effect, "latency": "60s", **rule, **more} for rule in rules))


def wait_until_it_hangs(world, times=1):
    wait_for("a request that hangs", lambda: world.applied() >= times)


def request_hangs(operation, effect, number, left):
    """One request of the job's life hangs, from its start on."""
    def run():
        with scene() as world:
            hang(world, {"operation": operation}, effect=effect)
            agent = world.agent(*HELD)
            wait_until_it_hangs(world)
            expect("jobs left", leave(world, agent, number), left)
            go_on(world)
    return run


def everything_hangs_while_it_waits(rules, number=signal.SIGTERM, left=1, environment=None, **more):
    """The image is pending, then what the rules say hangs (or answers as they say)."""
    def run():
        with scene(["image_time=7s", "imds_credentials_time=5m"], imds=True) as world:
            world.is_for_the_wire_checks = not environment  # nobody knows the instance's secrets
            extra = {name: value.format(imds=world.imds_url)
                     for name, value in (environment or {}).items()}
            agent = world.agent(*HELD, environment=extra)
            wait_for("the image", world.images)
            hang(world, *rules, **more)
            wait_until_it_hangs(world)
            expect("jobs left", leave(world, agent, number), left)
            go_on(world)
    return run


@contextlib.contextmanager
def silent_server(world):
    """Takes connections and never says a word. Waits, in the end, until there was one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        world.wait_for_caller = lambda: world.callers.append(server.accept()[0])
        world.callers = []
        yield f"127.0.0.1:{server.getsockname()[1]}"
        for caller in world.callers:
            caller.close()


@contextlib.contextmanager
def full_server(world):
    """Its queue of connections is full: another one never comes to be."""
    with socket.socket() as server, contextlib.ExitStack() as stack:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        for _ in range(8):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(address)
        world.wait_for_caller = lambda: time.sleep(0.5)
        yield f"127.0.0.1:{address[1]}"


@contextlib.contextmanager
def closed_port(world):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    world.wait_for_caller = lambda: time.sleep(0.5)
    yield address


def held_job_goes_nowhere(server, environment, number=signal.SIGTERM):
    """A job of the last run, and a start at which nothing of AWS can be reached."""
    def run():
        with scene(["image_time=4s"]) as world, server(world) as address:
            first = world.agent(*HELD)
            wait_for("the image", world.images)
            first.kill()
            agent = world.agent(environment={
                name: value.format(address) for name, value in environment.items()})
            wait_for("its handler", lambda: handles(agent, number))
            world.wait_for_caller()
            expect("jobs left", leave(world, agent, number), 1)
            go_on(world)
    return run


def handles(agent, number):
    """Whether the process has got so far that it handles the signal (proc(5))."""
    with open(f"/proc/{agent.process.pid}/status", encoding="ascii") as status:
        (caught,) = [line.split()[1] for line in status if line.startswith("SigCgt:")]
    return bool(int(caught, 16) >> (number - 1) & 1)


def asked_for_a_name(agent):
    """Whether a question waits at the silent server of the agent's network namespace (proc(5))."""
    with open(f"/proc/{agent.process.pid}/net/udp", encoding="ascii") as table:
        sockets = [line.split() for line in table.readlines()[1:]]
    return any(one[1].endswith(":0035") and not one[4].endswith(":00000000") for one in sockets)


def names_are_never_answered(number=signal.SIGTERM):
    def run():
        with scene(["image_time=4s"]) as world:
            first = world.agent(*HELD)
            wait_for("the image", world.images)
            first.kill()
            script = __file__.replace("leaving_test.py", "silent_dns.py")
            agent = world.agent(environment={"AWS_ENDPOINT_URL": "https://cloud.example"},
                                prefix=[*unshare("mount", "net"), "/usr/bin/python3", "-B", script])
            wait_for("a question", lambda: asked_for_a_name(agent))
            expect("jobs left", leave(world, agent, number), 1)
            go_on(world)
    return run


def region_is_being_found(number):
    def run():
        with World() as world, silent_server(world) as address:
            agent = world.agent(environment={
                **NO_KEYS, "AWS_REGION": "",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{address}"})
            world.wait_for_caller()
            begin = time.monotonic()
            expect("exit code", agent.stop(number), 0)
            if time.monotonic() - begin > AT_MOST:
                raise AssertionError("it took too long")
    return run


def before_the_first_poll(number):
    def run():
        with World() as world, silent_server(world) as address:
            agent = world.agent(environment={
                **NO_KEYS, "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{address}"})
            world.wait_for_caller()
            expect("jobs left", leave(world, agent, number), 0)
            expect("requests", world.requests(), [])
    return run


def under_load(jobs, *rules):
    """Jobs at all stages; some are handed back, some stay."""
    def run():
        names = [f"shop-{number}" for number in range(jobs)]
        with scene(["image_time=6s"], pipelines=names) as world:
            agent = world.agent(*HELD)
            wait_for("half of the images", lambda: len(world.images()) >= jobs / 2, 120)
            world.fault(*rules)
            time.sleep(0.5)
            left = leave(world, agent)
            final, handed_back = world.results()
            claimed = len(acknowledged(world))
            if handed_back == 0:
                raise AssertionError("nothing was handed back")
            go_on(world, "state", "elsewhere", pipelines=names)
            return (f"{claimed} claimed: {final} were over, {handed_back} handed back, "
                    f"{left} on disk")
    return run


def poll_is_answered_later():
    """Jobs of a poll that was under way at the signal are nobody's: they are offered again."""
    with scene(["image_time=8s"]) as world:
        agent = world.agent(*HELD)
        wait_for("the image", world.images)
        world.fault({"operation": "PollForJobs", "latency": "2s"},
                    {"operation": "PutJob*", "latency": "3s"})
        world.set_up_pipeline("late")
        wait_for("the offer", lambda: any(
            one["fault"] and '"nonce"' in one["response"]["body"]
            for one in world.requests(operation="PollForJobs")))
        expect("jobs left", leave(world, agent), 0)
        expect("claims", len(world.requests(operation="AcknowledgeJob")), 1)
        go_on(world, pipelines=("shop", "late"))


def polls_fail():
    """Not even the repeats of a poll that failed."""
    with scene(["image_time=8s"]) as world:
        agent = world.agent(*HELD)
        wait_for("the image", world.images)
        world.fault({"operation": "PollForJobs", "effect": "throttle"},
                    {"operation": "PutJob*", "latency": "3500ms"})
        wait_until_it_hangs(world)
        expect("jobs left", leave(world, agent), 0)
        go_on(world)


def second_signal(first, second):
    def run():
        with scene() as world:
            hang(world, {"service": "ec2"})
            agent = world.agent(*HELD)
            wait_until_it_hangs(world)
            agent.process.send_signal(first)
            wait_for("the first to be noticed", lambda: " leaving " in agent.output())
            begin = time.monotonic()
            expect("exit code", agent.stop(second), 1)
            if time.monotonic() - begin > 2:
                raise AssertionError("it took too long")
            expect("jobs on disk", len(state.jobs(f"{world.folder}/state")), 1)
            go_on(world)
    return run


def any_moment_of_the_start(times, seed):
    """Jobs are on disk, in the queue, or being handed back; the signal comes when it comes."""
    def run():
        chance = random.Random(seed)
        names = ("shop", "inn", "mill")
        with scene(["image_time=4s"], pipelines=names) as world:
            codes = []
            for _ in range(times):
                agent = world.agent(*HELD)
                time.sleep(chance.random() ** 2 * 0.1)
                code = agent.stop(chance.choice([signal.SIGTERM, signal.SIGINT]))
                codes.append(code)
                # Before it has begun to listen the signal does what it does to every program.
                if code not in (0, -signal.SIGTERM, -signal.SIGINT):
                    raise AssertionError(f"exit code {code}:\n{agent.output()}")
            go_on(world, pipelines=names)
            return f"{codes.count(0)} exited 0, {times - codes.count(0)} before they listened"
    return run


def hanging_requests():
    """Each request of a job's life, hanging without and with effect."""
    lives = ["PollForJobs", "AcknowledgeJob", "DescribeAutoScalingGroups",
             "DescribeLaunchTemplateVersions", "DescribeInstances", "CreateImage",
             "DescribeImages", "CreateLaunchTemplateVersion", "PutJobSuccessResult"]
    short = [("PollForJobs", "none"), ("AcknowledgeJob", "none"), ("CreateImage", "none"),
             ("CreateLaunchTemplateVersion", "reset-before"), ("PutJobSuccessResult", "none")]
    for place, (operation, effect) in enumerate(
            (one, effect) for one in lives for effect in ("none", "reset-before")):
        left = 0 if operation == "PollForJobs" else 1
        number = signal.SIGINT if place % 4 == 2 else signal.SIGTERM
        what = "carried out" if effect == "none" else "not carried out"
        yield (f"{operation} hangs, {what}", f"0 in time, {left} left, goes on",
                   request_hangs(operation, effect, number, left), (operation, effect) in short)


def hanging_services():
    one = "0 in time, 1 left, goes on"
    back = "0 in time, handed back, goes on"
    imds = {**NO_KEYS, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "{imds}"}
    of_the_agent = [{"operation": operation} for operation in OF_THE_AGENT]
    wait = everything_hangs_while_it_waits
    yield ("EC2 hangs", one, wait([{"service": "ec2"}]))
    yield ("EC2 drips its answers", one,
               wait([{"service": "ec2"}], latency="0ms", drip="5s"), False)
    yield ("CodePipeline hangs", one, wait(of_the_agent, signal.SIGINT))
    yield ("all of AWS hangs", one, wait([*of_the_agent, {"service": "ec2"}]), False)
    yield ("PutJob* hangs", one, wait([{"operation": "PutJob*"}, {"operation": "PollForJobs"}]))
    yield ("PutJob* answers 500 for ever", one, wait(
        [{"operation": "PutJob*"}, {"operation": "PollForJobs"}], latency="0ms", effect="error",
        status=500))
    yield ("PutJob* throttles for ever", one, wait(
        [{"operation": "PutJob*"}, {"operation": "PollForJobs"}], latency="0ms",
        effect="throttle"), False)
    yield ("PutJob* resets for ever", one, wait(
        [{"operation": "PutJob*"}, {"operation": "PollForJobs"}], latency="0ms",
        effect="reset-after"), False)
    yield ("PollForJobs hangs", back, wait([{"operation": "PollForJobs"}], left=0))
    yield ("credentials hang (IMDS) in the midst", one,
               wait([{"service": "imds"}], environment=imds))


def unreachable():
    one = "0 in time, 1 left, goes on"
    url = "AWS_ENDPOINT_URL"
    goes = held_job_goes_nowhere
    imds = {**NO_KEYS, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://{}"}
    yield ("TLS handshake never ends", one, goes(silent_server, {url: "https://{}"}))
    yield ("no answer ever", one, goes(silent_server, {url: "http://{}"}, signal.SIGINT), False)
    yield ("connection never comes to be", one, goes(full_server, {url: "http://{}"}))
    yield ("connection refused", one, goes(closed_port, {url: "http://{}"}), False)
    yield ("credentials hang (IMDS) at the start", one, goes(silent_server, imds))


def at_the_start():
    for what, run in (("while the region is being found (IMDS)", region_is_being_found),
                      ("before the first poll", before_the_first_poll)):
        for number in (signal.SIGTERM, signal.SIGINT):
            yield (f"{what}, {number.name}", "0 in time, nothing left", run(number),
                   number == signal.SIGTERM)
    tries = 60 if FULL else 8
    yield (f"at {tries} moments of the start", "nothing lost, nothing double",
           any_moment_of_the_start(tries, seed=3))


def second_signals():
    kinds = (signal.SIGTERM, signal.SIGINT)
    for first in kinds:
        for second in kinds:
            yield (f"{first.name}, then {second.name}", "1 at once, 1 left, goes on",
                   second_signal(first, second), first != second)


def nothing_new_is_begun():
    yield ("a poll is under way at the signal", "no claim; offered again", poll_is_answered_later)
    yield "polls fail when the signal comes", "no further poll", polls_fail


def names_are_asked_for():
    one = "0 in time, 1 left, goes on"
    yield "DNS never answers", one, names_are_never_answered()
    yield "DNS never answers, SIGINT", one, names_are_never_answered(signal.SIGINT), False


def crowds():
    jobs = 300 if FULL else 40
    right = "0 in time, nothing lost, nothing double"
    hangs = {"service": "ec2", "probability": 0.15, "latency": "60s"}
    slow = {"operation": "PutJob*", "latency": "300ms"}
    throttled = {"operation": "PutJob*", "probability": 0.3, "effect": "throttle"}
    yield f"{jobs} jobs", right, under_load(jobs), False
    yield f"{jobs} jobs, some of EC2's requests hang", right, under_load(jobs, hangs)
    yield f"{jobs} jobs, results slow and throttled", right, under_load(jobs, throttled, slow), False


def handed_back():
    with scene(["image_time=3s"]) as world:
        agent = world.agent(*HELD)
        wait_for("the image", world.images)
        expect("jobs left", leave(world, agent), 0)
        expect("results", world.results(), (0, 1))
        go_on(world, "elsewhere")


def by_itself():
    with scene() as world:
        agent = world.agent("--exit-when-idle", "2s", "--hold", "0s")
        expect("exit code", agent.wait(), 0)
        expect("shop", world.status(), "Succeeded")


def nothing_hangs():
    yield "nothing hangs", "handed back; goes on elsewhere", handed_back
    yield "idle, without a signal", "0 when all is done", by_itself


class Leaving(unittest.TestCase):
    def test_whatever_hangs(self):
        why = why_not("mount", "net")
        if why:
            print(f"not tried: names that are never answered ({why})")
        run_all(self, TABLE, chosen([
            *nothing_hangs(), *hanging_services(), *unreachable(), *hanging_requests(),
            *at_the_start(), *second_signals(), *nothing_new_is_begun(),
            *([] if why else names_are_asked_for())]), at_once=16)

    def test_under_load(self):
        run_all(self, TABLE, chosen(crowds()), at_once=1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
