"""Ways in which an exchange goes wrong, as rules of the local cloud (tests/local_cloud/control.h),
and where they can be applied."""

import sweeps

EFFECTS = {
    "throttled": {"effect": "throttle"},
    "500": {"status": 500},
    "503": {"status": 503},
    "500 although it was done": {"status": 500, "takes_effect": True},
    "a proxy's page, 502": {"effect": "html"},
    "a proxy's page, 403": {"effect": "html", "status": 403},
    "a proxy's page, 504, although it was done": {"effect": "html", "status": 504,
                                                 "takes_effect": True},
    "a proxy's page, 200": {"effect": "html", "status": 200},
    "an empty body, 200": {"effect": "empty"},
    "an empty body, 400": {"effect": "empty", "status": 400, "takes_effect": False},
    "garbage": {"effect": "garbage"},
    "another document": {"effect": "garbage", "body": "<a><b/></a>"},
    "a JSON list": {"effect": "garbage", "body": "[1]"},
    "a wrong content length": {"effect": "wrong-length"},
    "a truncated body": {"effect": "truncate"},
    "a reset before it was done": {"effect": "reset-before"},
    "a reset after it was done": {"effect": "reset-after"},
    "slow": {"latency": "400ms"},
    "a slow body": {"drip": "10ms"},
    "an expired token": {"effect": "expired-token"},
}

# Sent on a connection of their own and never again by the client itself.
ONCE_ONLY = {"AcknowledgeJob", "PutJobSuccessResult", "PutJobFailureResult"}

# Whether they are asked for is a matter of chance.
PERHAPS = {"DescribeSnapshots"}


def operations_of(recipe):
    """What an undisturbed execution calls, by service."""
    with sweeps.scene(recipe) as world:
        agent = sweeps.start(world, sweeps.HOLDS["held"])
        sweeps.same_end(world, recipe)
        agent.stop()
        found = {}
        for request in sweeps.sent(world):
            known = found.setdefault(request["service"], [])
            if request["operation"] not in known:
                known.append(request["operation"])
        return found


def count_sent_again(world):
    """How often libcurl sent one again by itself, by operation: it carries the same invocation and
    the same number of the attempt."""
    seen, again = set(), {}
    for request in world.requests():
        if request["access_key"] == sweeps.USER:
            continue
        headers = request["request"]["headers"]
        key = (headers["amz-sdk-invocation-id"], headers["amz-sdk-request"])
        if key in seen:
            again[request["operation"]] = again.get(request["operation"], 0) + 1
        seen.add(key)
    return again
