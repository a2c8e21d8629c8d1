"""Tasks drawn with a user's own random numbers, through what Locust does to choose one."""

import random
import runpy
from collections import Counter
from typing import Any

from tests.support.process import REPOSITORY

# Loaded by its path: the package around it imports Locust, which patches the process that imports it.
OwnChoice: Any = runpy.run_path(str(REPOSITORY / "loadlib" / "users" / "task_choice.py"))["OwnChoice"]
TASKS = ["ask"] * 5 + ["read"] * 3 + ["send"] * 2


def drawn(seed: int, count: int = 40) -> list[str]:
    """Return tasks as Locust draws them."""
    tasks = OwnChoice(TASKS, random.Random(seed))
    return [random.choice(tasks) for _ in range(count)]


def test_seed_of_the_user_decides_and_that_of_the_process_does_not() -> None:
    random.seed(1)
    first = drawn(7)
    random.seed(2)
    assert drawn(7) == first
    assert drawn(8) != first


def test_weights_are_kept() -> None:
    shares = Counter(drawn(7, 5000))
    assert shares["ask"] > shares["read"] > shares["send"] > 0
    assert abs(shares["ask"] / 5000 - 0.5) < 0.05


def test_tasks_can_be_counted_and_listed_as_they_are() -> None:
    tasks = OwnChoice(TASKS, random.Random(7))
    assert (len(tasks), list(tasks), list(tasks[:2])) == (10, TASKS, ["ask", "ask"])
    assert not OwnChoice([], random.Random(7))
