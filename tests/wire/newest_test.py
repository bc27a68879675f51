#!/usr/bin/python3
"""The newest SDK drives what boto3 of 2022 does not know: see refresh.cjs. All that went over the
wire is as the service models say, and the newest members are vouched for by somebody.

  newest_test.py LOCAL_CLOUD APIS_FOLDER LOG
"""
import json
import os
import pathlib
import subprocess
import sys

import cloud
from check_requests import check
from exchange import exchanges
from walk import Account

PACE = {"image_time": "100ms", "visibility_lag": "0ms", "instance_start_time": "20ms",
        "instance_stop_time": "20ms", "instance_reboot_time": "20ms", "refresh_start_time": "50ms"}
PUBLIC_IMAGE = "ami-0abcdef1234567890"

# Sent by the program under test; botocore of 2022 knows none of them.
WANTED = ["RollbackInstanceRefresh.AutoScalingGroupName"] + [
    f"StartInstanceRefresh.Preferences.{member}" for member in (
        "AutoRollback", "MaxHealthyPercentage", "BakeTime", "AlarmSpecification",
        "AlarmSpecification.Alarms", "ScaleInProtectedInstances", "StandbyInstances")]


def drive(program, sdk, log):
    modules = pathlib.Path(sdk).parents[2]
    with cloud.cloud(program, PACE) as running:
        ec2 = running.client("ec2")
        data = {"ImageId": PUBLIC_IMAGE, "InstanceType": "t3.small"}
        ec2.create_launch_template(LaunchTemplateName="newest", LaunchTemplateData=data)
        ec2.create_launch_template_version(LaunchTemplateName="newest", SourceVersion="1",
                                           LaunchTemplateData={"InstanceType": "t3.micro"})
        code = subprocess.run(
            ["node", str(cloud.HERE / "refresh.cjs"), str(modules), running.endpoint, cloud.REGION,
             cloud.KEY, cloud.SECRET, "newest"], stdin=subprocess.DEVNULL, check=False,
            env={**os.environ, "NODE_NO_WARNINGS": "1"}, timeout=120).returncode
        pathlib.Path(log).write_text(json.dumps(running.control("requests")), encoding="utf-8")
    return code == 0


def is_vouched_for(sdk, log):
    account = Account()
    for exchange in exchanges([log]):
        if exchange.service == "autoscaling":
            check(exchange, sdk, account)
    missing = [member for member in WANTED
               if account.members.get(f"autoscaling {member}", "botocore") == "botocore"]
    for member in missing:
        print(f"FAULT {member} was not sent, or only botocore vouches for it")
    return not missing


def main():
    program, sdk, log = sys.argv[1:]
    results = [drive(program, sdk, log), is_vouched_for(sdk, log),
               cloud.hold_against_models(sdk, [log], whose="aws-sdk-js")]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
