"""What was sent and how it went, in lines: requests, streams, checks, iterations, failures.

The figures come from ``loadlib.reports.rows``; this file puts them into tables.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from loadlib.core.failures import FailureGroup
from loadlib.core.result import RunResult
from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.units import format_bytes
from loadlib.core.values import AnyValue, Counter, Rate
from loadlib.reports.figures import (
    count_text,
    per_second_text,
    percent_text,
    plural,
    quantile_text,
    time_text,
)
from loadlib.reports.rows import (
    EndpointRow,
    Kinds,
    StreamRow,
    all_requests,
    by_scenario,
    check_rows,
    endpoint_rows,
    stream_rows,
)
from loadlib.reports.sheet import Sheet
from loadlib.reports.tables import Note, Row, table
from loadlib.reports.verdict_lines import FAILED

NO_NAME: Final = "(no name)"
MAX_FAILURES: Final = 8
MAX_CHECKS: Final = 20
_REQUEST_HEADER: Final = ("endpoint", "requests", "req/s", "failed", "med", "p95", "p99", "max")
_STREAM_HEADER: Final = (
    "endpoint",
    "\nstarted",
    "\ndone",
    "TTFB\nmed",
    "\np95",
    "TTFT\nmed",
    "\np95",
    "gap\np95",
    "\nstalls",
)


def request_lines(result: RunResult, snapshot: Snapshot, sheet: Sheet) -> list[str]:
    """Return the table of endpoints, by scenario when there are several, with failure kinds beneath."""
    found = endpoint_rows(snapshot)
    elapsed_s = snapshot.elapsed_s
    if not found:
        return sheet.heading("REQUESTS", "none was recorded")
    rows: list[Row | Note] = []
    names = _scenarios(result, found)
    for name in names:
        own = [row for row in found if row.scenario == name]
        rows += _headed(name, names, bool(own))
        for row in own:
            rows += _request_rows(row, elapsed_s)
        if len(own) > 1:
            rows.append(_request_row(all_requests(own, name, "(all)"), elapsed_s))
    if len({row.scenario for row in found}) > 1:
        rows += [Note("all scenarios", "  "), _request_row(all_requests(found, "", "(all)"), elapsed_s)]
    title = sheet.heading("REQUESTS", "times are those of expected responses")
    return [*title, *table(_REQUEST_HEADER, rows, sheet.width)]


def stream_lines(result: RunResult, snapshot: Snapshot, sheet: Sheet) -> list[str]:
    """Return the table of streams, or nothing when there was none."""
    found = stream_rows(snapshot)
    if not found:
        return []
    rows: list[Row | Note] = []
    names = [name for name in _scenarios(result, found) if any(row.scenario == name for row in found)]
    for name in names:
        rows += _headed(name, names, True)
        for row in found:
            if row.scenario == name:
                rows += _stream_rows(row)
    title = sheet.heading(
        "STREAMS", "done: completed by their protocol's meaning; gap: between content events"
    )
    return [*title, *table(_STREAM_HEADER, rows, sheet.width)]


def check_lines(snapshot: Snapshot, sheet: Sheet) -> list[str]:
    """Return how many checks held and each one that did not always, or nothing when there was none."""
    found = check_rows(snapshot)
    if not found:
        return []
    held, made = sum(row.held.passes for row in found), sum(row.held.samples for row in found)
    broken = sorted(
        (row for row in found if row.held.passes < row.held.samples), key=lambda row: row.held.ratio
    )
    lines = sheet.heading(
        "CHECKS",
        f"{percent_text(_ratio(held, made))} of {made:,} held; "
        f"{len(found) - len(broken)} of {plural(len(found), 'check')} always",
    )
    for row in broken[:MAX_CHECKS]:
        failed = row.held.samples - row.held.passes
        scenario = f" · {row.scenario}" if row.scenario else ""
        counts = f"{percent_text(row.held.ratio)} held, {failed:,} of {row.held.samples:,} did not"
        text = f"{row.check}{scenario}: {counts}"
        lines += sheet.marked(FAILED, text, sheet.paint.bad)
    return lines + _rest(len(broken) - MAX_CHECKS, "check", sheet)


def load_lines(snapshot: Snapshot, sheet: Sheet) -> list[str]:
    """Return iterations by scenario, those that could not start among them, and the bytes that moved."""
    metrics = ("iterations", "iteration_duration", "iteration_errors", "dropped_iterations")
    series = [by_scenario(snapshot, metric) for metric in metrics]
    names = sorted({name for values in series for name in values})
    lines = sheet.heading("ITERATIONS", "" if names else "none was completed")
    for name in names:
        lead = f"{name or NO_NAME}: " if len(names) > 1 else ""
        values = [by_name.get(name) for by_name in series]
        lines += sheet.plain(lead + _iterations(values, snapshot.elapsed_s))
    return lines + sheet.plain(_data(snapshot))


def failure_lines(failures: Sequence[FailureGroup], sheet: Sheet) -> list[str]:
    """Return the most frequent failures, each with one message in full, or nothing when there was none."""
    if not failures:
        return []
    total = sum(group.count for group in failures)
    lines = sheet.heading("FAILURES", f"{total:,} in {plural(len(failures), 'group')}, most frequent first")
    for group in sorted(failures, key=lambda group: -group.count)[:MAX_FAILURES]:
        lines += sheet.marked(FAILED, f"{group.count:,} of {group.kind} · {group.endpoint}", sheet.paint.bad)
        if group.example:
            lines += sheet.plain(group.example, 4)
    return lines + _rest(len(failures) - MAX_FAILURES, "group", sheet)


def _scenarios(result: RunResult, rows: Iterable[EndpointRow | StreamRow]) -> list[str]:
    """Return the scenarios of the run in its order, then those that only samples know."""
    known = list(result.run.scenarios)
    return known + sorted({row.scenario for row in rows} - set(known))


def _headed(name: str, names: Sequence[str], has_rows: bool) -> list[Row | Note]:
    if len(names) == 1:
        return []
    text = f"scenario {name}" if name else "without a scenario"
    return [Note(text if has_rows else f"{text}: no request was recorded", "  ")]


def _request_rows(row: EndpointRow, elapsed_s: float) -> list[Row | Note]:
    return [_request_row(row, elapsed_s), *_kinds(row.failure_kinds)]


def _request_row(row: EndpointRow, elapsed_s: float) -> Row:
    failed = row.failed.ratio if row.failed.samples else None
    return (
        row.endpoint or NO_NAME,
        count_text(row.requests),
        per_second_text(row.requests, elapsed_s),
        percent_text(failed),
        *(quantile_text(row.times, q) for q in (0.5, 0.95, 0.99, 1.0)),
    )


def _stream_rows(row: StreamRow) -> list[Row | Note]:
    done = 1 - row.failed.ratio if row.failed.samples else None
    cells = (
        row.endpoint or NO_NAME,
        count_text(row.started),
        percent_text(done),
        *(quantile_text(times, q) for times in (row.first_byte, row.first_content) for q in (0.5, 0.95)),
        quantile_text(row.gaps, 0.95),
        count_text(row.stalls),
    )
    return [cells, *_kinds(row.failure_kinds)]


def _kinds(kinds: Kinds) -> list[Row | Note]:
    text = ", ".join(f"{count:,} {kind}" for kind, count in kinds)
    return [Note(text, "    ↳ ")] if text else []


def _iterations(values: Sequence[AnyValue | None], elapsed_s: float) -> str:
    completed, duration, errors, dropped = values
    parts = [f"{_count(completed):,} completed ({per_second_text(_count(completed), elapsed_s)}/s)"]
    if isinstance(duration, Sketch) and duration.count:
        parts.append(f"med {quantile_text(duration, 0.5)}, p95 {quantile_text(duration, 0.95)}")
        parts.append(f"max {time_text(duration.maximum)}")
    parts.append(f"{_count(errors):,} with an exception")
    if dropped is not None:
        parts.append(f"{_count(dropped):,} dropped")
    return ", ".join(parts)


def _data(snapshot: Snapshot) -> str:
    sent, received = (_count(snapshot.select(name)) for name in ("data_sent", "data_received"))
    return f"data: {format_bytes(sent)} sent, {format_bytes(received)} received"


def _count(value: AnyValue | None) -> int:
    return round(value.total) if isinstance(value, Counter) else 0


def _ratio(part: int, whole: int) -> float | None:
    return Rate(part, whole).ratio if whole else None


def _rest(count: int, noun: str, sheet: Sheet) -> list[str]:
    return sheet.plain(f"and {plural(count, f'more {noun}')}, in the result file") if count > 0 else []
