"""The result document: what is written is read back, and nothing else is read."""

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from loadlib.core.failures import FailureGroup
from loadlib.core.metrics import MetricDef
from loadlib.core.result import ResultFormatError, RunResult, from_json
from tests.unit.core.results import run_result

RESULT = run_result()
TEXT = RESULT.to_json()
DOCUMENT: dict[str, Any] = json.loads(TEXT)


def test_a_result_survives_its_document() -> None:
    """Every field, every series, every window."""
    assert from_json(TEXT) == RESULT
    assert from_json(TEXT).to_json() == TEXT


def test_the_snapshot_of_a_read_result_is_the_one_that_was_judged() -> None:
    """Quantiles and sums are the same numbers, not nearly the same."""
    assert from_json(TEXT).snapshot() == RESULT.snapshot()
    assert RESULT.snapshot().select("http_req_duration").count > 0  # type: ignore[union-attr]


def test_series_stand_one_a_line() -> None:
    """Two results can be compared line by line."""
    lines = TEXT.splitlines()
    assert sum(line.startswith('  {"metric":') for line in lines) == len(RESULT.series)
    assert sum(line.startswith('  {"start_s":') for line in lines) == len(RESULT.windows)


def test_texts_that_are_no_unicode_can_be_written_to_a_file() -> None:
    """Half a surrogate pair from a broken response does not cost the run its result."""
    group = FailureGroup("GET /a", "http", "\ud800 broken", "é \udfff", 1, 1.0, 1.0)
    result = replace(RESULT, failures=(group,))
    text = result.to_json().encode().decode()
    assert from_json(text) == result
    assert "é" in text


def test_a_whole_number_is_read_where_a_fraction_may_stand() -> None:
    """Another program may write 60 for 60.0."""
    document = {**DOCUMENT, "run": {**DOCUMENT["run"], "duration_s": 60}}
    assert from_json(json.dumps(document)).run.duration_s == 60.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (TEXT[:-20], "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"schema_version": ' + "[" * 100_000 + "]" * 100_000 + "}", "not JSON"),
        (TEXT.replace('"window_s": 1.0', '"window_s": NaN'), "NaN is not a JSON number"),
        (TEXT.replace('"window_s": 1.0', '"window_s": -Infinity'), "-Infinity is not a JSON number"),
        (TEXT.replace('"window_s": 1.0', '"window_s": 1e999'), "result.window_s must be a number"),
        (TEXT.replace('"window_s": 1.0', '"window_s": ' + "9" * 400), "result.window_s must be a number"),
        (TEXT.replace('"window_s": 1.0', '"window_s": ' + "9" * 5000), "not JSON"),
        ("[]", "it has no schema_version"),
        ("null", "it has no schema_version"),
        ("7", "it has no schema_version"),
        ("{}", "it has no schema_version"),
        ('{"schema_version": 1}', "result.run is missing"),
        ('{"schema_version": 2}', "result of schema version 2; this suite reads version 1"),
        ('{"schema_version": "1"}', "result of schema version 1; this suite reads version 1"),
        ('{"schema_version": true}', "this suite reads version 1"),
        ('{"schema_version": [[]]}', "this suite reads version 1"),
    ],
)
def test_what_is_no_result_of_this_version_is_refused_by_name(text: str, message: str) -> None:
    """One error class, and a message that says what is wrong."""
    with pytest.raises(ResultFormatError, match=re.escape(message)):
        from_json(text)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything in a document, the first item of a list standing for all."""
    found = [path] if path else []
    items = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for key, item in items:
        found += paths(item, (*path, key))
    return found


def changed(path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> str:
    """Return the document with ``change(container, key)`` done at a path."""
    document = copy.deepcopy(DOCUMENT)
    container = document
    for key in path[:-1]:
        container = container[key]
    change(container, path[-1])
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "junk", "message"),
    [
        (("run",), [], "result.run must be an object"),
        (("run", "scenario"), 7, "result.run.scenario must be a text, not 7"),
        (("run", "scenarios"), "a2a", "result.run.scenarios must be a list"),
        (("run", "scenarios", 0), None, "result.run.scenarios[0] must be a text, not null"),
        (("run", "duration_s"), "1m", 'result.run.duration_s must be a number, not "1m"'),
        (("run", "duration_s"), True, "result.run.duration_s must be a number, not true"),
        (("run", "peak_users"), 1.5, "result.run.peak_users must be a whole number, not 1.5"),
        (("run", "targets"), [], "result.run.targets must be an object"),
        (("run", "targets", "agentos"), 1, "result.run.targets.agentos must be a text"),
        (("ended",), None, "result.ended must be a text"),
        (("metrics",), {}, "result.metrics must be a list"),
        (("metrics", 0), "vus", "result.metrics[0] must be an object"),
        (("metrics", 0, "kind"), "odd", "must be one of counter, gauge, rate, trend"),
        (("metrics", 0, "contains"), ["time"], "must be one of default, time, data, ratio"),
        (("series",), None, "result.series must be a list"),
        (("series", 0, "tags"), [], "result.series[0].tags must be an object"),
        (("series", 0, "tags"), {"status": 200}, "result.series[0].tags.status must be a text, not 200"),
        (("series", 0, "value"), {}, "result.series[0].value must be a list"),
        (("series", 0, "value"), "12", "result.series[0].value must be a list"),
        (("windows", 0, "start_s"), "now", "result.windows[0].start_s must be a number"),
        (("windows", 0, "series"), 3, "result.windows[0].series must be a list"),
        (("failures", 0, "count"), "4", "result.failures[0].count must be a whole number"),
        (("failures", 0, "count"), True, "result.failures[0].count must be a whole number"),
        (("problems", 0, "invalidates"), 1, "result.problems[0].invalidates must be true or false"),
        (("processes", 0, "cpu_max_ratio"), None, "result.processes[0].cpu_max_ratio must be a number"),
        (("unavailable", 0, "reason"), {}, "result.unavailable[0].reason must be a text"),
        (("folded_tagsets",), "none", "result.folded_tagsets must be a whole number"),
        (("verdicts", 0, "status"), "passed", "must be one of pass, fail, no_data, skipped"),
        (("verdicts", 0, "severity"), None, "must be one of fail, warn"),
        (("verdicts", 0, "value"), "3.75s", "result.verdicts[0].value must be a number"),
        (("verdicts", 0, "bound"), None, "result.verdicts[0].bound must be a number"),
        (("exit_code",), "0", "result.exit_code must be a whole number"),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused_by_its_place(
    path: tuple[Any, ...], junk: Any, message: str
) -> None:
    """The message says where, what may stand there and what does."""
    with pytest.raises(ResultFormatError, match=re.escape(message)):
        from_json(changed(path, lambda container, key: container.__setitem__(key, junk)))


@pytest.mark.parametrize("path", [("verdicts", 0, "value"), ("verdicts", 0, "headroom_ratio")], ids=str)
def test_a_verdict_without_data_has_no_value(path: tuple[Any, ...]) -> None:
    """Nothing measured is null, not 0."""
    read = from_json(changed(path, lambda container, key: container.__setitem__(key, None)))
    assert getattr(read.verdicts[0], path[-1]) is None


@pytest.mark.parametrize(
    "junk", [None, "text", True, -1.5, [], {}, [None], {"a": 1}, [["x"]], 10**400], ids=str
)
def test_junk_anywhere_is_read_or_refused_and_nothing_else(junk: Any) -> None:
    """Whatever stands anywhere in a document, the answer is a result or ``ResultFormatError``."""
    refused = 0
    for path in paths(DOCUMENT):
        try:
            from_json(changed(path, lambda container, key: container.__setitem__(key, junk)))
        except ResultFormatError:
            refused += 1
    assert refused > len(paths(DOCUMENT)) / 3


@pytest.mark.parametrize("path", [p for p in paths(DOCUMENT) if not isinstance(p[-1], int)], ids=str)
def test_a_missing_field_is_refused(path: tuple[Any, ...]) -> None:
    """Only tags, targets, settings and versions are free to lack a key."""
    text = changed(path, lambda container, key: container.pop(key))
    if path[-2:-1] and path[-2] in ("tags", "targets", "settings", "versions"):
        from_json(text)
        return
    with pytest.raises(ResultFormatError, match=r"schema_version|is missing"):
        from_json(text)


@pytest.mark.parametrize("path", [(), ("run",), ("series", 0), ("verdicts", 0), ("problems", 0)], ids=str)
def test_an_unknown_field_is_refused(path: tuple[Any, ...]) -> None:
    """A document of a future version does not lose what it says silently."""
    text = changed((*path, "surprise"), lambda container, key: container.__setitem__(key, 1))
    with pytest.raises(ResultFormatError, match="surprise is not known"):
        from_json(text)


def first(kind: str) -> int:
    """Return the position of the first series of a kind."""
    kinds = {metric["name"]: metric["kind"] for metric in DOCUMENT["metrics"]}
    return next(at for at, record in enumerate(DOCUMENT["series"]) if kinds[record["metric"]] == kind)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("counter", ["12", 3]),
        ("counter", [1.0]),
        ("counter", []),
        ("counter", [1.0, -3]),
        ("gauge", [1.0, 1.0, 1.0, "then", 1]),
        ("rate", [3, 2]),
        ("rate", [True, 2]),
        ("trend", [1, 0.5, 0.5, 0.5, 0, [-65, 1]]),
        ("trend", [1, 0.5, 0.5, 0.5, 0, [-65], []]),
        ("trend", [1, 0.5, 0.5, 0.5, 0, [-65, "1"], []]),
        ("trend", [1, 0.5, 0.5, 0.5, 0, {"-65": 1}, []]),
        ("trend", [9, 0.5, 0.5, 0.5, 0, [-65, 1], []]),
        ("trend", [1, 0.5, 0.9, 0.5, 0, [-65, 1], []]),
        ("trend", [1, 0.5, 0.5, 0.5, 0, [10**9, 1], []]),
        ("trend", [1, "0.5", 0.5, 0.5, 0, [-65, 1], []]),
    ],
)
def test_a_malformed_series_is_refused(kind: str, value: list[Any]) -> None:
    """Numbers that contradict each other are no measurement, in the totals and in any window."""
    with pytest.raises(ResultFormatError, match=f"not a {kind}|flat list"):
        from_json(changed(("series", first(kind), "value"), lambda c, key: c.__setitem__(key, value)))


def test_a_malformed_window_is_refused() -> None:
    """Windows are checked when the document is read, not when a report draws them."""
    with pytest.raises(ResultFormatError, match="not a"):
        from_json(changed(("windows", 1, "series", 0, "value"), lambda c, key: c.__setitem__(key, [1, 2, 3])))


def test_a_series_of_an_unlisted_metric_is_refused() -> None:
    """Without its definition a series has no kind."""
    with pytest.raises(ResultFormatError, match="'mine', which is not among the metrics"):
        from_json(changed(("series", 0, "metric"), lambda c, key: c.__setitem__(key, "mine")))


def test_a_series_that_stands_twice_is_refused() -> None:
    """Nobody could say which of the two counts."""
    with pytest.raises(ResultFormatError, match="twice"):
        from_json(changed(("series", 0), lambda c, key: c.append(c[key])))


def test_an_unfinished_result_is_an_internal_error() -> None:
    """A result that nobody judged never looks like a pass."""
    fresh = RunResult(
        RESULT.run, "completed", "", (MetricDef("vus", "gauge"),), (), 1.0, (), (), (), (), (), (), 0
    )  # type: ignore[arg-type]
    assert (fresh.exit_code, fresh.verdicts) == (109, ())
