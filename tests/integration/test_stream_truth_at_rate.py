"""Many streams at once: their times are the server's to 2 ms, an event costs little, and memory stays flat.

One run plays all phases in turn, against a server that stamps every event as it writes it, on the clock that
the generator reads too. Each stream is compared with the server's account of that very stream, as it was and
not as it was meant. Both processes run before all others of the machine, where that is allowed; where it is
not, what the run itself says of the lateness of its timers is allowed for. What noise is left is rare, so of
200 streams five in a hundred may be off. A run in which more are is played again, as a pause of the machine
hits all of them at once: what a reader does wrong it does wrong each time.

A reader that holds events back shows: by the first token, if it always does, and by the smallest and the
largest gap, if it lets several go at once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import pytest

from tests.integration.bench import bench
from tests.support.truth import favour, lateness_s, quantile, truth_target

USERS: Final = 200
PROTOCOLS: Final = ("agui", "a2a")
TIMED: Final = "events=15 ttft=250 gap=60"
BUSY: Final = "events=100 ttft=100 gap=20"
LONG: Final = 200_000
MANY: Final = 800
PHASES: Final[Mapping[str, Mapping[str, object]]] = {
    "opening": {"protocol": "agui", "words": "events=2"},
    "timed agui": {"protocol": "agui", "words": TIMED},
    "timed a2a": {"protocol": "a2a", "words": TIMED},
    "bare": {"protocol": "bare", "words": BUSY},
    "busy agui": {"protocol": "agui", "words": BUSY},
    "busy a2a": {"protocol": "a2a", "words": BUSY},
    "long": {"protocol": "agui", "words": f"events={LONG} burst=100", "users": 1, "weigh": True},
    "many": {"protocol": "agui", "words": "events=10", "users": 1, "streams": MANY, "weigh": True},
}
WITHIN_S: Final = 0.002
PLAYS: Final = 3
PER_CPU_S: Final = 15_000
BARE_PER_CPU_S: Final = 30_000
"""What the machine is taken to be: so many events a CPU-second when they are only received. A slower machine
owes less, in proportion."""
SETTLED: Final = 0.2
"""The part of a phase after which memory has to stay as it is."""
BLOCKS_PER_EVENT: Final = 0.05
BLOCKS_PER_STREAM: Final = 4
RESIDENT_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class Stream:
    """One stream as it was recorded, and what the server says of it, in seconds."""

    recorded: Mapping[str, Any]
    read_s: float
    written_s: list[float]

    @property
    def gaps_s(self) -> list[float]:
        """The times between what the server wrote."""
        return [after - before for before, after in pairwise(self.written_s)]


@dataclass(frozen=True)
class Played:
    """What the phases left, by name, and the server's account by stream."""

    phases: Mapping[str, Mapping[str, Any]]
    truth: Mapping[str, Any]
    noise_s: float

    def streams(self, phase: str) -> list[Stream]:
        """Return the streams of a phase."""
        recorded = self.phases[phase]["streams"]
        assert len(recorded) == USERS
        return [Stream(one, *self.truth[name]) for name, one in recorded.items()]

    def agree(self, errors_s: list[float]) -> bool:
        """Tell whether nine tenths of the errors, without the outer ones on both sides, are small enough."""
        within_s = WITHIN_S + self.noise_s
        return max(-quantile(errors_s, 0.05), quantile(errors_s, 0.95)) <= within_s

    def events_per_cpu_s(self, phase: str) -> float:
        """Return how many events were read in a second of the processor."""
        one = self.phases[phase]
        return float(sum(stream["stream_events"] for stream in one["streams"].values()) / one["cpu_s"])

    def growth(self, phase: str) -> tuple[int, int]:
        """Return by how many blocks, and bytes, the process grew after the settled part of a phase."""
        weights = self.phases[phase]["weights"]
        assert len(weights) > 1 / SETTLED, weights
        _, blocks, resident = weights[int(len(weights) * SETTLED)]
        later = weights[int(len(weights) * SETTLED) :]
        return max(one[1] for one in later) - blocks, max(one[2] for one in later) - resident


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Run all phases, again after a run that a pause of the machine has hit."""
    for _ in range(PLAYS):
        run = _play(tmp_path_factory)
        if all(run.agree(errors) for protocol in PROTOCOLS for errors in errors_of(run, protocol)):
            break
    return run


def errors_of(played: Played, protocol: str) -> list[list[float]]:
    """Return, in seconds, by how much first tokens, and smallest, largest and all gaps, are off."""
    streams = played.streams(f"timed {protocol}")
    first = [one.recorded["stream_ttft"] - (one.written_s[0] - one.read_s) for one in streams]
    gaps = [
        [one.recorded["stream_chunk_gap"][position] - of(one.gaps_s) for one in streams]
        for position, of in enumerate((min, max, sum), 1)
    ]
    return [first, *gaps]


def _play(tmp_path_factory: pytest.TempPathFactory) -> Played:
    with truth_target() as target, bench(tmp_path_factory.mktemp("run"), target.env) as runs:
        phases = {"TEST_PHASES": json.dumps(list(PHASES.values()))}
        process = runs.locust("stream_rate.py", f"--headless -u {USERS} -r {10 * USERS} -t 90s", phases)
        favoured = favour(process.pid)
        ended = runs.ended(process)
        assert ended.code == 0, ended.stdout + ended.stderr
        told = json.loads((runs.folder / "told.json").read_text())
        noise_s = 0.0 if favoured else lateness_s(ended.result)
        return Played(dict(zip(PHASES, told, strict=True)), target.told()["streams"], noise_s)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_streams_were_open_at_once(played: Played, protocol: str) -> None:
    streams = played.streams(f"timed {protocol}")
    assert max(one.read_s for one in streams) < min(one.written_s[-1] for one in streams)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_time_to_first_token_is_the_servers_within_two_milliseconds(played: Played, protocol: str) -> None:
    assert played.agree(errors_of(played, protocol)[0])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_gaps_are_the_servers_within_two_milliseconds(played: Played, protocol: str) -> None:
    """The smallest and the largest of each stream, and all of them together."""
    streams = played.streams(f"timed {protocol}")
    assert [one.recorded["stream_chunk_gap"][0] for one in streams] == [len(one.gaps_s) for one in streams]
    agreed = [played.agree(errors) for errors in errors_of(played, protocol)[1:]]
    assert dict(zip(("min", "max", "sum"), agreed, strict=True)) == {"min": True, "max": True, "sum": True}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_durations_reach_to_the_last_event_and_no_further(played: Played, protocol: str) -> None:
    """The terminal event is written a gap after the last content."""
    for one in played.streams(f"timed {protocol}"):
        assert one.recorded["stream_duration"] > one.written_s[-1] - one.read_s - WITHIN_S


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_event_costs_at_most_a_fifteen_thousandth_of_a_second(played: Played, protocol: str) -> None:
    """Every one woken up for, received, parsed, judged by its protocol and timed, recording included."""
    bare = played.events_per_cpu_s("bare")
    assert played.events_per_cpu_s(f"busy {protocol}") >= PER_CPU_S * min(1.0, bare / BARE_PER_CPU_S)


def test_memory_does_not_grow_with_the_events_of_a_stream(played: Played) -> None:
    blocks, resident = played.growth("long")
    assert played.phases["long"]["weights"][-1][0] >= LONG
    assert blocks < LONG * BLOCKS_PER_EVENT
    assert resident < RESIDENT_BYTES


def test_memory_does_not_grow_with_the_number_of_streams(played: Played) -> None:
    blocks, resident = played.growth("many")
    assert blocks < MANY * BLOCKS_PER_STREAM
    assert resident < RESIDENT_BYTES
