"""The frozen result of a run: everything that was measured and decided, saved as ``result.json``.

Reports, ``loadlib check`` and exporters work from it alone, without the run. It is versioned; series
keep their sketches, so quantiles can be read, and merged, later. This file reads and writes no files.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from loadlib.core.failures import FailureGroup
from loadlib.core.metrics import MetricDef
from loadlib.core.result_series import SeriesRecord, WindowRecord
from loadlib.core.routes import Feed, Unavailable
from loadlib.core.snapshot import Snapshot
from loadlib.core.store import Tags
from loadlib.core.strict_json import parse, read
from loadlib.core.values import AnyValue
from loadlib.core.verdict import Verdict

SCHEMA_VERSION: Final = 1
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class ResultFormatError(ValueError):
    """A document is not a result of a version that this suite reads."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What was run, where against, by what. Times are epoch seconds and seconds; secrets are masked."""

    id: str
    scenario: str
    scenarios: tuple[str, ...]
    """The values of the ``scenario`` tag that the run's users carry."""
    profile: str
    environment: str
    started_at: str
    """ISO 8601, UTC."""
    started_at_s: float
    duration_s: float
    peak_users: int
    mode: str
    """``local``, or ``distributed`` over a master and its workers, also those of ``--processes``."""
    workers: int
    targets: Mapping[str, str]
    settings: Mapping[str, str]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why the run is not, or only with care, evidence."""

    kind: str
    """``no_samples``, ``lost_worker``, ``left_early``, ``lost_delta``, ``load_missing``, ``saturated``..."""
    detail: str
    invalidates: bool
    """Whether it makes the run invalid (exit code 111) rather than only worth a note."""


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """One generator process: CPU as a part of one core, timer lateness in seconds."""

    process: str
    cpu_mean_ratio: float
    cpu_max_ratio: float
    loop_lag_p99_s: float
    loop_lag_max_s: float
    final: bool
    lost_deltas: int


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run. ``ended`` says why the load stopped: ``completed``, ``interrupted``, ..."""

    run: RunInfo
    ended: str
    end_reason: str
    metrics: tuple[MetricDef, ...]
    series: tuple[SeriesRecord, ...]
    window_s: float
    windows: tuple[WindowRecord, ...]
    failures: tuple[FailureGroup, ...]
    problems: tuple[Problem, ...]
    processes: tuple[ProcessHealth, ...]
    unavailable: tuple[Unavailable, ...]
    available_feeds: tuple[Feed, ...]
    """What the needed routes that are there feed."""
    folded_tagsets: int
    verdicts: tuple[Verdict, ...] = ()
    exit_code: int = 109
    schema_version: int = SCHEMA_VERSION

    def snapshot(self) -> Snapshot:
        """Return the run's final snapshot, as it was judged."""
        metrics = {metric.name: metric for metric in self.metrics}
        series: dict[str, dict[Tags, AnyValue]] = {}
        for record in self.series:
            series.setdefault(record.metric, {})[record.tag_pairs()] = record.read(metrics)
        return Snapshot(metrics, series, self.run.started_at_s, self.run.duration_s, self.failures)

    def to_json(self) -> str:
        """Return the document as JSON text, one series a line, so that it can be read and compared."""
        head = {
            f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name not in ("series", "windows")
        }
        head = {"schema_version": head.pop("schema_version"), **head}
        text = json.dumps(head, ensure_ascii=False, allow_nan=False, indent=1)
        series = _lines(self.series)
        windows = _lines(self.windows)
        document = f'{text[:-2]},\n "series": [\n{series}\n ],\n "windows": [\n{windows}\n ]\n}}\n'
        return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def from_json(text: str) -> RunResult:
    """Read a result document. Raises ``ResultFormatError`` saying what is wrong with it."""
    try:
        raw = parse(text)
    except ValueError as error:
        raise ResultFormatError(f"not JSON: {error}") from error
    if not isinstance(raw, dict) or "schema_version" not in raw:
        raise ResultFormatError("not a result: it has no schema_version")
    version = raw["schema_version"]
    if type(version) is not int or version != SCHEMA_VERSION:
        raise ResultFormatError(
            f"result of schema version {str(version)[:40]}; this suite reads version {SCHEMA_VERSION}"
        )
    try:
        result = read(RunResult, raw, "result")
        _check_series(result)
    except ValueError as error:
        raise ResultFormatError(f"not a complete result: {error}") from error
    return result


def _check_series(result: RunResult) -> None:
    metrics = {metric.name: metric for metric in result.metrics}
    for records in (result.series, *(window.series for window in result.windows)):
        seen = {(record.metric, record.tag_pairs()) for record in records}
        if len(seen) != len(records):
            raise ValueError("a series stands there twice")
        for record in records:
            record.read(metrics)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)  # type: ignore[call-overload] # it is an instance
    return dict(value) if isinstance(value, Mapping) else value


def _lines(records: Iterable[object]) -> str:
    return ",\n".join(
        "  " + json.dumps(_plain(record), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        for record in records
    )
