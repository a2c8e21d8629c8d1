"""What tests of the users share: a user with a recording of its own, and a server that plays a script."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from locust.env import Environment

from loadlib.adapters.recording import RecordingSession
from loadlib.adapters.run_plan import RunPlan
from loadlib.adapters.runtime import Runtime
from loadlib.core.aggregate import Aggregate
from loadlib.settings import load_settings
from loadlib.users import PlatformUser
from tests.integration.protocol_calls import Recorded

RUN_ID = "0123456789abcdef"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
STREAM_END = b"0\r\n\r\n"
JOIN_S = 10.0


class Caller(PlatformUser):
    """A user without tasks, of all services."""

    scenario = "case"
    services = ("agentos", "web", "api", "ccr")


def recorded_user(
    user_class: type[PlatformUser] = Caller, **settings: object
) -> tuple[PlatformUser, Callable[[], Recorded]]:
    """Return a user of a run of its own, and what gives its recording, once."""
    environment = Environment(user_classes=[user_class])
    runtime = Runtime(environment, load_settings(settings, environ={}, cwd=Path("/")))
    runtime.begin(RunPlan(RUN_ID, time.time(), ()))
    session = RecordingSession(
        RUN_ID, "test", runtime.metrics, started_at_s=time.time(), max_tagsets=runtime.settings.max_series
    )
    runtime.recorder.begin(session)

    def recorded() -> Recorded:
        delta = session.delta(time.time(), final=True)
        assert delta is not None
        aggregate = Aggregate(RUN_ID, runtime.metrics, started_at_s=0.0)
        assert aggregate.merge(delta)
        return Recorded(aggregate.snapshot(1.0), [], [], 0.0)

    return user_class(environment), recorded


@dataclass(frozen=True)
class Asked:
    """One request as it came; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Served:
    """A running server. ``over`` is set when the test is, so that scripts need not last longer."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


Script = Callable[[Asked, Served], Iterable[bytes]]
"""Yields what is sent in answer to a request; the connection stays open unless it yields ``CLOSE``."""
CLOSE = b""


def reply(body: bytes = b"{}", status: int = 200, *headers: str, media: str = "application/json") -> bytes:
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {status} -", f"Content-Type: {media}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunk(data: bytes) -> bytes:
    """Return a chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def events(*texts: str) -> bytes:
    """Return the frames of server-sent events."""
    return b"".join(b"data: " + text.encode() + b"\n\n" for text in texts)


@contextmanager
def server(script: Script) -> Iterator[Served]:
    """Run a server on a port of its own; each connection has a thread, as a pool opens several."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = Served(f"http://127.0.0.1:{listener.getsockname()[1]}")
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                if served.over.is_set():
                    connection.close()
                    return
                threads.append(threading.Thread(target=_serve, args=(connection, script, served)))
                threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield served
        finally:
            served.over.set()
            socket.create_connection(listener.getsockname()).close()
            for thread in (acceptor, *threads):
                thread.join(JOIN_S)


def _serve(connection: socket.socket, script: Script, served: Served) -> None:
    connection.settimeout(0.1)
    with connection:
        while (asked := _read(connection, served)) is not None:
            served.asked.append(asked)
            try:
                for piece in script(asked, served):
                    if piece == CLOSE:
                        return
                    connection.sendall(piece)
            except OSError:
                return


def _read(connection: socket.socket, served: Served) -> Asked | None:
    data = b""
    while not served.over.is_set():
        head, end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if end and len(body) >= int(length[1] if length else 0):
            first, *lines = head.decode().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            return Asked(*first.split(" ")[:2], headers, body)
        try:
            more = connection.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            return None
        if not more:
            return None
        data += more
    return None
