"""Excuses for selections without data: only where a lacking route alone would have fed them."""

import pytest

from loadlib.core.routes import Feed, Unavailable, excuses
from loadlib.core.store import Tags, make_tags

LACKING = Unavailable(
    "POST /a2a/navi/rpc#run",
    "a2a",
    "HTTP 404",
    (Feed("a2a_duration", {"scenario": "a2a", "agent": "navi", "operation": "run"}),),
)
THERE = Feed("a2a_duration", {"scenario": "a2a", "agent": "navi", "operation": "health"})
REASON = "POST /a2a/navi/rpc#run: HTTP 404"


@pytest.mark.parametrize(
    ("metric", "tags", "reason"),
    [
        ("a2a_duration", {"operation": "run"}, REASON),
        ("a2a_duration", {"operation": "run", "scenario": "a2a"}, REASON),
        ("a2a_duration", {"operation": "rnu"}, None),
        ("a2a_duration", {"operation": "health"}, None),
        ("a2a_duration", {"scenario": "a2a"}, None),
        ("a2a_duration", {}, None),
        ("a2a_errors", {"operation": "run"}, None),
    ],
)
def test_a_selection_is_excused_only_by_the_route_that_it_rests_on_alone(
    metric: str, tags: dict[str, str], reason: str | None
) -> None:
    """A misspelt tag rests on no route, and a wider selection on the routes that are there too."""
    assert excuses([LACKING], [THERE])(metric, make_tags(tags)) == reason


@pytest.mark.parametrize("tags", [(), (("operation", "run"),)])
def test_with_nothing_else_there_the_whole_metric_is_excused(tags: Tags) -> None:
    assert excuses([LACKING], [])("a2a_duration", tags) == REASON
