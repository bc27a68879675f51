#!/usr/bin/python3
"""Answers that never come though the request took effect: of each request of an execution once, and
of any request every third time. The agent cannot tell whether it acted, and acts once all the same.
"""

import functools
import unittest

import report
import sweeps
from recipes import RECIPES

TABLE = "lost answers"
LOST = {"reset after it took effect": {"effect": "reset-after"},
        "500 though it took effect": {"effect": "error", "status": 500, "takes_effect": True}}


def short_enough(recipe, requests):
    return [one for one in requests
            if report.FULL or one[0] not in recipe.unclear]


class LostAnswers(unittest.TestCase):
    def lose(self, recipe, hold, rules):
        with sweeps.scene(recipe, sweeps.SWEEP_PACE) as world:
            world.control("PUT", "faults", {"rules": rules})
            sweeps.start(world, hold)
            sweeps.wait_for_rule(world)
            sweeps.finish(world, recipe)

    def sweep(self, title, points, rules):
        """Both ways of every recipe; `points` and `rules` are functions."""
        sweeps.sweep(TABLE, [
            sweeps.Case(f"{recipe.name}; {way}, {title}", recipe.expected, point,
                        functools.partial(self.lose, recipe, hold, rules(recipe, *point)))
            for recipe in RECIPES for way, hold in sweeps.HOLDS.items()
            for point in points(recipe, hold)])

    def test_of_each_request_once(self):
        for title, fault in LOST.items():
            self.sweep(title,
                       lambda recipe, hold, salt=title: sweeps.some(
                           short_enough(recipe, sweeps.requests_of(recipe, hold)), 1,
                           f"{recipe.name} {hold} {salt}"),
                       lambda _, *point, how=fault: sweeps.rules_at(*point, **how))

    def test_every_third_of_all(self):
        seeds = [(seed,) for seed in range(1, 41 if report.FULL else 2)]
        self.sweep("30 % of all answers", lambda *_: seeds, self.third)

    @staticmethod
    def third(recipe, seed):
        # What the test itself asks while it waits is spared.
        spared = [{"id": one, "operation": one}
                  for one in ("ListPipelineExecutions", "GetPipelineState")]
        if not report.FULL:
            spared += [{"id": one, "operation": one} for one in recipe.unclear]
        return [*spared, {"id": "point", "probability": 0.3, "seed": seed,
                          "effect": "reset-after"}]


if __name__ == "__main__":
    unittest.main(verbosity=2)
