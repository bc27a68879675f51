"""Service models that we did not write, from three sources side by side.

Debian's python3-botocore (2022) knows types, required members, enums, lengths and patterns. The
models in npm's aws-sdk 2 (2025) know newer members, but only names, types and what is required.
Clients of the AWS SDK for JavaScript 3 (2026) know the newest of a few services; newest.cjs has
written them down. All are the same format (a shape is inline or {"shape": NAME}), so one reader
serves all.
"""
import functools
import json
import pathlib

import botocore.loaders

# Signing name, as the request log has it -> (botocore's name, aws-sdk's file without its date).
SERVICES = {
    "application-autoscaling": ("application-autoscaling", "application-autoscaling"),
    "autoscaling": ("autoscaling", "autoscaling"),
    "cloudformation": ("cloudformation", "cloudformation"),
    "codepipeline": ("codepipeline", "codepipeline"),
    "ec2": ("ec2", "ec2"),
    "ecs": ("ecs", "ecs"),
    "elasticloadbalancing": ("elbv2", "elasticloadbalancingv2"),
    "imagebuilder": ("imagebuilder", "imagebuilder"),
    "s3": ("s3", "s3"),
    "ssm": ("ssm", "ssm"),
    "sts": ("sts", "sts"),
}


class Shape:
    """A shape where it is used: what it is, with what the place that names it adds."""

    def __init__(self, shapes, reference):
        self._shapes = shapes
        named = shapes[reference["shape"]] if "shape" in reference else {}
        self.facts = {**named, **{key: value for key, value in reference.items() if key != "shape"}}
        default = "structure" if "members" in self.facts else "string"
        self.type = self.facts.get("type", default)

    def get(self, fact, otherwise=None):
        return self.facts.get(fact, otherwise)

    @functools.cached_property
    def members(self):
        references = self.facts.get("members", {})
        return {name: Shape(self._shapes, reference) for name, reference in references.items()}

    @property
    def required(self):
        return self.facts.get("required", [])

    def part(self, which):
        """The shape of a list's "member", a map's "key" or "value"."""
        return Shape(self._shapes, self.facts.get(which, {}))


class Operation:
    def __init__(self, model, name):
        self.facts = model.raw["operations"][name]
        self.shapes = model.raw["shapes"]
        self.errors = [self._error_code(error) for error in self.facts.get("errors", [])]

    def _error_code(self, error):
        named = self.shapes.get(error["shape"], {})
        return named.get("error", {}).get("code", error["shape"])

    def shape(self, which):
        """The "input" or "output" shape; an empty structure where the operation has none."""
        return Shape(self.shapes, self.facts.get(which) or {"type": "structure", "members": {}})


class Model:
    def __init__(self, source, raw, metadata):
        self.source = source
        self.raw = raw
        self.protocol = metadata["protocol"]
        self.metadata = metadata

    def operation(self, name):
        return Operation(self, name) if name in self.raw["operations"] else None


@functools.lru_cache(maxsize=None)
def models(service, sdk):
    """The models of a service, the one that knows more first. `sdk` is aws-sdk's apis folder."""
    botocore_name, prefix = SERVICES[service]
    raw = botocore.loaders.Loader().load_service_model(botocore_name, "service-2")
    latest = max(pathlib.Path(sdk).glob(f"{prefix}-20??-??-??.min.json"))
    newer = json.loads(latest.read_text(encoding="utf-8"))
    known = [Model("botocore", raw, raw["metadata"]), Model("aws-sdk", newer, newer["metadata"])]
    client = pathlib.Path(sdk).parents[2] / "newest" / f"{botocore_name}.json"
    if client.is_file():
        newest = json.loads(client.read_text(encoding="utf-8"))
        grow_enums(raw["shapes"], newest["enums"])
        known.append(Model("aws-sdk 3", newest, raw["metadata"]))
    return known


def grow_enums(shapes, newest):
    """Values that have come since: the older model still says where the enum is used."""
    for name, values in newest.items():
        if "enum" in shapes.get(name, {}):
            shapes[name]["enum"] = sorted({*shapes[name]["enum"], *values})
