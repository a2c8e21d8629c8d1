"""Where a request's time goes: each sample in one part, shares of one whole, no figure without samples."""

import pytest

from benchmarks.profile_bench import PLACES, REST, shares_of
from benchmarks.session import MeasurementError
from tests.support.process import REPOSITORY

CLIENT = "loadlib/client/connection.py"
STACKS = [
    f"User.run (locust/user/users.py:160);Connection.send ({CLIENT}:106) 4",
    f"Connection._suspend ({CLIENT}:170) 2",
    f"Connection.begin ({CLIENT}:70) 1",
    "Recorder.check (loadlib/adapters/recorder.py:60) 1",
    "Recorder.http (loadlib/adapters/recorder.py:40) 1",
    "choice (random.py:374) 1",
]


def test_sample_belongs_to_the_innermost_function() -> None:
    shares = shares_of(STACKS)
    assert shares["kernel: sending, and waking the server"] == pytest.approx(0.4)
    assert shares["event loop and switches of greenlets"] == pytest.approx(0.2)
    assert shares["the request: arguments, head, phases, response"] == pytest.approx(0.1)
    assert shares["checks"] == shares["recording: series and sketches"] == shares[REST] == pytest.approx(0.1)


def test_shares_are_of_one_whole() -> None:
    assert sum(shares_of(STACKS).values()) == pytest.approx(1.0)


def test_sampler_that_saw_nothing_is_no_measurement() -> None:
    with pytest.raises(MeasurementError, match="nothing"):
        shares_of([])


def test_every_part_names_files_that_there_are() -> None:
    """A part whose file was renamed would silently become the rest."""
    own = [
        str(path.relative_to(REPOSITORY))
        for path in REPOSITORY.glob("*/**/*.py")
        if ".venv" not in path.parts
    ]
    foreign = ("gevent/", "locust/", "collections/")
    named = [file for place in PLACES for file in place.files if not file.startswith(foreign)]
    assert [file for file in named if not any(path.endswith(file) for path in own)] == []
