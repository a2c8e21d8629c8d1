"""Tables for the terminal: aligned columns, medians with their extremes beside them. Returns text only."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from benchmarks.generators import GENERATORS, OWN
from benchmarks.http_bench import Row
from benchmarks.stats import Spread

_HTTP_HEAD = (
    "generator",
    "us CPU/request",
    "min..max",
    "requests/CPU-s",
    "cost/loadlib",
    "min..max",
    "p50 ms",
    "p99 ms",
    "start s (CPU)",
)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return columns under their heads, the first to the left and the others to the right."""
    cells = [tuple(head), *map(tuple, lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def http_tables(rows: Iterable[Row]) -> str:
    """Return one table for each number of users, and what each generator does under the last."""
    found = list(rows)
    parts = []
    for users, group in groupby(sorted(found, key=lambda row: row.users), key=lambda row: row.users):
        members = list(group)
        rounds = max(row.cpu_us_per_request.count for row in members)
        parts.append(
            f"{users} users, keep-alive, no think time, {rounds} rounds\n"
            + table(_HTTP_HEAD, map(_http_line, members))
        )
    return "\n\n".join((*parts, works({row.generator for row in found})))


def works(keys: Iterable[str]) -> str:
    """Return what each generator does per request."""
    kept = [generator for key, generator in GENERATORS.items() if key in set(keys)]
    width = max(len(generator.title) for generator in kept)
    lines = [f"  {generator.title:<{width}}  {generator.work}" for generator in kept]
    return "\n".join(("Done per request besides sending and receiving:", *lines))


def _http_line(row: Row) -> tuple[str, ...]:
    return (
        GENERATORS[row.generator].title + (" !" if row.problems else ""),
        f"{row.cpu_us_per_request.median:.1f}",
        _range(row.cpu_us_per_request, ".1f"),
        f"{row.requests_per_cpu_s.median:,.0f}",
        "1" if row.generator == OWN else _ratio(row.ratio),
        "" if row.generator == OWN or row.ratio is None else _range(row.ratio, ".2f"),
        _milliseconds(row.p50_s),
        _milliseconds(row.p99_s),
        f"{row.start_wall_s.median:.2f} ({row.start_cpu_s.median:.2f})",
    )


def _range(values: Spread, form: str) -> str:
    return f"{values.minimum:{form}}..{values.maximum:{form}}"


def _ratio(values: Spread | None) -> str:
    return "-" if values is None else f"{values.median:.2f}"


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.3g}"
