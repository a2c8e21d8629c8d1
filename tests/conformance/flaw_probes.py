"""Put the same probes to Locust's FastHttpUser and to this suite's client, and print what became of each.

Run as a program of its own, because importing Locust patches the process. Judges nothing.
"""

from locust import FastHttpUser  # isort: skip  (patches the process, so before everything else)

import gc
import json
import os
import resource
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any, Final

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.event import Events

from loadlib.client import ClientOptions, HttpClient
from tests.unit.client.support import (
    OK,
    Peer,
    Records,
    Server,
    answering,
    eventually,
    make_certificate,
    reply,
    serving,
)

SECURE_USERS: Final = 20
DESCRIPTORS: Final = 1100
DRIPS: Final = 16
LINES: Final = 4
DRIP_S: Final = 0.1
PATIENCE_S: Final = 1.0
"""Ten times what passes between two drips, and well below what all of them take."""
Seen = dict[str, Any]
Get = Callable[..., Any]


class Fast:
    """Locust's client, as a FastHttpUser of the default settings has it, and its samples."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.samples: list[dict[str, Any]] = []
        user = type("Probe", (FastHttpUser,), {"host": url, "abstract": True, **settings})
        environment = Environment(events=Events(), user_classes=[user])
        environment.events.request.add_listener(lambda **sample: self.samples.append(sample))
        self.client = user(environment).client
        self.get: Get = self.client.get

    @property
    def failed(self) -> list[bool]:
        return [sample["exception"] is not None for sample in self.samples]


class Own:
    """The client of this suite, as its default options have it, and its samples."""

    def __init__(self, url: str, **options: Any) -> None:
        self.records = Records()
        self.client = HttpClient(url, recorder=self.records, options=ClientOptions(**options))
        self.get: Get = self.client.get

    @property
    def failed(self) -> list[bool]:
        return [not sample.expected for sample in self.records.samples]


SIDES: Final[dict[str, type[Fast] | type[Own]]] = {"fasthttp": Fast, "loadlib": Own}


def attempted(get: Get, *args: Any, **kwargs: Any) -> tuple[Any, str]:
    """Return the response and the name of the exception that came instead."""
    try:
        return get(*args, **kwargs), ""
    except Exception as error:
        return None, type(error).__name__


def read_and_close(peer: Peer) -> None:
    peer.request()


def read_and_wait(peer: Peer) -> None:
    peer.request()
    peer.wait_for_close()


def hidden_retries(side: Any) -> Seen:
    """Ask a server that reads requests and closes without a word."""
    with serving(read_and_close) as server:
        one = side(server.url)
        attempted(one.get, "/")
        return {"requests": len(server.requests), "failed": one.failed}


def high_descriptors(side: Any) -> Seen:
    """Send ten requests of one user over sockets with numbers beyond what select() takes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    taken = [os.dup(0) for _ in range(DESCRIPTORS)]
    try:
        with serving(answering(OK)) as server:
            one = side(server.url)
            for _ in range(10):
                one.get("/")
            return {"connections": server.connections, "requests": len(server.requests), "failed": one.failed}
    finally:
        for number in taken:
            os.close(number)


def error_not_in_utf_8(side: Any) -> Seen:
    """Get a 500 whose body is Latin-1."""
    with serving(answering(reply(500, b"d\xe9sol\xe9"))) as server:
        one = side(server.url)
        response, raised = attempted(one.get, "/")
        content = response.content.decode("latin-1") if response is not None else None
        status = response.status_code if response is not None else None
        return {"raised": raised, "status": status, "content": content, "failed": one.failed}


def unknown_coding(side: Any) -> Seen:
    """Get a 200 in a content coding that nobody asked for."""
    with serving(answering(reply(200, b"?", Content_Encoding="mystery"))) as server:
        one = side(server.url)
        _, raised = attempted(one.get, "/")
        return {"raised": raised, "failed": one.failed}


def outer_timeout(side: Any) -> Seen:
    """Put a limit of the scenario's own around a request that is not answered."""
    went_on = False
    with serving(read_and_wait) as server:
        one = side(server.url)
        with gevent.Timeout(PATIENCE_S, False):  # type: ignore[arg-type]
            attempted(one.get, "/")
            went_on = True
        return {"scenario_went_on": went_on, "failed": one.failed}


def dripping_body(side: Any) -> Seen:
    """Get a body of which each byte comes well within the timeout, the whole well after it."""

    def drip(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % DRIPS)
        peer.dribble(b"x" * DRIPS, pause_s=DRIP_S)

    with serving(drip) as server:
        limits = {"network_timeout": PATIENCE_S} if side is Fast else {"timeout_s": PATIENCE_S}
        one = side(server.url, **limits)
        attempted(one.get, "/")
        return {"failed": one.failed}


def exception_in_a_block(side: Any) -> Seen:
    """Raise, as a scenario with a bug would, inside a catch_response block."""
    with serving(answering(OK)) as server:
        one = side(server.url)
        try:
            with one.get("/", catch_response=True):
                raise KeyError("a bug of the scenario")
        except KeyError:
            pass
        return {"failed": one.failed}


def redirects_of_two_greenlets(side: Any) -> Seen:
    """Follow a redirect in one greenlet of a user while another wants none followed."""

    def handle(peer: Peer) -> None:
        while request := peer.request():
            if request.path == "/slow":
                redirected.wait()
                peer.send(OK)
            else:
                peer.send(OK if request.path == "/there" else reply(302, Location="/there"))

    redirected = Event()
    with serving(handle) as server:
        one = side(server.url)
        slow = gevent.spawn(one.get, "/slow", allow_redirects=False)
        eventually(lambda: server.requests, "the slow request arrives")
        status = one.get("/redirected").status_code
        redirected.set()
        slow.join()
        return {"status": status}


@contextmanager
def secure_server() -> Iterator[tuple[Server, str]]:
    """Run a TLS server with a certificate that vouches for itself."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(Path(folder), "own", host="127.0.0.1")
        with serving(answering(OK), certificate) as server:
            yield server, certificate[0]


def untrusted_certificate(side: Any) -> Seen:
    """Ask a server that nobody has said to trust."""
    with secure_server() as (server, _):
        one = side(server.url)
        attempted(one.get, "/")
        return {"requests": len(server.requests), "failed": one.failed}


def tls_contexts(side: Any) -> Seen:
    """Have many users of one process ask the same server over TLS."""
    with secure_server() as (server, ca_file):
        known, spent_s = contexts(), process_time()
        users = [
            side(server.url, **({} if side is Fast else {"ca_file": ca_file})) for _ in range(SECURE_USERS)
        ]
        for one in users:
            one.get("/")
        cpu_ms = (process_time() - spent_s) / SECURE_USERS * 1000
        made = sum(all(one is not other for other in known) for one in contexts())
        return {"users": len(users), "requests": len(server.requests), "contexts": made, "cpu_ms": cpu_ms}


def contexts() -> list[ssl.SSLContext]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, ssl.SSLContext)]


def stream_in_pieces(side: Any) -> Seen:
    """Read four lines that come one by one; tell how many had been sent when each was seen."""
    sent = 0

    def handle(peer: Peer) -> None:
        nonlocal sent
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(LINES):
            sent += 1
            peer.send(b"6\r\nevent\n\r\n")
            gevent.sleep(DRIP_S)
        peer.send(b"0\r\n\r\n")

    with serving(handle) as server:
        one = side(server.url)
        if side is Fast:
            seen = [sent for _ in one.client.iter_lines("/")]
        else:
            with one.client.stream("GET", "/") as stream:
                seen = [sent for _ in stream]
        return {"sent_when_seen": seen}


def stream_cut_short(side: Any) -> Seen:
    """Read a stream that the server breaks off after its first line."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nevent\n\r\n")

    with serving(handle) as server:
        one = side(server.url)
        raised = ""
        try:
            if side is Fast:
                list(one.client.iter_lines("/"))
            else:
                with one.client.stream("GET", "/") as stream:
                    list(stream)
        except Exception as error:
            raised = type(error).__name__
        return {"raised": bool(raised), "failed": one.failed}


def unread_streams(side: Any) -> Seen:
    """Ask for one thing more than there are connections, while all of them hold streams nobody reads."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nevent\n\r\n")
        peer.wait_for_close()

    limits = {"concurrency": 2, "network_timeout": PATIENCE_S, "connection_timeout": PATIENCE_S}
    with serving(handle) as server:
        one = side(server.url, **(limits if side is Fast else {"max_connections_per_host": 2}))
        if side is Fast:
            held = [one.get("/", stream=True) for _ in range(2)]
            third = gevent.spawn(one.get, "/", stream=True)
        else:
            held = [one.client.stream("GET", "/") for _ in range(2)]
            third = gevent.spawn(one.get, "/", timeout=PATIENCE_S)
        third.join(3 * PATIENCE_S)
        ended = third.ready()
        third.kill()
        return {"held": len(held), "third_ended": ended}


PROBES: Final = (
    hidden_retries,
    high_descriptors,
    error_not_in_utf_8,
    unknown_coding,
    outer_timeout,
    dripping_body,
    exception_in_a_block,
    redirects_of_two_greenlets,
    untrusted_certificate,
    tls_contexts,
    stream_in_pieces,
    stream_cut_short,
    unread_streams,
)


def main() -> None:
    """Put every probe to both sides."""
    with gevent.Timeout(60):
        seen = {probe.__name__: {name: probe(side) for name, side in SIDES.items()} for probe in PROBES}
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
