"""Whatever becomes of a request, its phases are cut at the same stamps: together they are its whole time."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Final

import gevent
import pytest

from loadlib.client import HttpClient, HttpSample
from loadlib.client.errors import TransportError
from tests.unit.client.support import (
    END,
    HEAD,
    OK,
    Peer,
    Records,
    Request,
    chunk,
    client_of,
    make_certificate,
    reply,
    serving,
)

ROUNDING_S: Final = 1e-6
"""Epoch times are kept as floats, whose neighbours are a quarter of a microsecond apart."""
EXACT_S: Final = 1e-12
PHASES: Final = ("blocked_s", "sending_s", "waiting_s", "receiving_s")
PAUSE_S: Final = 0.002
REQUESTS: Final = 60


def handle(peer: Peer) -> None:
    """Answer by path, with pauses between the parts of an answer."""
    while (request := peer.request()) is not None:
        gevent.sleep(PAUSE_S)
        if not answered(peer, request):
            return


def answered(peer: Peer, request: Request) -> bool:
    """Answer one request; false when the connection is over."""
    match request.path:
        case "/moved":
            peer.send(reply(302, Location="/"))
        case "/cut":
            return False
        case "/half":
            peer.send(OK[:-1])
            return False
        case "/reset":
            peer.reset()
            return False
        case "/silent":
            peer.wait_for_close()
            return False
        case "/stream":
            peer.send(HEAD)
            peer.dribble(chunk(b"data: a\n\n") * 3, 12, PAUSE_S)
            peer.send(END)
        case _:
            peer.dribble(OK, 10, PAUSE_S)
    return True


def streamed(client: HttpClient) -> None:
    """Read a stream to its end."""
    with client.stream("GET", "/stream") as response:
        assert sum(len(data) for _, data in response)


def left(client: HttpClient) -> None:
    """Read the beginning of a stream."""
    with client.stream("GET", "/stream") as response:
        next(iter(response))


def cut_off(client: HttpClient) -> None:
    """Lose a stream before its head."""
    with client.stream("GET", "/cut") as response, pytest.raises(TransportError):
        next(iter(response))


WAYS: Final[dict[str, Callable[[HttpClient], object]]] = {
    "good": lambda client: client.get("/"),
    "posted": lambda client: client.post("/", data=b"x" * 5000),
    "redirected": lambda client: client.get("/moved"),
    "cut": lambda client: client.get("/cut"),
    "half": lambda client: client.get("/half"),
    "reset": lambda client: client.get("/reset"),
    "timed out": lambda client: client.get("/silent", timeout=0.01),
    "refused": lambda client: client.get("http://127.0.0.1:1/"),
    "unsendable": lambda client: client.get("gopher://127.0.0.1/"),
    "streamed": streamed,
    "left": left,
    "cut off": cut_off,
}


def whole_s(sample: HttpSample) -> float:
    """Return a sample's phases together."""
    return sum(getattr(sample, name) for name in PHASES)


@pytest.fixture(params=["http", "https"])
def talking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[HttpClient, Records]]:
    """Give a client of a plain and of a secure server."""
    secure = request.param == "https"
    certificate = make_certificate(tmp_path, "server", host="127.0.0.1") if secure else None
    trust = {"ca_file": certificate[0]} if certificate else {}
    with ExitStack() as stack:
        server = stack.enter_context(serving(handle, certificate))
        yield stack.enter_context(client_of(server, **trust))


def test_phases_of_any_request_add_up_to_its_time(talking: tuple[HttpClient, Records]) -> None:
    """In any order, so that every way meets new connections and reused ones."""
    client, records = talking
    order = random.Random(7)
    ways = [*WAYS, *order.choices(list(WAYS), k=REQUESTS)]
    order.shuffle(ways)
    for way in ways:
        WAYS[way](client)
    assert len(records.samples) >= len(ways)
    for sample in records.samples:
        assert whole_s(sample) == pytest.approx(sample.ended_at_s - sample.started_at_s, abs=ROUNDING_S)
        assert whole_s(sample) - sample.blocked_s == pytest.approx(sample.duration_s, abs=EXACT_S)
        assert sample.connecting_s + sample.tls_s <= sample.blocked_s
        assert min(getattr(sample, name) for name in PHASES) >= 0
    seen = {(bool(sample.status), sample.connecting_s > 0) for sample in records.samples}
    assert seen == {(True, True), (True, False), (False, True), (False, False)}


def test_next_request_begins_after_the_last_one_ended(talking: tuple[HttpClient, Records]) -> None:
    """The stamps of one user's requests lie in a row on one clock, with nothing counted twice."""
    client, records = talking
    for way in ("good", "redirected", "cut", "streamed", "good"):
        WAYS[way](client)
    for before, after in pairwise(records.samples):
        assert before.started_s + whole_s(before) <= after.started_s + EXACT_S
