"""The recording side: windows by time, handles that live on, and a bounded number of tag sets."""

import pytest

from loadlib.core.metrics import Kind
from loadlib.core.store import OVERFLOW, make_tags
from loadlib.core.values import from_part, sample_count
from tests.unit.core.samples import METRICS, START_S, new_store

GET_A = make_tags({"endpoint": "GET /a", "scenario": "s"})


def test_tags_are_sorted_texts_without_empty_ones() -> None:
    """Equal tags are one series, in whatever order and type they were given."""
    tags = make_tags({"status": 200, "a": "x", "empty": "", "none": None, "zero": 0, "no": False})
    assert tags == (("a", "x"), ("no", "False"), ("status", "200"), ("zero", "0"))


def test_a_sample_lies_in_the_window_of_its_time() -> None:
    """Windows are whole seconds since the epoch, and an empty second leaves none."""
    store = new_store()
    for offset in (0.0, 0.999, 1.0, 3.5):
        store.advance(START_S + offset)
        store.counter("http_reqs", GET_A).add(1)
    windows = store.drain(at_s=START_S + 4.0)
    assert [window.index - int(START_S) for window in windows] == [0, 1, 3]
    assert [window.entries[0][2][0] for window in windows] == [2, 1, 1]


def test_the_open_window_is_handed_over_only_on_request() -> None:
    """A second that is still running is not cut in two, except at the end."""
    store = new_store()
    store.counter("http_reqs", GET_A).add(1)
    assert store.drain(at_s=START_S + 0.5) == []
    assert len(store.drain(at_s=START_S + 0.5, everything=True)) == 1
    assert store.drain(at_s=START_S + 0.5, everything=True) == []


def test_time_that_runs_backwards_stays_in_the_open_window() -> None:
    """A stepped clock loses no sample and opens no window twice."""
    store = new_store()
    store.advance(START_S + 5)
    store.counter("http_reqs", GET_A).add(1)
    store.advance(START_S + 2)
    store.counter("http_reqs", GET_A).add(1)
    (window,) = store.drain(at_s=START_S + 6)
    assert (window.index, window.entries[0][2]) == (int(START_S) + 5, [2.0, 2])


@pytest.mark.parametrize("name", ["http_reqs", "http_req_failed", "http_req_duration", "vus"])
def test_a_handle_stays_valid_over_windows(name: str) -> None:
    """What is recorded through a handle got once arrives, window after window."""
    store = new_store()
    kind = METRICS[name].kind
    handle = getattr(store, kind)(name, GET_A)
    for second in range(3):
        store.advance(START_S + second)
        if kind is Kind.GAUGE:
            handle.set(second, START_S + second)
        else:
            handle.add(1)
    windows = store.drain(at_s=START_S + 3)
    parts = [from_part(kind, window.entries[0][2]) for window in windows]
    assert [sample_count(part) for part in parts] == [1, 1, 1]
    assert getattr(store, kind)(name, GET_A) is handle


def test_each_window_names_only_the_tag_sets_it_holds() -> None:
    """A series that was silent for a second costs nothing in that second."""
    store = new_store()
    other = make_tags({"endpoint": "GET /b"})
    store.counter("http_reqs", GET_A).add(1)
    store.counter("http_reqs", other)
    store.advance(START_S + 1)
    store.counter("http_reqs", other).add(1)
    first, second = store.drain(at_s=START_S + 2)
    assert (first.tagsets, second.tagsets) == ([GET_A], [other])
    assert [entry[0] for entry in second.entries] == [0]


def test_tag_sets_past_the_limit_fold_and_totals_stay_exact() -> None:
    """Folding loses the names, never the numbers, and is counted."""
    store = new_store(max_tagsets=10)
    for number in range(100):
        store.counter("http_reqs", make_tags({"endpoint": f"GET /e{number}", "scenario": "s"})).add(1)
    (window,) = store.drain(at_s=START_S + 1)
    assert sum(entry[2][0] for entry in window.entries) == 100
    assert len(window.tagsets) == 11
    assert window.tagsets[-1] == (("endpoint", OVERFLOW), ("scenario", "s"))
    assert store.folded == 90


def test_tags_that_thresholds_rest_on_survive_folding() -> None:
    """A folded failure is still a failure of its scenario and kind."""
    store = new_store(max_tagsets=0)
    tags = make_tags(
        {"endpoint": "GET /a", "scenario": "s", "expected_response": "false", "error_kind": "http"}
    )
    assert store.bounded(tags) == (
        ("endpoint", OVERFLOW),
        ("error_kind", "http"),
        ("expected_response", "false"),
        ("scenario", "s"),
    )


@pytest.mark.parametrize(
    ("name", "method"),
    [("http_reqs", "trend"), ("http_req_duration", "counter"), ("vus", "rate"), ("checks", "gauge")],
)
def test_a_metric_is_recorded_as_its_own_kind_only(name: str, method: str) -> None:
    """The message names both kinds."""
    with pytest.raises(TypeError, match=f"{name} is a {METRICS[name].kind}, not a {method}"):
        getattr(new_store(), method)(name)


def test_an_undefined_metric_is_refused() -> None:
    """A misspelt name is an error at once, not a series that no threshold finds."""
    with pytest.raises(KeyError, match="htp_reqs"):
        new_store().counter("htp_reqs")
