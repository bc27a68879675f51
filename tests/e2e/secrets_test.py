#!/usr/bin/python3
"""No secret is ever shown: in no log, file, token, message, argument, resource or core dump.

Secrets are what the agent was given (keys, session tokens, a proxy's password, a user's own in the
configuration) and what it was handed on the way (artifact credentials, keys and token of the
metadata service, its own signatures). All of them are gathered, then all that came out is searched
for them, as they are and in the usual disguises.
"""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import unittest

from archives import zipped
from cases import chosen
from fire import expect, run_all
from leaks import OWN_SECRET, OWN_TOKEN, PASSWORD, disguises, search, with_tokens
from world import BIN, KEYS, REGION, World, action_type, wait_for

TABLE = "secrets"
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json", "journald")
SIGNING_STRING = ("The request signature we calculated does not match the signature you provided. "
                  "The Canonical String for this request should have been 'POST / "
                  "x-amz-security-token:{token} {secret}'")


# Where the agent has its keys from: what its environment says, by kind.


def from_environment(_):
    return {}


def from_environment_with_token(_):
    return {"AWS_ACCESS_KEY_ID": "ASIAWITHTOKEN", "AWS_SECRET_ACCESS_KEY": OWN_SECRET,
            "AWS_SESSION_TOKEN": OWN_TOKEN}


def from_profile(world):
    path = os.path.join(world.folder, "credentials")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"[default]\naws_access_key_id = ASIAWITHTOKEN\n"
                   f"aws_secret_access_key = {OWN_SECRET}\naws_session_token = {OWN_TOKEN}\n")
    return {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
            "AWS_SHARED_CREDENTIALS_FILE": path}


def from_metadata(world):
    return {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": world.imds_url}


SOURCES = {"environment": from_environment, "environment, session token":
           from_environment_with_token, "profile file": from_profile, "IMDS": from_metadata}


# A life in which much goes well and much goes wrong.


def process_of(agent):
    """What anybody on the machine sees of the process (proc(5))."""
    for name in ("cmdline", "comm", "status"):
        with open(f"/proc/{agent.process.pid}/{name}", "rb") as file:
            yield f"/proc/PID/{name}", file.read()


def start(world, source, level, log_format, hold="0s"):
    agent = world.agent("--hold", hold, "--log-level", level, "--log-format", log_format,
                        environment=SOURCES[source](world),
                        prefix=["sh", "-c", 'umask 0 && exec "$@"', "sh"])
    wait_for("the first poll", lambda: len(world.requests(operation="PollForJobs")) > 0)
    world.processes += process_of(agent)
    return agent


def run_pipeline(world, name, status, configuration=None, wait=True, **artifacts):
    world.names.append(name)
    world.set_up_pipeline(name, configuration, **artifacts)
    if wait:
        expect(f"the pipeline {name}", world.wait_until_over(name), status)


def action_type_with_a_secret(world):
    kind = action_type(REGION)
    # One more than CodePipeline allows, so it takes the place of one that is not used here.
    properties = kind["configurationProperties"]
    properties[:] = [one for one in properties if one["name"] != "KeepImages"]
    properties.append({
        "name": "DatabasePassword", "required": False, "key": False, "secret": True,
        "queryable": False, "type": "String", "description": "Not a setting of the action."})
    world.aws("codepipeline").create_custom_action_type(**kind)


def keys_in_use(world, source):
    """The secret key and the session token that the agent signs with now."""
    if source == "environment":
        return KEYS["AWS_SECRET_ACCESS_KEY"], ""
    if source != "IMDS":
        return OWN_SECRET, OWN_TOKEN
    given = [json.loads(one["response"]["body"]) for one in world.requests(service="imds")
             if "SecretAccessKey" in one["response"].get("body", "")]
    return given[-1]["SecretAccessKey"], given[-1]["Token"]


def goes_well_and_wrong(world, source):
    """Successes with hand-backs, refused configurations, failures that tell what AWS said."""
    run_pipeline(world, "good", "Succeeded", {"Options": json.dumps({"Tags": "Team=blue"})})
    # Artifacts: with the credentials that each job is given, slowly, and refused.
    from_file = {"Options": json.dumps({"ConfigFile": "conf.json"})}
    release = zipped({"conf.json": json.dumps({"Tags": "Team=blue"})})
    world.fault({"id": "slow", "operation": "GetObject", "effect": "expired-token", "times": 1})
    run_pipeline(world, "artifacts", "Succeeded", from_file, release=release, outputs=["Made"])
    expect("expired credentials", world.applied("slow"), 1)
    world.end_faults()
    world.control("POST", "deny", {"principal": "*:role/pipeline", "action": "s3:PutObject"})
    run_pipeline(world, "no-upload", "Failed", from_file, release=release, outputs=["Made"])
    world.control("DELETE", "deny")
    secret_file = zipped({"conf.json": json.dumps({"DbPassword": PASSWORD})})
    run_pipeline(world, "file", "Failed", from_file, release=secret_file)
    run_pipeline(world, "wrong", "Failed", {"AutoScalingGroupName": "wbe"})
    run_pipeline(world, "property", "Failed", {"DatabasePassword": PASSWORD})
    run_pipeline(world, "options", "Failed", {"Options": json.dumps({"DbPassword": PASSWORD})})
    world.control("POST", "deny", {"principal": "*", "action": "ec2:CreateImage"})
    run_pipeline(world, "denied", "Failed")
    world.control("DELETE", "deny")
    # AWS may say in an error what it expected to be signed, and that has the token in it.
    secret, token = keys_in_use(world, source)
    message = SIGNING_STRING.format(token=token, secret=secret)
    refusal = {"effect": "error", "status": 403, "message": message}
    world.fault({"operation": "DescribeAutoScalingGroups", "times": 9,
                 "code": "SignatureDoesNotMatch", **refusal},
                {"operation": "PollForJobs", "times": 1, "code": "InvalidSignatureException",
                 **refusal}, {"operation": "PollForJobs", "times": 1, "effect": "expired-token"})
    run_pipeline(world, "unsigned", "Failed")
    world.end_faults()


def is_killed_and_damaged(world, agent):
    """Leaves a state file that is set aside at the next start."""
    before = len(world.images())
    run_pipeline(world, "killed", "Succeeded", wait=False)
    wait_for("the image", lambda: len(world.images()) > before)
    agent.kill()
    with open(f"{world.folder}/state/state", "ab") as file:
        file.write(b"00000000 {}\n")


def private(world):
    """Nobody else may read what is in the state directory, whatever umask the agent came with."""
    directory = f"{world.folder}/state"
    expect("files", any(name.startswith("state.damaged-") for name in os.listdir(directory)), True)
    for name in os.listdir(directory):
        expect(name, oct(stat.S_IMODE(os.stat(f"{directory}/{name}").st_mode)), "0o600")


def life(source, level, log_format):
    def run():
        with World(["image_time=1s", "visibility_lag=100ms", "reoffer_after=1s"],
                   imds=True) as world:
            world.is_for_the_wire_checks = False
            world.names, world.processes = [], []
            world.control("POST", "keys", {"access_key": "ASIAWITHTOKEN", "secret": OWN_SECRET,
                                           "account": "111122223333", "token": OWN_TOKEN})
            world.set_up_group()
            action_type_with_a_secret(world)
            agent = start(world, source, level, log_format)
            goes_well_and_wrong(world, source)
            is_killed_and_damaged(world, agent)
            agent = start(world, source, level, log_format, hold="1h")
            expect("killed", world.wait_until_over("killed"), "Succeeded")
            expect("exit code", agent.stop(), 0)
            private(world)
            count, size = search(world)
            expect("there was much to find and to search", count > 100 and size > 100_000, True)
    return run


# What else an agent may be given and may complain of.


def complains(arguments, environment, part, *, secret=PASSWORD, seconds=3.0):
    """It says what is wrong, without the secret in it."""
    def run():
        with World() as world:
            environment_of_it = {
                "PATH": os.environ["PATH"], "HOME": world.folder, "AWS_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": world.url, **KEYS,
                **{name: value.format(folder=world.folder) for name, value in environment.items()}}
            with open(os.path.join(world.folder, "bad"), "w", encoding="ascii") as file:
                file.write(f"[default]\naws_access_key_id = AKIA\n{PASSWORD}\n")
            process = subprocess.Popen(
                [os.path.join(BIN, "codepipeline-agent"), "run", "--log-level", "debug",
                 "--state-dir", os.path.join(world.folder, "state"), *arguments],
                env=environment_of_it, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.terminate()
            said = process.communicate()[0]
            expect(f"'{part}' is in {said}", part.encode() in said, True)
            for needle in disguises(secret):
                expect(f"the secret is in {said}", needle in said, False)
    return run


def complaints():
    right = "complains without it"
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    proxy = {"https_proxy": f"http://somebody:{PASSWORD}@127.0.0.1:{closed}",
             "AWS_ENDPOINT_URL": "https://cloud.example"}
    url = {"AWS_ENDPOINT_URL": f"http://somebody:{PASSWORD}@127.0.0.1:{closed}"}
    imds = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://u:{PASSWORD}@127.0.0.1:{closed}"}
    yield "a proxy's password", right, complains([], proxy, "polling failed")
    yield "a password in an endpoint's URL", right, complains([], url, "AWS_ENDPOINT_URL")
    yield "a password in the metadata endpoint's URL", right, complains([], imds, "ENDPOINT")
    yield "a credentials file that is not understood", right, complains(
        [], {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
             "AWS_SHARED_CREDENTIALS_FILE": "{folder}/bad"}, "line 3")
    yield "a session token that cannot be sent", right, complains(
        [], {"AWS_SESSION_TOKEN": PASSWORD + "\x01"}, "control character")
    yield "an unknown option", right, complains([f"--secret-key={PASSWORD}"], {}, "--secret-key")
    yield "an unknown variable", right, complains(
        [], {"CODEPIPELINE_AGENT_SECRET_KEY": PASSWORD}, "CODEPIPELINE_AGENT_SECRET_KEY")


def core_dumps():
    """None, and no memory for another process of the same user: root owns it then (proc(5))."""
    nobody = 65534
    prefix = [] if os.geteuid() else ["setpriv", f"--reuid={nobody}", f"--regid={nobody}",
                                      "--clear-groups", "--"]
    with World() as world:
        os.chmod(world.folder, 0o711)
        directory = os.path.join(world.folder, "state")
        os.mkdir(directory, 0o700)
        if prefix:
            os.chown(directory, nobody, nobody)
        agent = world.agent(prefix=prefix)
        wait_for("the start", lambda: " started " in agent.output())
        process = f"/proc/{agent.process.pid}"
        with open(f"{process}/limits", encoding="ascii") as limits:
            core = re.search(r"Max core file size\s+(\S+)\s+(\S+)", limits.read())
        expect("limits of core files", core.groups(), ("0", "0"))
        with open(f"{process}/status", encoding="ascii") as status:
            uid = int(re.search(r"^Uid:\s+(\d+)", status.read(), re.M)[1])
        expect("it runs as root", uid == 0, False)
        expect("who owns its memory", os.stat(f"{process}/mem").st_uid, 0)
        expect("who owns its environment", os.stat(f"{process}/environ").st_uid, 0)
        agent.process.send_signal(signal.SIGSEGV)
        agent.wait(20)
        expect("files", [name for name in os.listdir(directory) if "core" in name], [])


class Secrets(unittest.TestCase):
    def test_the_search_finds_what_there_is(self):
        # Of the raw deflated secret key.
        token = b'{"continuationToken":"j1.y_YzLPaoCrQoKAkqC0-OTDFwS_fKNfFJikg1L_VPNArJdLUsMg02LgQA"}'
        self.assertIn(OWN_SECRET.encode(), with_tokens(token))
        self.assertIn(json.dumps(OWN_TOKEN)[1:-1].encode(), disguises(OWN_TOKEN))

    def test_a_life_at_every_level_in_every_format(self):
        sources = list(SOURCES)
        rows = []
        for place, (level, log_format) in enumerate(
                (level, log_format) for level in LEVELS for log_format in FORMATS):
            for turn, source in enumerate(sources):
                rows.append((f"keys from {source}", "none of > 100 secrets is in > 100 kB that came out; files 0600",
                             life(source, level, log_format),
                             turn == place % len(sources) and (level == "debug" or place % 2 == 1)))
        run_all(self, TABLE, chosen(rows), at_once=8)

    def test_complaints(self):
        run_all(self, TABLE, chosen(list(complaints())))

    def test_core_dumps(self):
        run_all(self, TABLE, chosen([
            ("core dumps", "limit 0, not dumpable: memory and environment are root's", core_dumps)]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
