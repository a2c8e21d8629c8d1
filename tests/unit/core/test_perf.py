"""A guard on the cost of the hot path, as a ratio so that no machine's speed matters."""

import timeit

from loadlib.core.sketch import Sketch
from loadlib.core.values import Counter

RUNS = 20_000


def best_s(statement: str, **names: object) -> float:
    """Return the shortest time of several runs of a statement."""
    return min(timeit.repeat(statement, globals=names, number=RUNS, repeat=7))


def test_recording_a_trend_costs_a_small_multiple_of_a_dict_increment() -> None:
    """The sketch stays a few float operations and one dict access; no call per sample is added to it."""
    increment = best_s("d[3] = d.get(3, 0) + 1", d={})
    assert best_s("add(0.231)", add=Sketch().add) < 15 * increment
    assert best_s("add(1)", add=Counter().add) < 8 * increment
