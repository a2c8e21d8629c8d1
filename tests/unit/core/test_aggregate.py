"""The deciding side: duplicates, gaps, foreign runs, limits."""

import pytest

from loadlib.core.delta import Delta
from loadlib.core.failures import FailureGroup
from loadlib.core.sketch import Sketch
from loadlib.core.store import OVERFLOW, SealedWindow, make_tags
from loadlib.core.values import Counter, Gauge, Rate
from tests.unit.core.samples import RUN, START_S, deltas, merged, new_aggregate, samples

COUNT_OF_A = SealedWindow(int(START_S), [make_tags({"endpoint": "GET /a"})], [(0, "http_reqs", [3.0, 3])])


def delta(
    sequence: int = 1, *, windows: tuple[SealedWindow, ...] = (COUNT_OF_A,), run_id: str = RUN
) -> Delta:
    """Return a delta of process ``w1``."""
    return Delta(run_id, "w1", sequence, windows)


def total(aggregate: object) -> float:
    """Return the number of requests of an aggregate."""
    value = aggregate.snapshot(START_S).select("http_reqs")  # type: ignore[attr-defined]
    return value.total if value else 0


def test_a_repeated_delta_changes_nothing() -> None:
    """A message that is delivered twice is counted once, and the repetition is known."""
    aggregate = new_aggregate()
    assert aggregate.merge(delta())
    assert not aggregate.merge(delta())
    assert (total(aggregate), aggregate.ledger.processes["w1"].duplicates) == (3, 1)
    assert sum(1 for _ in aggregate.history.windows()) == 1


def test_a_gap_in_the_numbering_is_counted_as_lost() -> None:
    """What never arrived is known by number, per process and in all."""
    aggregate = new_aggregate()
    for sequence in (1, 4, 5):
        aggregate.merge(delta(sequence))
    assert aggregate.ledger.processes["w1"].lost == 2
    assert aggregate.ledger.lost == 2


def test_the_first_delta_may_already_be_a_gap() -> None:
    """Numbering starts at 1, so a first delta numbered 3 means two are missing."""
    aggregate = new_aggregate()
    aggregate.merge(delta(3))
    assert aggregate.ledger.lost == 2


def test_a_delta_of_another_run_is_refused() -> None:
    """A worker that still reports the previous run adds nothing to this one."""
    aggregate = new_aggregate()
    assert not aggregate.merge(delta(run_id="yesterday"))
    assert (total(aggregate), aggregate.ledger.foreign, aggregate.ledger.processes) == (0, 1, {})


def test_final_is_remembered_per_process() -> None:
    """A late repetition does not take a process's final word back."""
    aggregate = merged([*deltas(samples(20), "w1"), *deltas(samples(20), "w2")[:-1]])
    assert {name: state.final for name, state in aggregate.ledger.processes.items()} == {
        "w1": True,
        "w2": False,
    }


@pytest.mark.parametrize(
    "entry",
    [
        (0, "http_rqs", [1.0, 1]),
        (0, "http_reqs", [1.0]),
        (0, "http_reqs", ["one", 1]),
        (0, "http_req_duration", [1, float("nan"), 0.1, 0.1, 0, {-1: 1}, {}]),
        (0, "http_req_duration", [2, 0.1, 0.1, 0.1, 0, {-1: 1}, {}]),
        (7, "http_reqs", [1.0, 1]),
    ],
)
def test_a_delta_with_one_bad_part_changes_nothing_at_all(entry: tuple[int, str, list[object]]) -> None:
    """Half a delta would be neither counted nor lost; a refused one shows as lost with the next."""
    aggregate = new_aggregate()
    aggregate.merge(delta(1))
    bad = SealedWindow(int(START_S), COUNT_OF_A.tagsets, [*COUNT_OF_A.entries, entry])
    with pytest.raises(ValueError, match=r"."):
        aggregate.merge(delta(2, windows=(COUNT_OF_A, bad)))
    assert total(aggregate) == 3
    aggregate.merge(delta(3))
    assert (total(aggregate), aggregate.ledger.lost) == (6, 1)


def test_an_undefined_metric_is_named() -> None:
    """Processes that run different scenarios are told apart by what one of them does not define."""
    window = SealedWindow(int(START_S), [()], [(0, "mine", [1.0, 1])])
    with pytest.raises(ValueError, match="'mine', which this one does not define"):
        new_aggregate().merge(delta(windows=(window,)))


def test_tag_sets_of_all_processes_share_one_limit() -> None:
    """Folding at the deciding side keeps totals and the same tags that a process keeps."""
    tagsets = [
        make_tags({"endpoint": f"GET /e{n}", "expected_response": "true", "scenario": "s"}) for n in range(50)
    ]
    aggregate = new_aggregate(max_tagsets=10)
    for number, tags in enumerate(tagsets):
        window = SealedWindow(int(START_S), [tags], [(0, "http_reqs", [1.0, 1])])
        aggregate.merge(Delta(RUN, f"w{number}", 1, (window,)))
    snapshot = aggregate.snapshot(START_S + 1)
    assert total(aggregate) == 50
    assert len(snapshot.series["http_reqs"]) == 11
    folded = (("endpoint", OVERFLOW), ("expected_response", "true"), ("scenario", "s"))
    assert snapshot.series["http_reqs"][folded] == Counter(40.0, 40)
    assert aggregate.folded == 40


def test_a_snapshot_is_independent_of_what_follows() -> None:
    """What a verdict was read from does not change under it."""
    first, *rest = deltas(samples(60), "w1")
    aggregate = merged([first])
    before, same = aggregate.snapshot(START_S + 3), aggregate.snapshot(START_S + 3)
    for one in rest:
        aggregate.merge(one)
    assert before == same
    assert aggregate.snapshot(START_S + 3) != before


def test_elapsed_time_is_never_negative() -> None:
    """A clock that was set back makes a short run, not an impossible one."""
    assert new_aggregate().snapshot(START_S - 5).elapsed_s == 0
    assert new_aggregate().snapshot(START_S + 5).elapsed_s == 5


def test_failures_of_all_processes_are_joined() -> None:
    """The same failure on two workers is one group with both counts."""
    group = FailureGroup("GET /a", "timeout", "read timed out", "read timed out", 2, START_S, START_S + 1)
    aggregate = new_aggregate()
    for process in ("w1", "w2"):
        aggregate.merge(Delta(RUN, process, 1, (), failures=(group,)))
    (joined,) = aggregate.snapshot(START_S).failures
    assert joined.count == 4


def test_all_four_kinds_arrive() -> None:
    """The cumulative values are what was recorded."""
    recorded = samples(40)
    snapshot = merged(deltas(recorded, "w1")).snapshot(START_S + 10)
    assert snapshot.select("http_reqs") == Counter(40.0, 40)
    assert snapshot.select("http_req_failed") == Rate(sum(s.failed for s in recorded), 40)
    assert snapshot.select("http_req_duration") == Sketch.of(s.duration_s for s in recorded)
    users = [s.users for s in recorded]
    last = recorded[-1]
    assert snapshot.select("vus") == Gauge(
        last.users, min(users), max(users), START_S + last.offset_s, len(users)
    )
