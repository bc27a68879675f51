"""Whether one value on the wire is what a scalar shape allows."""
import base64
import datetime
import re

INTEGER = re.compile(r"-?[0-9]+")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def wrong_value(value, shape, as_text):
    """Why `value` is not one of `shape`, or None. In XML and form bodies all values are texts."""
    kind = shape.type
    reason = _wrong_text(value, kind, shape) if as_text else _wrong_json(value, kind, shape)
    return reason or _outside_limits(value, kind, shape)


def _wrong_json(value, kind, shape):
    expected = {
        "string": str, "character": str, "blob": str, "boolean": bool, "integer": int, "long": int,
        "float": (int, float), "double": (int, float),
        "timestamp": str if shape.get("timestampFormat") == "iso8601" else (int, float),
    }[kind]
    if not isinstance(value, expected) or (expected is not bool and isinstance(value, bool)):
        return f"{value!r} is not a {kind}"
    return None


def _wrong_text(value, kind, shape):
    if kind in ("integer", "long") and not INTEGER.fullmatch(value):
        return f"{value!r} is not a number"
    if kind in ("float", "double") and not NUMBER.fullmatch(value):
        return f"{value!r} is not a number"
    if kind == "boolean" and value not in ("true", "false"):
        return f"{value!r} is neither true nor false"
    if kind == "timestamp":
        return _wrong_time(value, shape)
    if kind == "blob":
        try:
            base64.b64decode(value, validate=True)
        except ValueError:
            return f"{value[:40]!r} is not base64"
    return None


def _wrong_time(value, shape):
    form = shape.get("timestampFormat", "iso8601")
    try:
        if form == "rfc822":
            datetime.datetime.strptime(value, "%a, %d %b %Y %H:%M:%S GMT")
        elif form == "unixTimestamp":
            float(value)
        else:
            when = datetime.datetime.fromisoformat(value)
            if when.tzinfo is None:
                return f"{value!r} has no time zone"
    except ValueError:
        return f"{value!r} is not a time ({form})"
    return None


def _outside_limits(value, kind, shape):
    if kind == "string":
        return _outside_string_limits(value, shape)
    if kind in ("integer", "long", "float", "double"):
        number = float(value)
        if number < shape.get("min", number) or number > shape.get("max", number):
            return f"{value} is not between {shape.get('min')} and {shape.get('max')}"
    return None


def _outside_string_limits(value, shape):
    allowed = shape.get("enum")
    if allowed and value not in allowed:
        return f"{value!r} is none of {', '.join(allowed[:12])}"
    if not shape.get("min", 0) <= len(value) <= shape.get("max", len(value)):
        return f"{len(value)} characters; {shape.get('min', 0)} to {shape.get('max')} are allowed"
    pattern = shape.get("pattern")
    if pattern and not _matches(pattern, value):
        return f"{value!r} does not match {pattern}"
    return None


def _matches(pattern, value):
    # The models' patterns are Java's; those that Python does not know (\p{L}) are let pass.
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True
