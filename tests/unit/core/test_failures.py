"""Failure groups: alike is one group, and there are never too many."""

import itertools

import pytest

from loadlib.core.failures import MAX_MESSAGE, FailureGroup, FailureLog


def group(message: str = "m", *, example: str = "m", count: int = 1, first_s: float = 1.0) -> FailureGroup:
    """Return a group of ``GET /a``, kind ``http``."""
    return FailureGroup("GET /a", "http", message, example, count, first_s, first_s + 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "run 3f9a01bc-22de-4a51-9c1e-0123456789ab failed",
            "run 00000000-22de-4a51-9c1e-0123456789ab failed",
        ),
        ("no task deadbeefcafe1234", "no task 0123456789abcdef"),
        ("took 123456 ms", "took 98765 ms"),
        ("at 0x7f01", "at 0xab"),
    ],
)
def test_messages_that_differ_in_ids_and_numbers_are_one_group(one: str, other: str) -> None:
    """The first message in full stays as the example."""
    log = FailureLog()
    log.add("GET /a", "http", one, 1.0)
    log.add("GET /a", "http", other, 2.0)
    (joined,) = log.groups()
    assert (joined.count, joined.example, joined.first_s, joined.last_s) == (2, one, 1.0, 2.0)


@pytest.mark.parametrize("message", ["status 404", "status 503", "code -32601", "face the facade"])
def test_short_numbers_and_words_tell_messages_apart(message: str) -> None:
    """A status code is no id."""
    log = FailureLog()
    log.add("GET /a", "http", message, 1.0)
    assert log.groups()[0].message == message


def test_groups_differ_by_endpoint_and_kind() -> None:
    """The same words elsewhere are another failure."""
    log = FailureLog()
    for endpoint, kind in itertools.product(("GET /a", "GET /b"), ("http", "timeout")):
        log.add(endpoint, kind, "no", 1.0)
    assert len(log.groups()) == 4


def test_most_frequent_groups_come_first() -> None:
    """What one reads first is what happened most."""
    log = FailureLog()
    for message, times in (("a", 1), ("b", 3), ("c", 2)):
        for _ in range(times):
            log.add("GET /a", "http", message, 1.0)
    assert [found.message for found in log.groups()] == ["b", "c", "a"]


def test_past_the_limit_new_messages_fold_by_kind_and_none_is_lost() -> None:
    """Known groups go on counting; the rest is one group a kind."""
    log = FailureLog(max_groups=5)
    for number in range(50):
        log.add("GET /a", "http" if number % 2 else "timeout", f"message {number}", float(number))
    log.add("GET /a", "timeout", "message 0", 99.0)
    groups = log.groups()
    assert sum(found.count for found in groups) == 51
    assert len(groups) == 7
    assert {found.kind for found in groups if found.endpoint == "(other)"} == {"http", "timeout"}
    assert next(found.count for found in groups if found.message == "message 0") == 2
    counts = {
        kind: sum(found.count for found in groups if found.kind == kind) for kind in ("http", "timeout")
    }
    assert counts == {"http": 25, "timeout": 26}


def test_messages_are_cut() -> None:
    """A server that answers with a page does not fill the report with it."""
    log = FailureLog()
    log.add("GET /a", "http", "x" * 10_000, 1.0)
    assert len(log.groups()[0].example) == MAX_MESSAGE


def test_take_starts_empty() -> None:
    """What was handed over is not handed over again."""
    log = FailureLog()
    log.merge((group(),))
    assert log.take() == (group(),)
    assert log.take() == ()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_joining_is_order_free(order: tuple[int, ...]) -> None:
    """Even the example of failures at the same moment does not depend on who reports first."""
    groups = [group(example="b"), group(example="a", count=5), group(example="c", first_s=9.0)]
    log = FailureLog()
    log.merge(groups[position] for position in order)
    assert log.groups() == (FailureGroup("GET /a", "http", "m", "a", 7, 1.0, 10.0),)


def test_a_group_survives_its_wire_form() -> None:
    """What a worker grouped arrives as it was."""
    assert FailureGroup.from_wire(group().to_wire()) == group()


@pytest.mark.parametrize(
    "wire",
    [
        [],
        ["GET /a"],
        "1234567",
        ["e", "k", "m", "x", "1", 1.0, 2.0],
        ["e", "k", "m", "x", True, 1.0, 2.0],
        ["e", "k", "m", "x", 0, 1.0, 2.0],
        ["e", "k", "m", "x", 1, None, 2.0],
        ["e", "k", "m", "x", 1, float("nan"), 2.0],
        ["e", "k", 7, "x", 1, 1.0, 2.0],
        ["e", "k", "m", "x", 1, 1.0, 2.0, 3.0],
    ],
)
def test_a_malformed_wire_form_is_a_type_error(wire: object) -> None:
    """Nothing of another shape becomes a group."""
    with pytest.raises(TypeError, match="not a failure group"):
        FailureGroup.from_wire(wire)  # type: ignore[arg-type]
