"""At half load, what is measured of requests is what the server did: waits of known lengths are found again.

The server stamps each request when it has read it and when it answers it, on the clock that the generator
reads too, so every request has its own truth: what was really done, however late, and not what was meant.
Quantiles of both are compared within 1 % and 0.3 ms. Both processes run before all others of the machine,
where that is allowed; where it is not, what the run itself says of the lateness of its timers is allowed for.
What noise is left is one-sided and rare: a request is seen late, never early. The three lengths of wait have
shares such that the percentiles 50, 95 and 99 lie in the middle of requests that waited equally long, so that
a third of those may be seen late before a percentile moves; an error of 2 % moves all of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

from loadlib.core.sketch import MAX_RELATIVE_ERROR, Sketch
from loadlib.reports.figures import percent_text, time_text
from tests.integration.bench import Ended, bench
from tests.support.truth import favour, lateness_s, quantile, truth_target

USERS: Final = 500
ASKS: Final = 40
WARM: Final = 3
"""The first requests of a user, among which many users begin."""
PLAYS: Final = 3
PERCENTILES: Final = (0.5, 0.95, 0.99)
RELATIVE: Final = 0.01
ABSOLUTE_S: Final = 0.0003
ROUNDING_S: Final = 1e-6
"""Epoch times are kept as floats, whose neighbours are a quarter of a microsecond apart."""


@dataclass(frozen=True)
class Played:
    """What a run left: its end, its samples, and the server's account of each request by id, in seconds."""

    ended: Ended
    samples: Sequence[Mapping[str, Any]]
    truth_s: Mapping[str, float]
    noise_s: float

    @property
    def paired(self) -> list[tuple[Mapping[str, Any], float]]:
        """The samples of plain waits once all is warm, each with its truth."""
        return [
            (sample, self.truth_s[sample["id"]])
            for sample in self.samples
            if sample["kind"] == "wait" and sample["number"] >= WARM
        ]

    def trend(self, metric: str, **tags: str) -> Sketch:
        """Return a trend of the result."""
        value = self.ended.result.snapshot().select(metric, tags)
        assert isinstance(value, Sketch)
        return value


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Run until no pause of the machine hits a run: what a clock does wrong it does wrong each time."""
    for _ in range(PLAYS):
        run = _play(tmp_path_factory)
        truth = [truth_s for _, truth_s in run.paired]
        phases = ("waiting_s", "duration_s")
        if not any(off([sample[phase] for sample, _ in run.paired], truth, run.noise_s) for phase in phases):
            break
    return run


def _play(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Run users that ask for waits; the last requests of each are a redirect and one without an answer."""
    with truth_target() as target, bench(tmp_path_factory.mktemp("run"), target.env) as runs:
        options = f"--headless -u {USERS} -r {10 * USERS} -t 60s"
        process = runs.locust("timings.py", options, {"TEST_ASKS": str(ASKS)})
        favoured = favour(process.pid)
        ended = runs.ended(process)
        assert ended.code == 0, ended.stdout + ended.stderr
        told = {name: sent_s - read_s for name, (read_s, sent_s) in target.told()["waits"].items()}
        samples = json.loads((runs.folder / "told.json").read_text())
        return Played(ended, samples, told, 0.0 if favoured else lateness_s(ended.result))


def off(measured_s: Sequence[float], truth_s: Sequence[float], noise_s: float = 0.0) -> list[str]:
    """Return the percentiles that are not what they should be."""
    wrong = []
    for q in PERCENTILES:
        seen_s, true_s = quantile(measured_s, q), quantile(truth_s, q)
        if abs(seen_s - true_s) > RELATIVE * true_s + ABSOLUTE_S + noise_s:
            wrong.append(f"p({q * 100:g}) is {seen_s * 1000:.2f} ms, was {true_s * 1000:.2f} ms")
    return wrong


def test_load_was_about_half_of_what_one_core_can_do(played: Played) -> None:
    """All requests were made, and the generator was neither idle nor short of CPU."""
    assert len(played.paired) == USERS * (ASKS - WARM)
    (process,) = played.ended.result.processes
    assert 0.15 < process.cpu_mean_ratio < 0.85


@pytest.mark.parametrize("phase", ["waiting_s", "duration_s"])
def test_percentiles_are_those_of_what_the_server_did(played: Played, phase: str) -> None:
    """Sending and receiving a few bytes take no time that would show in the duration."""
    measured = [sample[phase] for sample, _ in played.paired]
    truth = [truth_s for _, truth_s in played.paired]
    assert off(measured, truth, played.noise_s) == []


@pytest.mark.parametrize("error", [1.02, 0.98])
def test_error_of_two_percent_would_be_seen_at_every_percentile(played: Played, error: float) -> None:
    """The comparison can fail: measurements as they are, times what a wrong clock would make of them."""
    measured = [sample["waiting_s"] * error for sample, _ in played.paired]
    assert len(off(measured, [truth_s for _, truth_s in played.paired])) == len(PERCENTILES)


def test_answer_is_hardly_ever_seen_before_it_was_sent(played: Played) -> None:
    """Only the stamp of the request's own end of writing can be late, after the server has read it."""
    early = [truth_s - sample["waiting_s"] for sample, truth_s in played.paired]
    assert quantile(early, 0.99) < ABSOLUTE_S + played.noise_s


@pytest.mark.parametrize(
    ("metric", "phase"), [("http_req_waiting", "waiting_s"), ("http_req_duration", "duration_s")]
)
def test_result_says_what_was_measured(played: Played, metric: str, phase: str) -> None:
    """Within the half percent that the sketch of a trend may be off."""
    measured = [sample[phase] for sample in played.samples if sample["kind"] == "wait"]
    recorded = played.trend(metric, name="/wait")
    assert recorded.count == len(measured)
    for q in PERCENTILES:
        assert recorded.quantile(q) == pytest.approx(quantile(measured, q), rel=2 * MAX_RELATIVE_ERROR)


def test_phases_of_every_request_of_a_run_add_up_to_its_time(played: Played) -> None:
    """On new and on reused connections, of answers, redirects and failures alike."""
    kinds = {(sample["status"] // 100, sample["connecting_s"] > 0) for sample in played.samples}
    assert {(2, True), (2, False), (3, False), (0, False)} <= kinds
    for sample in played.samples:
        phases_s = sum(sample[name] for name in ("blocked_s", "sending_s", "waiting_s", "receiving_s"))
        assert phases_s == pytest.approx(sample["whole_s"], abs=ROUNDING_S)
        assert sample["duration_s"] == pytest.approx(phases_s - sample["blocked_s"], abs=ROUNDING_S)
        assert sample["connecting_s"] + sample["tls_s"] <= sample["blocked_s"] + ROUNDING_S
        assert min(sample[name] for name in sample if name.endswith("_s")) >= 0


def test_cpu_and_timers_are_in_result_and_summary_when_all_is_well(played: Played) -> None:
    ended = played.ended
    (process,) = ended.result.processes
    assert 0 < process.cpu_mean_ratio <= process.cpu_max_ratio
    assert 0 < process.loop_lag_p99_s <= process.loop_lag_max_s
    assert not [problem for problem in ended.result.problems if problem.kind == "saturated"]
    _, _, section = ended.stdout.partition("GENERATOR")
    ratios = (process.cpu_mean_ratio, process.cpu_max_ratio)
    times_s = (process.loop_lag_p99_s, process.loop_lag_max_s)
    figures = [*map(percent_text, ratios), *map(time_text, times_s)]
    assert "the generator was not saturated" in section
    assert [process.process, *figures, "0", "yes"] in [line.split() for line in section.splitlines()]
