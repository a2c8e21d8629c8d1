"""The benchmark ``memory``: what one more user costs in resident memory, after its first request.

Each number of users is a process of its own; every user makes one request and then thinks. The slope between
numbers of users leaves out what a generator needs at all.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.generators import GENERATORS, OWN, Generator
from benchmarks.options import Options
from benchmarks.part import Part, Say
from benchmarks.session import running
from benchmarks.tables import table
from benchmarks.target import Target, running_target

THINK_S: Final = 3600.0
SETTLE_S: Final = 1.0
KEYS: Final = (OWN, "fasthttp", "httpuser", "k6")
"""Those whose users are worth comparing: they do the same work."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Resident bytes of one generator by number of users."""

    generator: str
    resident_bytes: Mapping[int, int]

    @property
    def bytes_per_user(self) -> float:
        """The slope between the smallest and the largest number of users; raises ``ValueError`` for one."""
        fewest, most = min(self.resident_bytes), max(self.resident_bytes)
        if fewest == most:
            raise ValueError("a slope needs two numbers of users")
        return (self.resident_bytes[most] - self.resident_bytes[fewest]) / (most - fewest)


def memory_part(options: Options, say: Say) -> Part:
    """Measure the generators that are here and were asked for.

    Raises:
        MeasurementError, TargetError: something could not be measured.
    """
    wanted = [GENERATORS[key] for key in KEYS if key in options.generators and GENERATORS[key].available]
    with running_target() as target:
        say(f"memory: target {target.description}")
        found = [_footprint(generator, options.memory_users, target, say) for generator in wanted]
        described = target.description
    return Part(
        "memory",
        memory_table(found) if found else "memory: none of the generators asked for is compared",
        {
            "rows": [
                {
                    "generator": one.generator,
                    "bytes_per_user": one.bytes_per_user,
                    "resident_bytes": {str(users): size for users, size in one.resident_bytes.items()},
                }
                for one in found
            ]
        },
        described,
    )


def memory_table(found: Sequence[Footprint]) -> str:
    """Return the table of resident memory and slopes."""
    counts = sorted(found[0].resident_bytes)
    own = next((one.bytes_per_user for one in found if one.generator == OWN), None)
    head = ("generator", *(f"{count:,} users" for count in counts), "per user", "over loadlib")
    lines = [
        (
            GENERATORS[one.generator].title,
            *(f"{one.resident_bytes[count] / 1e6:.0f} MB" for count in counts),
            f"{one.bytes_per_user / 1e3:.1f} kB",
            f"{one.bytes_per_user / own:.2f}" if own else "-",
        )
        for one in found
    ]
    return "Resident memory after one request of every user\n" + table(head, lines)


def _footprint(generator: Generator, counts: Sequence[int], target: Target, say: Say) -> Footprint:
    sizes = {}
    for users in counts:
        with running(generator, target, users, think_s=THINK_S) as session:
            session.wait_for_requests(users)
            session.wait_for_users()
            time.sleep(SETTLE_S)
            sizes[users] = session.resident_bytes()
        say(f"memory  {users:>5} users  {generator.key:<13} {sizes[users] / 1e6:6.0f} MB")
    return Footprint(generator.key, sizes)
