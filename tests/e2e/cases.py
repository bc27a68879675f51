"""Short ways to say what a table tries (fire.py) and where."""

import contextlib

from fire import FULL, Case
from world import World

QUICK = ["image_time=400ms", "visibility_lag=100ms", "reoffer_after=1s"]
HELD = ("--hold", "1h")


def chosen(rows):
    """Cases of (row, expected, run) or (row, expected, run, is tried in the short part too)."""
    return [Case(*one[:3]) for one in rows if FULL or len(one) == 3 or one[3]]


@contextlib.contextmanager
def scene(settings=(), pipelines=("shop",), imds=False):
    """A world with a group, the action type and pipelines whose first execution has begun."""
    with World([*QUICK, *settings], imds) as world:
        world.set_up_group()
        world.set_up_action_type()
        for name in pipelines:
            world.set_up_pipeline(name)
        yield world
