"""Deltas on the wire."""

from typing import Any

import msgpack
import pytest

from loadlib.core.delta import Delta
from loadlib.core.failures import FailureGroup
from tests.unit.core.samples import deltas, merged, samples

FAILURE = FailureGroup("GET /a", "http", "no", "no", 2, 1.0, 2.0)


def through_msgpack(wire: object) -> Any:
    """Return what arrives when Locust's serialiser carries ``wire``: bucket indexes are integer keys."""
    return msgpack.unpackb(msgpack.packb(wire), strict_map_key=False)


def test_deltas_survive_the_wire_and_merge_to_the_same() -> None:
    """What the deciding process merges is what was recorded, bucket for bucket."""
    sent = deltas(samples(200), "w1")
    arrived = [Delta.from_wire(through_msgpack(one.to_wire())) for one in sent]
    assert [(d.run_id, d.process, d.sequence, d.final) for d in arrived] == [
        (d.run_id, d.process, d.sequence, d.final) for d in sent
    ]
    assert merged(arrived).snapshot(0.0) == merged(sent).snapshot(0.0)


def test_failures_notes_and_the_final_mark_survive_the_wire() -> None:
    """The last word of a worker is recognised as such."""
    delta = Delta("r", "w", 9, (), failures=(FAILURE,), notes=(("abort", "it said so"),), final=True)
    assert Delta.from_wire(through_msgpack(delta.to_wire())) == delta


def wire() -> dict[str, Any]:
    """Return a good wire form with windows and a failure."""
    (delta,) = deltas(samples(3), "w1")
    return through_msgpack(Delta(delta.run_id, "w1", 1, delta.windows, (FAILURE,)).to_wire())


def test_the_good_wire_form_is_read() -> None:
    """The form that the corruptions below start from is right."""
    assert len(Delta.from_wire(wire()).windows) > 0


@pytest.mark.parametrize("key", ["run_id", "process", "sequence", "windows", "failures", "notes", "final"])
@pytest.mark.parametrize("bad", ["missing", None, 1.5, "text", [1], [[1, 2, 3]], {"a": 1}, -1, [["a"] * 7]])
def test_a_malformed_wire_form_is_a_value_error(key: str, bad: object) -> None:
    """Whatever arrives, the deciding process refuses it by one kind of error."""
    broken = wire()
    if bad == "missing":
        del broken[key]
    elif key in ("run_id", "process") and isinstance(bad, str):
        bad = broken[key] = 7
    else:
        broken[key] = bad
    with pytest.raises(ValueError, match="not a delta"):
        Delta.from_wire(broken)


@pytest.mark.parametrize(
    ("part", "bad"),
    [
        (0, "now"),
        (0, 1.5),
        (1, None),
        (1, [["endpoint", "x"]]),
        (1, [[["endpoint"]]]),
        (1, [[["endpoint", 7]]]),
        (2, 7),
        (2, [[0, "http_reqs"]]),
        (2, [["0", "http_reqs", [1.0, 1]]]),
        (2, [[0, 7, [1.0, 1]]]),
        (2, [[0, "http_reqs", None]]),
        (2, [[-1, "http_reqs", [1.0, 1]]]),
        (2, [[99, "http_reqs", [1.0, 1]]]),
    ],
)
def test_a_malformed_window_is_a_value_error(part: int, bad: object) -> None:
    """An entry never names a tag set that the window does not have."""
    broken = wire()
    broken["windows"][0][part] = bad
    with pytest.raises(ValueError, match="not a delta"):
        Delta.from_wire(broken)
