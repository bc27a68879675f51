"""A local cloud, a user (boto3) and agents as real processes on loopback.

Every test program of this folder uses it: `with World() as world`. Whatever was started is ended
when the world ends, by pid.
"""

import contextlib
import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import boto3
import botocore.config

BIN = os.environ["AGENT_BIN"]  # the folder of the built programs
LOGS = os.environ.get("AGENT_WIRE_LOGS", "")  # where request logs go for the wire checks
REGION = "eu-west-1"
KEYS = {
    # AWS's documented example key: the local cloud's built-in account 111122223333.
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
PACE = ["image_time=2s", "instance_start_time=100ms", "visibility_lag=200ms",
        "builtin_action_time=100ms", "reoffer_after=3s"]
AGENT = ["--poll-interval", "300ms", "--wait-interval", "200ms", "--log-level", "debug"]


_making_clients = threading.Lock()  # boto3 makes one at a time


def wait_for(what, condition, seconds=60, every=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s for {what}")


def usual_arguments(given):
    """Those of AGENT that are not among the given ones: an option may be there once only."""
    pairs = zip(AGENT[::2], AGENT[1::2])
    return [part for pair in pairs if pair[0] not in given for part in pair]


class Agent:
    """One agent process on a state directory; `prefix` is a command that runs a command."""

    def __init__(self, url, state, arguments, environment, program="codepipeline-agent",
                 prefix=()):
        self.log_path = os.path.join(os.path.dirname(state), f"agent-{time.monotonic_ns()}.log")
        self.log = open(self.log_path, "wb")
        environment = {"PATH": os.environ["PATH"], "AWS_REGION": REGION, "AWS_ENDPOINT_URL": url,
                       "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent", **KEYS,
                       **environment}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment.setdefault(name, os.environ[name])
        self.process = subprocess.Popen(
            [*prefix, os.path.join(BIN, program), "run", "--state-dir", state,
             *usual_arguments(arguments), *arguments],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self, number=signal.SIGTERM):
        """Returns the exit code."""
        self.process.send_signal(number)
        return self.wait(10)

    def wait(self, seconds=60):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the agent did not end within {seconds} s:\n{self.output()}")
        self.log.close()
        return code

    def output(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()


def action_type(region):
    path = os.path.join(os.path.dirname(__file__), "../../packaging/action-types/CreateImage.json")
    with open(path, encoding="utf-8") as text:
        return json.loads(text.read().replace("REGION", region))


class World:
    def __init__(self, settings=(), imds=False):
        self.folder = tempfile.mkdtemp(prefix="codepipeline-agent-e2e-")
        self.agents = []
        options = [f"--set={one}" for one in [*PACE, *settings]]
        options += ["--imds-port", "0"] if imds else []
        self.cloud = subprocess.Popen([os.path.join(BIN, "local-cloud"), "--port", "0", *options],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.url = self.cloud.stdout.readline().split()[-1]
        self.imds_url = self.cloud.stdout.readline().split()[-1] if imds else None
        self.agent_url = self.url  # a gate's, where there is one
        self.is_for_the_wire_checks = True
        self.clients = {}
        self.past_rules = []
        self.region = REGION
        self.artifact_bucket = ""  # once there is one
        self.keys = {}  # further ones, for the wire checks

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            for agent in self.agents:
                print(agent.output()[-100_000:], file=sys.stderr)
        for agent in self.agents:
            if agent.process.poll() is None:
                agent.kill()
        self.keep_log()
        for client in self.clients.values():
            client.close()
        self.cloud.terminate()
        self.cloud.wait()
        self.cloud.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep_log(self):
        """The request log, for the checks of tests/wire."""
        if not LOGS or not self.is_for_the_wire_checks or self.cloud.poll() is not None:
            return
        name = f"{os.path.basename(sys.argv[0])}-{os.getpid()}-{time.monotonic_ns()}.json"
        with open(os.path.join(LOGS, name), "w", encoding="utf-8") as log:
            json.dump({"keys": self.keys, **self.control("GET", "requests")}, log)

    def control(self, method, path, body=None):
        if (method, path) == ("POST", "keys"):
            self.keys[body["access_key"]] = body["secret"]
        request = urllib.request.Request(f"{self.url}/_control/{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def fault(self, *rules):
        """Adds rules (tests/local_cloud/control.h)."""
        self.control("POST", "faults", list(rules))

    def end_faults(self):
        """No rule applies any more; what they did is still told."""
        self.past_rules += self.control("GET", "faults")["rules"]
        self.control("DELETE", "faults")

    def applied(self, rule=None):
        """How often the rule of that id has applied, or all of them."""
        rules = self.past_rules + self.control("GET", "faults")["rules"]
        return sum(one["applied"] for one in rules if rule in (None, one["id"]))

    def set(self, **settings):
        self.control("POST", "settings", settings)

    def elsewhere(self, region):
        """The same world, looked at from another region."""
        other = copy.copy(self)
        other.region, other.artifact_bucket = region, ""
        return other

    def aws(self, service, region=None):
        region = region or self.region
        with _making_clients:
            if (service, region) not in self.clients:
                self.clients[service, region] = boto3.client(
                    service, region_name=region, endpoint_url=self.url,
                    aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
                    config=botocore.config.Config(retries={"max_attempts": 1}))
        return self.clients[service, region]

    def agent(self, *arguments, state="state", environment=None, **others):
        directory = os.path.join(self.folder, state)
        os.makedirs(directory, exist_ok=True)
        agent = Agent(self.agent_url, directory, arguments, environment or {}, **others)
        self.agents.append(agent)
        return agent

    def requests(self, **query):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return self.control("GET", f"requests?{text}")["requests"]

    # The scene: a group whose template gets new versions, and pipelines that image it.

    def set_up_group(self, name="web"):
        self.aws("ec2").create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={"ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro"})
        self.aws("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=1, MaxSize=4, DesiredCapacity=2,
            AvailabilityZones=[self.region + "a"],
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"})
        wait_for("instances in service", lambda: all(
            instance["LifecycleState"] == "InService" for instance in self.group(name)["Instances"]
        ) and self.group(name)["Instances"])

    def group(self, name="web"):
        groups = self.aws("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return groups["AutoScalingGroups"][0]

    def set_up_action_type(self):
        self.aws("codepipeline").create_custom_action_type(**action_type(self.region))

    def set_up_bucket(self, name):
        """Names of buckets are good for all regions: elsewhere it is another one. Its name."""
        place = {}
        if self.region != REGION:
            name = f"{name}-{self.region}"
        if self.region != "us-east-1":  # which S3 wants to go without saying
            place["CreateBucketConfiguration"] = {"LocationConstraint": self.region}
        with contextlib.suppress(self.aws("s3").exceptions.BucketAlreadyOwnedByYou):
            self.aws("s3").create_bucket(Bucket=name, **place)
        return name

    def set_up_artifact_bucket(self):
        """With the policy of CodePipeline's own. (The cloud counts loopback as safe.)"""
        self.artifact_bucket = self.set_up_bucket("artifacts")
        path = os.path.join(os.path.dirname(__file__),
                            "../../packaging/examples/artifact-bucket-policy.json")
        with open(path, encoding="utf-8") as text:
            self.aws("s3").put_bucket_policy(
                Bucket=self.artifact_bucket,
                Policy=text.read().replace("BUCKET", self.artifact_bucket))

    def set_up_pipeline(self, name="shop", configuration=None, release=None, outputs=()):
        """Starts its first execution too, as CodePipeline does. Its source is `release` (bytes);
        without, its artifacts are only names."""
        if not self.artifact_bucket:
            self.set_up_artifact_bucket()
        bucket = "source"
        if release is not None:
            bucket = self.set_up_bucket(bucket)
            self.aws("s3").put_object(Bucket=bucket, Key=name, Body=release)
        source = {
            "name": "Source", "outputArtifacts": [{"name": "App"}],
            "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3",
                             "version": "1"},
            "configuration": {"S3Bucket": bucket, "S3ObjectKey": name}}
        image = {
            "name": "Image", "inputArtifacts": [{"name": "App"}],
            "outputArtifacts": [{"name": output} for output in outputs],
            "actionTypeId": {"category": "Deploy", "owner": "Custom", "provider": "CreateImage",
                             "version": "1"},
            "configuration": {"AutoScalingGroupName": "web", **(configuration or {})}}
        self.aws("codepipeline").create_pipeline(pipeline={
            "name": name, "roleArn": "arn:aws:iam::111122223333:role/pipeline",
            "artifactStore": {"type": "S3", "location": self.artifact_bucket},
            "stages": [{"name": "Source", "actions": [source]},
                       {"name": "Image", "actions": [image]}]})

    def status(self, name="shop"):
        executions = self.aws("codepipeline").list_pipeline_executions(pipelineName=name)
        return executions["pipelineExecutionSummaries"][0]["status"]

    def wait_until_over(self, name="shop", seconds=60):
        return wait_for(f"the end of {name}",
                        lambda: self.status(name) != "InProgress" and self.status(name), seconds)

    def action(self, name="shop"):
        state = self.aws("codepipeline").get_pipeline_state(name=name)
        return state["stageStates"][1]["actionStates"][0]["latestExecution"]

    def outputs(self, name="shop"):
        """The output variables of the action's latest execution."""
        executions = self.aws("codepipeline").list_action_executions(pipelineName=name)
        found = [one for one in executions["actionExecutionDetails"] if one["stageName"] == "Image"]
        return found[0].get("output", {}).get("outputVariables", {})

    def artifacts(self, name="shop"):
        """Where the action's inputs and outputs are, by name: (bucket, key)."""
        executions = self.aws("codepipeline").list_action_executions(pipelineName=name)
        found = [one for one in executions["actionExecutionDetails"] if one["stageName"] == "Image"]
        if not found:
            return {}
        inputs = found[0]["input"].get("inputArtifacts", [])
        outputs = found[0].get("output", {}).get("outputArtifacts", [])
        return {one["name"]: (one["s3location"]["bucket"], one["s3location"]["key"])
                for one in inputs + outputs}

    def images(self):
        return self.aws("ec2").describe_images(Owners=["self"])["Images"]

    def versions(self, name="web", region=None):
        pages = self.aws("ec2", region).get_paginator("describe_launch_template_versions").paginate(
            LaunchTemplateName=name)
        return [version for page in pages for version in page["LaunchTemplateVersions"]]

    def results(self):
        """Results that took effect, by kind: final ones and hand-backs."""
        final, handed_back = 0, 0
        for request in self.requests(service="codepipeline"):
            if not request["took_effect"]:
                continue
            if request["operation"] == "PutJobFailureResult":
                final += 1
            elif request["operation"] == "PutJobSuccessResult":
                if "continuationToken" in request["params"]:
                    handed_back += 1
                else:
                    final += 1
        return final, handed_back
