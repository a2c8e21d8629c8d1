"""Selections from a snapshot are what k6 calls sub-metrics."""

import pytest

from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.store import make_tags
from loadlib.core.values import Counter
from tests.unit.core.samples import METRICS

ROWS = [
    ({"endpoint": "GET /a", "status": "200"}, 5.0),
    ({"endpoint": "GET /a", "status": "500"}, 1.0),
    ({"endpoint": "POST /b", "status": "200"}, 2.0),
    ({"status": "200"}, 7.0),
]
SNAPSHOT = Snapshot(
    METRICS,
    {
        "http_reqs": {make_tags(tags): Counter(total, int(total)) for tags, total in ROWS},
        "http_req_duration": {(): Sketch.of([0.25])},
    },
    0.0,
    10.0,
)


@pytest.mark.parametrize(
    ("tags", "total"),
    [
        (None, 15.0),
        ({}, 15.0),
        ({"endpoint": "GET /a"}, 6.0),
        ({"status": "200"}, 14.0),
        ({"endpoint": "GET /a", "status": "500"}, 1.0),
    ],
)
def test_a_selection_merges_every_series_that_carries_all_tags(
    tags: dict[str, str] | None, total: float
) -> None:
    """Tags that are not asked for do not matter."""
    assert SNAPSHOT.select("http_reqs", tags) == Counter(total, int(total))


@pytest.mark.parametrize(
    ("metric", "tags"),
    [("checks", {}), ("unknown", {}), ("http_reqs", {"endpoint": "GET /c"}), ("http_reqs", {"odd": ""})],
)
def test_what_matches_nothing_is_none_and_not_zero(metric: str, tags: dict[str, str]) -> None:
    """No data can be told from a count of nothing."""
    assert SNAPSHOT.select(metric, tags) is None


def test_reading_does_not_change_the_snapshot() -> None:
    """A selection is a new value."""
    selected = SNAPSHOT.select("http_reqs")
    assert isinstance(selected, Counter)
    selected.add(100.0)
    assert SNAPSHOT.select("http_reqs") == Counter(15.0, 15)


def test_grouping_is_by_the_values_of_one_tag() -> None:
    """Series without the tag are in no group."""
    assert SNAPSHOT.group("http_reqs", "endpoint") == {"GET /a": Counter(6.0, 6), "POST /b": Counter(2.0, 2)}
    assert SNAPSHOT.group("http_reqs", "endpoint", {"status": "500"}) == {"GET /a": Counter(1.0, 1)}
    assert SNAPSHOT.group("checks", "check") == {}


def test_tags_can_be_listed() -> None:
    """What a selector could have named, for messages that say so."""
    assert SNAPSHOT.tag_values("endpoint") == {"GET /a", "POST /b"}
    assert SNAPSHOT.tag_values("endpoint", "http_req_duration") == frozenset()
    assert SNAPSHOT.tag_keys("http_reqs") == {"endpoint", "status"}
    assert SNAPSHOT.tag_keys("checks") == frozenset()
