#!/usr/bin/python3
"""What the network, the clock and the credentials do between the agent and AWS: the agent stays up,
goes on when they are well again, and says what is wrong meanwhile.
"""

import contextlib
import os
import time
import unittest

import sweeps
from fire import FULL, GOES_THROUGH, HANDED_BACK, HELD, PLAIN, Case, expect, run_all
from gate import Gate
from world import wait_for

OUTAGE = 150 if FULL else 3  # seconds
SLOWER = ["image_time=1500ms"]


@contextlib.contextmanager
def gated_scene(settings=SLOWER):
    """The plain recipe's scene, the agents behind a gate."""
    with sweeps.scene(PLAIN, settings) as world, Gate(int(world.url.rpartition(":")[2])) as gate:
        world.agent_url = gate.url
        yield world, gate


def imaging(world):
    """Until the image is being made."""
    wait_for("the image", lambda: world.requests(operation="CreateImage"), every=0.02)


class Connections(unittest.TestCase):
    """A gate stands between the agent and the cloud."""

    def refused_from_the_start(self):
        with gated_scene() as (world, gate):
            gate.refuse()
            agent = sweeps.start(world, HELD)
            time.sleep(OUTAGE)
            expect("it stays up", agent.process.poll(), None)
            expect("it says who", "no answer from 127.0.0.1" in agent.output(), True)
            gate.open()
            self.ends_well(world)

    def refused_in_the_middle(self, hold):
        with gated_scene() as (world, gate):
            sweeps.start(world, hold)
            imaging(world)
            gate.refuse()
            time.sleep(OUTAGE)
            gate.open()
            self.ends_well(world)

    def ends_well(self, world):
        # Between two polls that fail there is a pause, which doubles.
        wait_for("the end", lambda: world.status() != "InProgress", 60 + 2 * OUTAGE)
        sweeps.finish(world, PLAIN)

    def hanging(self):
        """Taken and never answered, longer than a request may take when all is tried."""
        with gated_scene() as (world, gate):
            sweeps.start(world, HELD)
            imaging(world)
            gate.hang()
            time.sleep(70 if FULL else OUTAGE)
            if not FULL:
                gate.cut()
            gate.open()
            self.ends_well(world)

    def cut_again_and_again(self):
        with gated_scene() as (world, gate):
            sweeps.start(world, HELD)
            end = time.monotonic() + OUTAGE
            while time.monotonic() < end:
                gate.cut()
                time.sleep(0.05)
            self.ends_well(world)

    def leaves_while(self, close):
        """Whatever the network does, SIGTERM is heeded; the next start goes on."""
        with gated_scene() as (world, gate):
            agent = sweeps.start(world, HELD)
            imaging(world)
            close(gate)
            time.sleep(0.3)
            begin = time.monotonic()
            expect("the exit code", agent.stop(), 0)
            expect("it left in time", time.monotonic() - begin < 6, True)
            expect("it says what is left", "jobs-left-for-the-next-start=1" in agent.output(), True)
            gate.cut()
            gate.open()
            sweeps.start(world, HELD)
            self.ends_well(world)

    def test_it_goes_on_when_the_network_does(self):
        seconds = f" for {OUTAGE} s"
        leaves = "leaves within 5 s with its job on disk; the next start ends it"
        run_all(self, "faults", [
            Case("connections refused from the start" + seconds,
                 "stays up, says which host; " + GOES_THROUGH, self.refused_from_the_start),
            Case("connections refused in the middle" + seconds, GOES_THROUGH,
                 lambda: self.refused_in_the_middle(HELD), "held"),
            Case("connections refused in the middle" + seconds, GOES_THROUGH,
                 lambda: self.refused_in_the_middle(HANDED_BACK), "handed back"),
            Case("connections hang", GOES_THROUGH, self.hanging),
            Case("all connections cut every 50 ms" + seconds, GOES_THROUGH,
                 self.cut_again_and_again),
            Case("SIGTERM while connections are refused", leaves,
                 lambda: self.leaves_while(Gate.refuse)),
            Case("SIGTERM while connections hang", leaves, lambda: self.leaves_while(Gate.hang)),
        ])


class Names(unittest.TestCase):
    """A host whose name does not resolve."""

    NOWHERE = "https://no-such-host.invalid"

    def nothing_resolves(self):
        with sweeps.scene(PLAIN) as world:
            agent = sweeps.start(world, HELD, extra={"AWS_ENDPOINT_URL": self.NOWHERE})
            wait_for("a failed poll", lambda: "polling failed" in agent.output())
            self.says_and_leaves(agent)
            sweeps.start(world, HELD)
            sweeps.finish(world, PLAIN)

    def says_and_leaves(self, agent):
        expect("it stays up", agent.process.poll(), None)
        expect("it says which host", "no-such-host.invalid" in agent.output(), True)
        begin = time.monotonic()
        expect("the exit code", agent.stop(), 0)
        expect("it left in time", time.monotonic() - begin < 6, True)

    def one_service_does_not_resolve(self):
        """The job waits for it, and is handed back to leave; its summary says for what."""
        with sweeps.scene(PLAIN) as world:
            agent = sweeps.start(world, HELD, extra={"AWS_ENDPOINT_URL_EC2": self.NOWHERE})
            wait_for("a failed try", lambda: "no-such-host.invalid" in agent.output())
            self.says_and_leaves(agent)
            expect("handed back", world.results(), (0, 1))
            (request,) = world.requests(operation="PutJobSuccessResult")
            summary = request["params"]["executionDetails"]["summary"]
            expect(f"'{summary}' names the host", "no-such-host.invalid" in summary, True)
            sweeps.start(world, HELD, "elsewhere")
            sweeps.finish(world, PLAIN)

    def test_it_stays_up_and_says_which_host(self):
        expected = "stays up, names the host, leaves within 5 s; done when it resolves"
        run_all(self, "faults", [
            Case("no name resolves", expected, self.nothing_resolves),
            Case("EC2's name does not resolve", "handed back with the host in its summary; "
                 "another agent ends it", self.one_service_does_not_resolve)])


class Clock(unittest.TestCase):
    """The agent's clock is off by an hour, from the start or from the middle of a job."""

    def run_with(self, first, then, hold):
        with sweeps.scene(PLAIN, SLOWER) as world:
            world.is_for_the_wire_checks = False  # what is refused for its time is not decoded
            world.set(caller_clock_offset=first)
            agent = sweeps.start(world, hold)
            imaging(world)
            world.set(caller_clock_offset=then)
            wait_for("the result", lambda: world.results()[0])
            wait_for("its answer", lambda: not sweeps.jobs_in(agent.state))
            world.set(caller_clock_offset="0s")  # the clock of those who look is right
            sweeps.finish(world, PLAIN)
            said = "the clock differs from the service's" in agent.output()
            expect("it is said", said, True)

    def test_it_is_noticed_and_made_up_for(self):
        expected = "learns the difference and says it; " + GOES_THROUGH
        run_all(self, "faults", [
            Case(name, expected, lambda f=first, t=then, h=hold: self.run_with(f, t, h), hold)
            for hold in (HELD, HANDED_BACK)
            for name, first, then in (("the clock is 1 h ahead", "-1h", "-1h"),
                                      ("the clock is 1 h behind", "1h", "1h"),
                                      ("the clock jumps 1 h ahead", "0s", "-1h"),
                                      ("the clock jumps 1 h back", "0s", "1h"),
                                      ("the clock jumps by 2 h", "1h", "-1h"))])


class Credentials(unittest.TestCase):
    """They expire in the middle of a job."""

    def instance_role(self):
        """The instance's live for two seconds and are fetched anew."""
        settings = ["imds_credentials_time=2s", "imds_region=eu-west-1", "image_time=5s"]
        with sweeps.World([*sweeps.PACE, *settings], imds=True) as world:
            world.is_for_the_wire_checks = False  # nobody knows the secrets of these keys
            PLAIN.set_up(world)
            agent = world.agent("--hold", HELD, environment={
                "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
                "AWS_EC2_METADATA_DISABLED": "false",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": world.imds_url})
            agent.state = os.path.join(world.folder, "state")
            sweeps.finish(world, PLAIN)
            keys = {one["access_key"] for one in world.requests(service="ec2")
                    if "codepipeline-agent/" in one["request"]["headers"]["User-Agent"]}
            expect(f"several keys were used: {keys}", len(keys) > 1, True)

    def profile(self):
        """A profile's session ends before it said so; somebody writes new keys into the file."""
        with sweeps.scene(PLAIN, ["image_time=2s"]) as world:
            world.is_for_the_wire_checks = False  # what is refused for its keys is not decoded
            path = os.path.join(world.folder, "credentials")
            self.write_session(world, path, "ONE")
            agent = world.agent("--hold", HELD, environment={
                "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
                "AWS_SHARED_CREDENTIALS_FILE": path})
            agent.state = os.path.join(world.folder, "state")
            imaging(world)
            self.write_session(world, path, "TWO")
            world.control("POST", "keys", {"access_key": "ASIAONE", "secret": "secret-ONE",
                                           "account": "111122223333", "token": "token-ONE",
                                           "expiry": "20200101T000000Z"})
            sweeps.finish(world, PLAIN)
            answers = [one["error"] for one in world.requests() if one["access_key"] == "ASIAONE"]
            expect("the first session expired in the middle",
                   any(answer for answer in answers), True)

    def write_session(self, world, path, name):
        key = {"access_key": f"ASIA{name}", "secret": f"secret-{name}", "token": f"token-{name}",
               "account": "111122223333"}
        world.control("POST", "keys", key)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(f"[default]\naws_access_key_id = {key['access_key']}\n"
                       f"aws_secret_access_key = {key['secret']}\n"
                       f"aws_session_token = {key['token']}\n")
        os.rename(path + ".new", path)

    def test_new_ones_are_fetched(self):
        run_all(self, "faults", [
            Case("the instance's credentials expire every 2 s", "fetched anew; " + GOES_THROUGH,
                 self.instance_role),
            Case("a session ends early, the file has a new one", "read anew; " + GOES_THROUGH,
                 self.profile)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
