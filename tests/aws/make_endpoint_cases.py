#!/usr/bin/python3
"""Writes endpoint_cases.json: what botocore's endpoint rules make of service, region and variant.

Combinations that those rules refuse are left out. Needs Debian's python3-botocore.
"""
import json
import pathlib

import botocore.session
from botocore.endpoint_provider import EndpointProvider

SERVICES = {
    "codepipeline": "codepipeline", "ec2": "ec2", "autoscaling": "autoscaling", "sts": "sts",
    "s3": "s3", "imagebuilder": "imagebuilder", "ssm": "ssm", "cloudformation": "cloudformation",
    "ecs": "ecs", "elbv2": "elasticloadbalancing",
    "application-autoscaling": "application-autoscaling",
}
# In the host's name, or in the path.
BUCKETS = ["my-bucket", "my.bucket", "My_Bucket", "-b", "192.168.0.1", "b" * 63]
REGIONS = ["eu-west-1", "us-east-1", "us-west-2", "ap-southeast-5", "cn-north-1", "us-gov-west-1",
           "us-gov-east-1", "us-iso-east-1", "us-isob-east-1"]


def cases():
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    for model, name in SERVICES.items():
        provider = EndpointProvider(loader.load_service_model(model, "endpoint-rule-set-1"), partitions)
        for region in REGIONS:
            for fips, dual_stack in [(0, 0), (1, 0), (0, 1), (1, 1)]:
                given = {"Region": region, "UseFIPS": bool(fips), "UseDualStack": bool(dual_stack)}
                if name == "sts":
                    given["UseGlobalEndpoint"] = False
                if name == "s3":
                    given.update(UseGlobalEndpoint=False, Accelerate=False, ForcePathStyle=False)
                for bucket in [None, *BUCKETS] if name == "s3" else [None]:
                    named = {"bucket": bucket} if bucket else {}
                    try:
                        url = provider.resolve_endpoint(**given, Bucket=bucket).url
                    except Exception:
                        continue
                    yield {"service": name, "region": region, "fips": bool(fips),
                           "dual_stack": bool(dual_stack), **named, "url": url}


lines = ",\n".join(json.dumps(case) for case in cases())
pathlib.Path(__file__).with_name("endpoint_cases.json").write_text("[\n" + lines + "\n]\n")
