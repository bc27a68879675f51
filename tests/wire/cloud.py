"""A local cloud for the length of a test, and what of boto3 and the checks goes with it."""
import contextlib
import json
import pathlib
import subprocess
import sys
import time
import urllib.request

import boto3
import botocore.config

HERE = pathlib.Path(__file__).parent
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "eu-central-1"


class Cloud:
    def __init__(self, endpoint):
        self.endpoint = endpoint

    def client(self, service, region=REGION):
        config = botocore.config.Config(retries={"mode": "standard", "max_attempts": 2},
                                        s3={"addressing_style": "path"}, proxies={})
        return boto3.client(service, region_name=region, endpoint_url=self.endpoint, config=config,
                            aws_access_key_id=KEY, aws_secret_access_key=SECRET)

    def control(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.endpoint}/_control/{path}", data) as answer:
            return json.load(answer)


@contextlib.contextmanager
def cloud(program, settings):
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    with subprocess.Popen([program, "--port", "0", *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            yield Cloud(line[line.index("http"):].strip())
        finally:
            process.terminate()


def wait_for(what, seconds=30):
    """Asks again and again until it is true."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)
    return answer


def hold_against_models(sdk, logs, *, whose):
    """Runs the three checks over request logs; true when all are content."""
    programs = [
        ["check_requests.py", "--sdk", sdk, "--agent", whose, *logs],
        ["check_answers.py", "--sdk", sdk, *logs],
        ["check_signatures.py", *logs],
    ]
    codes = []
    for program, *arguments in programs:
        print(f"-- {program}", flush=True)
        codes.append(subprocess.run([sys.executable, str(HERE / program), *arguments],
                                    stdin=subprocess.DEVNULL, check=False).returncode)
    return not any(codes)
