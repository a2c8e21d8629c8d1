"""A guard on the cost of the hot path, as a ratio so that no machine's speed matters."""

import timeit

from loadlib.core.sketch import Sketch
from loadlib.core.values import Counter

RUNS = 2_000
ROUNDS = 60
"""Many short rounds, each shorter than a time slice: some of them run undisturbed on a busy machine too."""


def cost_ratio(statement: str, **names: object) -> float:
    """Return a statement's cost in dict increments, both measured in turn and at their best."""
    increment = timeit.Timer("d[3] = d.get(3, 0) + 1", globals={"d": {}})
    measured = timeit.Timer(statement, globals=names)
    pairs = [(increment.timeit(RUNS), measured.timeit(RUNS)) for _ in range(ROUNDS)]
    return min(cost for _, cost in pairs) / min(cost for cost, _ in pairs)


def test_recording_a_trend_costs_a_small_multiple_of_a_dict_increment() -> None:
    """The sketch stays a few float operations and one dict access; no call per sample is added to it."""
    assert cost_ratio("add(0.231)", add=Sketch().add) < 15
    assert cost_ratio("add(1)", add=Counter().add) < 8
