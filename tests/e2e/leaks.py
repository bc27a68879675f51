"""Secrets that an agent was given or met on the way, and all that came out of it."""

import base64
import io
import json
import os
import re
import urllib.parse
import zipfile
import zlib

from fire import expect
from world import KEYS

OWN_SECRET = "kN1sHzQ8ptRvWcYd0FgJm4LbXe7uOa2TiE9r5S3q"
OWN_TOKEN = "IQoJb3JpZ2luX2VjEKz" + "q8ZrT0hXcWm5V1n" * 12 + "aZk="
PASSWORD = "hunter2-and-some-more"  # of a user who put it into an action's configuration


# What must not be shown.


def walk(value, name=""):
    """Every text of a JSON value, with the name of the member that it is."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from walk(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one, name)
    elif isinstance(value, str):
        yield name, value


def handed_out(exchange):
    """Secrets in an answer of the cloud's."""
    body = exchange["response"].get("body", "")
    if exchange["service"] == "imds" and exchange["request"]["method"] == "PUT":
        return [body.strip()]
    try:
        texts = walk(json.loads(body))
    except ValueError:
        return []
    names = ("secretaccesskey", "sessiontoken")
    return [text for name, text in texts if text and (
        name.lower() in names or (name == "Token" and exchange["service"] == "imds"))]


def secrets_of(world):
    """Each with what it is."""
    found = {KEYS["AWS_SECRET_ACCESS_KEY"]: "the secret key", OWN_SECRET: "the secret key",
             OWN_TOKEN: "the session token", PASSWORD: "the user's password"}
    for one in world.requests():
        for text in handed_out(one):
            found[text] = f"handed out by {one['service']} {one['operation']}"
        headers = one["request"]["headers"]
        if "codepipeline-agent/" not in headers.get("User-Agent", ""):
            continue
        signature = re.search(r"Signature=(\w+)", headers.get("Authorization", ""))
        if signature:
            found[signature[1]] = f"the signature of {one['operation']}"
    return found


def disguises(secret):
    raw = secret.encode()
    return {raw, json.dumps(secret)[1:-1].encode(), secret.replace("/", "\\/").encode(),
            urllib.parse.quote(secret, safe="").encode(), base64.b64encode(raw).rstrip(b"="),
            base64.urlsafe_b64encode(raw).rstrip(b"="), raw.hex().encode()}


# What came out.


def inflate(token):
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return zlib.decompress(data, -zlib.MAX_WBITS)


def with_tokens(data):
    """Together with what the continuation tokens in it say."""
    return data + b"".join(inflate(one.decode()) for one in re.findall(rb"j1\.([\w-]+)", data))


def files(folder):
    for place, _, names in os.walk(folder):
        for name in names:
            if name == "credentials":
                continue
            with open(os.path.join(place, name), "rb") as file:
                yield os.path.relpath(os.path.join(place, name), folder), file.read()


def unzipped(request):
    body = base64.b64decode(request["body_base64"]) if "body_base64" in request else \
        request["body"].encode()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def sent(world):
    """What the agent said to AWS, but for the two headers that are meant to carry secrets."""
    for one in world.requests():
        request = one["request"]
        if "codepipeline-agent/" not in request["headers"].get("User-Agent", ""):
            continue
        headers = {name: value for name, value in request["headers"].items()
                   if name.lower() not in ("authorization", "x-amz-security-token",
                                           "x-amz-content-sha256", "x-aws-ec2-metadata-token")}
        yield (f"request {one['operation']}",
               json.dumps([request["target"], headers, request.get("body", "")]).encode())
        if one["operation"] == "PutObject":
            yield "an output artifact", unzipped(request)


def shown(world):
    """What people see of it in AWS. The configuration itself is not of our making."""
    ec2, pipeline = world.aws("ec2"), world.aws("codepipeline")
    yield "images", world.images()
    yield "snapshots", ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    yield "versions", world.versions()
    yield "instances", ec2.describe_instances()["Reservations"]
    for name in world.names:
        yield f"state of {name}", pipeline.get_pipeline_state(name=name)["stageStates"]
        details = pipeline.list_action_executions(pipelineName=name)["actionExecutionDetails"]
        yield f"executions of {name}", [one.get("output") for one in details]


def all_that_came_out(world):
    yield from files(world.folder)
    yield from sent(world)
    for what, value in shown(world):
        yield what, json.dumps(value, default=str).encode()
    yield from world.processes


def search(world):
    """How much was searched for how many; fails with what was found and where."""
    secrets = secrets_of(world)
    needles = [(needle, what) for secret, what in secrets.items() for needle in disguises(secret)]
    wrong, size = [], 0
    for place, data in all_that_came_out(world):
        data = with_tokens(data)
        size += len(data)
        wrong += [f"{what} is shown in {place}" for needle, what in needles if needle in data]
    expect("what is shown", wrong, [])
    return len(secrets), size
