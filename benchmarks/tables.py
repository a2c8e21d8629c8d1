"""Tables for the terminal: aligned columns, medians with their extremes beside them. Returns text only."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from benchmarks.generators import Generator
from benchmarks.stats import Spread
from benchmarks.turns import Row


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


def http_tables(rows: Sequence[Row], generators: Mapping[str, Generator]) -> str:
    """Return one table for each number of users, the starts, and what each generator does."""
    parts = []
    for users, group in groupby(sorted(rows, key=lambda row: row.users), key=lambda row: row.users):
        title = f"{counted(users)}, keep-alive, no think time"
        parts.append(cost_table(title, list(group), generators))
    fewest = min(row.users for row in rows)
    starts = [row for row in rows if row.users == fewest]
    return "\n\n".join((*parts, start_table(starts, generators), works(rows, generators)))


def cost_table(
    title: str, rows: Sequence[Row], generators: Mapping[str, Generator], unit: str = "request"
) -> str:
    """Return what a request, or another unit, costs each generator; one marked ``!`` is no evidence."""
    rounds = max(row.cpu_us_per_request.count for row in rows)
    latencies = any(row.p50_s is not None for row in rows)
    head = ("generator", f"us CPU/{unit}", "min..max", f"{unit}s/CPU-s", "cost ratio", "min..max")
    lines = [(*_costs(row, generators), *(_latencies(row) if latencies else ())) for row in rows]
    caption = f"{title}: median of {rounds} round{'s' if rounds != 1 else ''}"
    return f"{caption}\n{table((*head, *(('p50 ms', 'p99 ms') if latencies else ())), lines)}"


def start_table(rows: Sequence[Row], generators: Mapping[str, Generator]) -> str:
    """Return how long each generator takes from its start to its first requests."""
    lines = [
        (
            generators[row.generator].title,
            *(f"{row.start_wall_s.median:.2f}", _range(row.start_wall_s, ".2f")),
            *(f"{row.start_cpu_s.median:.2f}", _range(row.start_cpu_s, ".2f")),
        )
        for row in rows
    ]
    head = ("generator", "clock s", "min..max", "CPU s", "min..max")
    return f"Start to first requests, {counted(rows[0].users)}\n" + table(head, lines)


def counted(users: int) -> str:
    """Return ``1 user`` or ``50 users``."""
    return f"{users} user{'s' if users != 1 else ''}"


def works(rows: Iterable[Row], generators: Mapping[str, Generator]) -> str:
    """Return what each generator does per request."""
    kept = [generators[key] for key in dict.fromkeys(row.generator for row in rows)]
    width = max(len(generator.title) for generator in kept)
    lines = [f"  {generator.title:<{width}}  {generator.work}" for generator in kept]
    return "\n".join(("Done besides sending and receiving:", *lines))


def _costs(row: Row, generators: Mapping[str, Generator]) -> tuple[str, ...]:
    return (
        generators[row.generator].title + (" !" if row.problems else ""),
        f"{row.cpu_us_per_request.median:.1f}",
        _range(row.cpu_us_per_request, ".1f"),
        f"{row.requests_per_cpu_s.median:,.0f}",
        "-" if row.ratio is None else f"{row.ratio.median:.2f}",
        "-" if row.ratio is None else _range(row.ratio, ".2f"),
    )


def _latencies(row: Row) -> tuple[str, str]:
    return _milliseconds(row.p50_s), _milliseconds(row.p99_s)


def _range(values: Spread, form: str) -> str:
    return f"{values.minimum:{form}}..{values.maximum:{form}}"


def _milliseconds(seconds: Spread | None) -> str:
    return "-" if seconds is None else f"{seconds.median * 1000:.3g}"
