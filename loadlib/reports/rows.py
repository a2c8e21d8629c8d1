"""What the tables of a report show: requests, streams and checks of a snapshot by scenario and endpoint.

Every renderer reads these, so that all reports of a run show the same figures. This file formats nothing.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.values import AnyValue, Counter, Rate, empty_value, merge_values

Place = tuple[str, str]
"""(scenario, endpoint); an empty text where samples lack the tag."""
Kinds = tuple[tuple[str, int], ...]
"""(failure kind, how often), most frequent first."""
UNNAMED = "(unnamed)"


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """The requests of one endpoint in one scenario. ``times`` holds those with an expected response."""

    scenario: str
    endpoint: str
    requests: int
    failed: Rate
    times: Sketch
    failure_kinds: Kinds


@dataclass(frozen=True, slots=True)
class StreamRow:
    """The streams of one endpoint in one scenario; ``failed`` counts only those that were judged."""

    scenario: str
    endpoint: str
    started: int
    failed: Rate
    first_byte: Sketch
    first_content: Sketch
    gaps: Sketch
    stalls: int
    failure_kinds: Kinds


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of one scenario: how often it held."""

    scenario: str
    check: str
    held: Rate


def endpoint_rows(snapshot: Snapshot) -> list[EndpointRow]:
    """Return one row for every scenario and endpoint with a request, by scenario and endpoint."""
    requests = _by_place(snapshot, "http_reqs")
    failed = _by_place(snapshot, "http_req_failed")
    times = _by_place(snapshot, "http_req_duration", {"expected_response": "true"})
    kinds = _failed_kinds(snapshot, "http_req_failed", "error_kind")
    return [
        EndpointRow(
            *place, _total(requests, place), _rate(failed, place), _sketch(times, place), _kinds(kinds, place)
        )
        for place in sorted({*requests, *failed, *times})
    ]


def all_requests(rows: Iterable[EndpointRow], scenario: str, endpoint: str) -> EndpointRow:
    """Return the rows added up into one of the given names."""
    rows = list(rows)
    failed, times, kinds = Rate(), Sketch(), Tally[str]()
    for row in rows:
        failed.merge(row.failed)
        times.merge(row.times)
        kinds.update(dict(row.failure_kinds))
    requests = sum(row.requests for row in rows)
    return EndpointRow(scenario, endpoint, requests, failed, times, _ordered(kinds))


def stream_rows(snapshot: Snapshot) -> list[StreamRow]:
    """Return one row for every scenario and endpoint with a stream, by scenario and endpoint."""
    series = {
        name: _by_place(snapshot, name)
        for name in (
            "streams",
            "stream_failed",
            "stream_ttfb",
            "stream_ttft",
            "stream_chunk_gap",
            "stream_stalls",
        )
    }
    kinds = _failed_kinds(snapshot, "stream_failures", "kind")
    return [
        StreamRow(
            *place,
            started=_total(series["streams"], place),
            failed=_rate(series["stream_failed"], place),
            first_byte=_sketch(series["stream_ttfb"], place),
            first_content=_sketch(series["stream_ttft"], place),
            gaps=_sketch(series["stream_chunk_gap"], place),
            stalls=_total(series["stream_stalls"], place),
            failure_kinds=_kinds(kinds, place),
        )
        for place in sorted({place for places in series.values() for place in places} | kinds.keys())
    ]


def check_rows(snapshot: Snapshot) -> list[CheckRow]:
    """Return one row for every scenario and check, by scenario and name."""
    found = _by_place(snapshot, "checks", key="check")
    return [
        CheckRow(scenario, check or UNNAMED, _rate(found, (scenario, check)))
        for scenario, check in sorted(found)
    ]


def by_scenario(snapshot: Snapshot, metric: str) -> dict[str, AnyValue]:
    """Return a metric's values by scenario; samples without a scenario stand under the empty text."""
    merged: dict[str, AnyValue] = {}
    for (scenario, _), value in _by_place(snapshot, metric).items():
        merge_values(merged.setdefault(scenario, empty_value(snapshot.metrics[metric].kind)), value)
    return merged


def _by_place(
    snapshot: Snapshot, metric: str, tags: Mapping[str, str] | None = None, *, key: str = "endpoint"
) -> dict[Place, AnyValue]:
    wanted = frozenset((tags or {}).items())
    merged: dict[Place, AnyValue] = {}
    for series_tags, value in snapshot.series.get(metric, {}).items():
        if wanted.issubset(series_tags):
            named = dict(series_tags)
            place = (named.get("scenario", ""), named.get(key, ""))
            merge_values(merged.setdefault(place, empty_value(snapshot.metrics[metric].kind)), value)
    return merged


def _failed_kinds(snapshot: Snapshot, metric: str, key: str) -> dict[Place, Tally[str]]:
    found: dict[Place, Tally[str]] = {}
    for series_tags, value in snapshot.series.get(metric, {}).items():
        count = _failures(value)
        if count:
            named = dict(series_tags)
            place = (named.get("scenario", ""), named.get("endpoint", ""))
            found.setdefault(place, Tally())[named.get(key, UNNAMED)] += count
    return found


def _failures(value: AnyValue) -> int:
    return value.passes if isinstance(value, Rate) else _count(value)


def _count(value: AnyValue | None) -> int:
    return round(value.total) if isinstance(value, Counter) else 0


def _total(values: Mapping[Place, AnyValue], place: Place) -> int:
    return _count(values.get(place))


def _rate(values: Mapping[Place, AnyValue], place: Place) -> Rate:
    value = values.get(place)
    return value if isinstance(value, Rate) else Rate()


def _sketch(values: Mapping[Place, AnyValue], place: Place) -> Sketch:
    value = values.get(place)
    return value if isinstance(value, Sketch) else Sketch()


def _kinds(values: Mapping[Place, Tally[str]], place: Place) -> Kinds:
    return _ordered(values.get(place, Tally()))


def _ordered(kinds: Tally[str]) -> Kinds:
    return tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0])))
