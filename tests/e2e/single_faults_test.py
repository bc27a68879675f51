#!/usr/bin/python3
"""Every request of a whole execution is spoilt once, in every way; and what libcurl sends again by
itself, unasked, when a reused connection dies under it.
"""

import itertools
import os
import unittest

import sweeps
from effects import EFFECTS, ONCE_ONLY, count_sent_again, operations_of
from fire import FULL, HELD, NEW_DEFAULT, Case, expect, run_all
from recipes import RECIPES
from world import wait_for

SEED = int(os.environ.get("AGENT_FIRE_SEED", "1"))  # turns what is a sample


# What is disturbed takes longer than what was listed, so that each request comes again.
PACE = ["image_time=700ms"]


class OncePerRequest(unittest.TestCase):
    def attempt(self, recipe, hold, point, effect):
        with sweeps.scene(recipe, PACE) as world:
            world.fault(*sweeps.rules_at(*point, **effect))
            sweeps.start(world, hold)
            if FULL and point[0] in recipe.unclear:
                wait_for("the looking", lambda: world.status() != "InProgress", 240)
            sweeps.finish(world, recipe)
            if world.applied("point") == 0:
                raise sweeps.NotReached()
            for operation in count_sent_again(world):
                expect(f"{operation} is sent again silently", operation in ONCE_ONLY, False)

    def points(self):
        """The first requests of each kind: what comes more often is the same look or hand-back."""
        for recipe, hold in itertools.product(RECIPES, sweeps.HOLDS.values()):
            for operation, number in sweeps.requests_of(recipe, hold):
                if number <= 4:
                    yield recipe, hold, (operation, number)

    def sample(self, points):
        """All combinations, or about 60 points with each effect about as often."""
        names = list(EFFECTS)
        if FULL:
            return list(itertools.product(points, names))
        quick = [point for point in points if point[2][0] not in point[0].unclear]
        apart = len(quick) // 60 + 1
        return [(point, names[(place // apart * 7 + SEED) % len(names)])
                for place, point in enumerate(quick) if (place + SEED) % apart == 0]

    def test_it_comes_to_the_same_end(self):
        cases = [Case(f"once: {name}", "comes to the recipe's end, as if undisturbed",
                      lambda p=point, e=EFFECTS[name]: self.attempt(*p, e),
                      f"{point[0].name}, hold {point[1]}, {point[2]}")
                 for point, name in self.sample(list(self.points()))]
        run_all(self, "faults", cases, may_be_missed=0.2)


class SentAgainSilently(unittest.TestCase):
    """The connection is reset after the request was carried out, while it is a reused one."""

    def attempt(self, operation):
        # The first poll opens the connection; later ones may meet with others that are under way.
        turns = {"skip": 2, "times": 3} if operation == "PollForJobs" else {"times": 1}
        with sweeps.scene(NEW_DEFAULT, PACE) as world:
            world.fault({"id": "dies", "operation": operation, "effect": "reset-after", **turns})
            sweeps.start(world, HELD)
            sweeps.finish(world, NEW_DEFAULT)
            expect("connections that died", world.applied("dies"), turns["times"])
            return count_sent_again(world).get(operation, 0)

    def prevented(self, operation):
        expect(f"{operation} sent again by libcurl", self.attempt(operation), 0)

    def harmless(self, operation):
        """A request that found the kept connection in use had a new one: then it is tried anew."""
        shown = any(self.attempt(operation) for _ in range(4))
        expect(f"{operation} sent again by libcurl", shown, True)

    def test_it_is_prevented_where_it_matters_and_harmless_elsewhere(self):
        prevented = "libcurl sends it once; asked again by us; one of everything"
        harmless = "libcurl sends it twice; one of everything"
        run_all(self, "faults", [
            Case(f"dead connection: {operation}", prevented, lambda o=operation: self.prevented(o))
            if operation in ONCE_ONLY else
            Case(f"dead connection: {operation}", harmless, lambda o=operation: self.harmless(o))
            for operations in operations_of(NEW_DEFAULT).values() for operation in operations])


if __name__ == "__main__":
    unittest.main(verbosity=2)
