"""The command line of ``python -m benchmarks``."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.generators import GENERATORS
from benchmarks.results import FOLDER

KINDS: Final = ("all", "http", "memory", "latency", "streams", "http2", "profile")
COMPARING: Final = ("all", "http")
"""Those that measure what ``require_ratio`` asks for."""
USERS: Final = (1, 50, 500)
MEMORY_USERS: Final = (100, 1000, 5000)


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. ``require_ratio`` 0 requires nothing."""

    what: str
    generators: tuple[str, ...]
    users: tuple[int, ...]
    memory_users: tuple[int, ...]
    rounds: int
    window_s: float
    budget_s: float
    require_ratio: float
    output: Path


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; ends the process with a message when it is wrong."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.require_ratio and given.what not in COMPARING:
        parser.error(f"--require-ratio compares in {', '.join(COMPARING)}; not in {given.what}")
    quick: bool = given.quick
    return Options(
        what=given.what,
        generators=given.generators,
        users=given.users or ((50,) if quick else USERS),
        memory_users=MEMORY_USERS[:2] if quick else MEMORY_USERS,
        rounds=given.rounds or (2 if quick else 3),
        window_s=given.window_s,
        budget_s=given.budget_s or (80.0 if quick else 330.0),
        require_ratio=given.require_ratio,
        output=given.output,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("what", nargs="?", choices=KINDS, default="all", help="all: http and memory")
    parser.add_argument(
        "--generators",
        type=_generators,
        default=tuple(GENERATORS),
        metavar="A,B",
        help=f"of {', '.join(GENERATORS)}; those not on PATH are left out",
    )
    parser.add_argument("--users", type=_counts, metavar="N,M", help="numbers of users (1,50,500)")
    parser.add_argument("--rounds", type=_count, metavar="N", help="rounds of all generators in turn (3)")
    parser.add_argument(
        "--window-s", type=_positive, default=1.5, metavar="S", help="seconds measured each time (1.5)"
    )
    parser.add_argument(
        "--budget-s", type=_positive, metavar="S", help="no further round begins after so long (330)"
    )
    parser.add_argument("--quick", action="store_true", help="50 users and 2 rounds, below 90 seconds")
    parser.add_argument(
        "--require-ratio",
        type=_positive,
        default=0.0,
        metavar="X",
        help="exit 99 unless FastHttpUser costs X times the processor time of this suite's client",
    )
    parser.add_argument("--output", type=Path, default=FOLDER, metavar="DIR", help="where the JSON goes")
    return parser


def _generators(text: str) -> tuple[str, ...]:
    keys = tuple(dict.fromkeys(key.strip() for key in text.split(",")))
    unknown = [key for key in keys if key not in GENERATORS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(GENERATORS)}")
    return keys


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part) for part in text.split(","))


def _count(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return number
