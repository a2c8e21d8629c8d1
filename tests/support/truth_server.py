"""A server whose waits are known exactly: it writes down when it read a request and when it answered.

One thread, raw sockets, no framework; run as ``python -m tests.support.truth_server``, it prints its port.
Times are seconds of the monotonic clock, which all processes of the machine share and which
``time.perf_counter`` reads on Linux, so they compare with a client's own stamps. Waits end by spinning, as
timers of the kernel are late by more than what is measured here; what counts is nevertheless what was done,
and not what was meant.

- ``GET /wait/{id}/{ms}`` answers after that long, ``GET /moved/{id}/{ms}`` redirects there,
  ``GET /cut`` hangs up, ``GET /health`` answers at once.
- ``POST /agui`` and ``POST /a2a`` stream, as the words of the message say: ``events=50 ttft=100 gap=20``
  (numbers are whole, times in milliseconds) and ``burst=5`` for so many events in one write. The text of each
  content event is the moment it was written.
- ``GET /truth`` tells what was done since it was last asked, by id or run id.
"""

import heapq
import json
import re
import select
import socket
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Final

SPIN_S: Final = 0.00003
IDLE_WAIT_S: Final = 0.2
WAIT: Final = re.compile(rb"GET /(wait|moved)/(\w+)/([\d.]+) ")
WORD: Final = re.compile(rb"(events|ttft|gap|burst)=(\d+)")
LENGTH: Final = re.compile(rb"(?i)content-length: *(\d+)")
RUN: Final = re.compile(rb'"runId":"([^"]+)"')
THREAD: Final = re.compile(rb'"threadId":"([^"]+)"')
CALL: Final = re.compile(rb'"id":"([^"]+)"')
STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
LAST_CHUNK: Final = b"0\r\n\r\n"


def answer(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    """Return a whole response."""
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), more, body)


def frame(data: bytes) -> bytes:
    """Return one event in a chunk of its own."""
    event = b"data: %b\n\n" % data
    return b"%x\r\n%b\r\n" % (len(event), event)


class Stream:
    """The wire text of one stream: what opens it, each content event around its stamp, what ends it."""

    def __init__(self, request: bytes) -> None:
        words = {name: int(value) for name, value in WORD.findall(request)}
        self.events = words.get(b"events", 10)
        self.ttft_s = words.get(b"ttft", 0) / 1000
        self.gap_s = words.get(b"gap", 0) / 1000
        self.burst = words.get(b"burst", 1)
        self.received_s = perf_counter()
        self.written_s: list[float] = []
        spoken = _agui(request) if request.startswith(b"POST /agui") else _a2a(request)
        self.name, self.opening, self._content, self.closing = spoken

    def content(self) -> bytes:
        """Return the next content events, each with the moment it is made."""
        made = b""
        for _ in range(min(self.burst, self.events - len(self.written_s))):
            now_s = perf_counter()
            self.written_s.append(now_s)
            made += self._content % (b"%017.6f" % now_s)
        return made

    @property
    def done(self) -> bool:
        """Whether all content was made."""
        return len(self.written_s) >= self.events


def _agui(request: bytes) -> tuple[str, bytes, bytes, bytes]:
    run, thread = _found(RUN, request), _found(THREAD, request)
    ids = b'"threadId":"%b","runId":"%b"' % (thread, run)
    opening = frame(b'{"type":"RUN_STARTED",%b,"protocolVersion":"1.0"}' % ids)
    opening += frame(b'{"type":"TEXT_MESSAGE_START","messageId":"m","role":"assistant"}')
    content = _template(b'{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"STAMP"}')
    closing = frame(b'{"type":"TEXT_MESSAGE_END","messageId":"m"}') + frame(
        b'{"type":"RUN_FINISHED",%b}' % ids
    )
    return run.decode(), opening, content, closing


def _a2a(request: bytes) -> tuple[str, bytes, bytes, bytes]:
    call = _found(CALL, request)
    ids = b'"taskId":"t-%b","contextId":"c-%b"' % (call, call)

    def reply(result: bytes) -> bytes:
        return b'{"jsonrpc": "2.0", "id": "%b", "result": {%b}}' % (call, result)

    task = b'"id":"t-%b","contextId":"c-%b","status":{"state":"TASK_STATE_SUBMITTED"}' % (call, call)
    opening = frame(reply(b'"task":{%b}' % task))
    first = b'"artifactUpdate":{%b,"artifact":{"artifactId":"a","parts":[{"text":"STAMP"}]}}' % ids
    content = _template(reply(first))
    closing = frame(reply(b'"statusUpdate":{%b,"status":{"state":"TASK_STATE_COMPLETED"}}' % ids))
    return call.decode(), opening, content, closing


def _template(event: bytes) -> bytes:
    return frame(event.replace(b"STAMP", b"0" * 17)).replace(b"%", b"%%").replace(b"0" * 17, b"%b")


def _found(pattern: re.Pattern[bytes], text: bytes) -> bytes:
    match = pattern.search(text)
    return match[1] if match else b"none"


class Peer:
    """One connection: bytes that came and are no whole request yet, bytes that did not fit its buffer."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.came = b""
        self.unsent = b""

    def send(self, data: bytes) -> bool:
        """Write, and tell whether all of it was taken."""
        self.unsent += data
        try:
            self.unsent = self.unsent[self.sock.send(self.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent = b""
        return not self.unsent


class Server:
    """The event loop: due work in a heap, connections in an epoll."""

    def __init__(self) -> None:
        self.waits: dict[str, tuple[float, float]] = {}
        self.streams: list[Stream] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._peers: dict[int, Peer] = {}
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0

    def run(self) -> None:
        """Serve until the process is ended."""
        while True:
            now_s = perf_counter()
            while self._due and self._due[0][0] <= now_s:
                heapq.heappop(self._due)[2]()
                now_s = perf_counter()
            left_s = self._due[0][0] - now_s if self._due else IDLE_WAIT_S
            if left_s > SPIN_S:
                select.select([self._epoll], [], [], min(left_s - SPIN_S, IDLE_WAIT_S))
            for number, _ in self._epoll.poll(0):
                if number == self._listener.fileno():
                    self._accept()
                else:
                    self._on_ready(self._peers[number])

    def _at(self, due_s: float, work: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._due, (due_s, self._order, work))

    def _accept(self) -> None:
        peer = Peer(self._listener.accept()[0])
        self._peers[peer.sock.fileno()] = peer
        self._epoll.register(peer.sock, select.EPOLLIN)

    def _on_ready(self, peer: Peer) -> None:
        if peer.unsent and peer.send(b""):
            self._epoll.modify(peer.sock, select.EPOLLIN)
        try:
            data = peer.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(peer)
            return
        received_s = perf_counter()
        peer.came += data
        head, end, body = peer.came.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if end and len(body) >= int(length[1] if length else 0):
            request, peer.came = peer.came, b""
            self._serve(peer, request, received_s)

    def _drop(self, peer: Peer) -> None:
        self._peers.pop(peer.sock.fileno(), None)
        peer.sock.close()
        peer.unsent = b""

    def _send(self, peer: Peer, data: bytes) -> None:
        if peer.sock.fileno() >= 0 and not peer.send(data) and peer.sock.fileno() in self._peers:
            self._epoll.modify(peer.sock, select.EPOLLIN | select.EPOLLOUT)

    def _serve(self, peer: Peer, request: bytes, received_s: float) -> None:
        if match := WAIT.match(request):
            kind, name, wait_ms = match[1], match[2].decode(), match[3]
            if kind == b"moved":
                location = b"Location: /wait/%b/%b\r\n" % (match[2], wait_ms)
                self._send(peer, answer(b"", b"302 Found", location))
            else:
                self._at(
                    received_s + float(wait_ms) / 1000, lambda: self._answer_wait(peer, name, received_s)
                )
        elif request.startswith(b"POST "):
            self._open(peer, Stream(request))
        elif request.startswith(b"GET /cut "):
            self._drop(peer)
        elif request.startswith(b"GET /truth "):
            self._send(peer, answer(self._truth()))
        else:
            self._send(peer, answer(b"{}"))

    def _answer_wait(self, peer: Peer, name: str, received_s: float) -> None:
        sent_s = perf_counter()
        self._send(peer, answer(b"{}"))
        self.waits[name] = (received_s, sent_s)

    def _open(self, peer: Peer, stream: Stream) -> None:
        self.streams.append(stream)
        self._send(peer, STREAM_HEAD + stream.opening)
        self._at(stream.received_s + stream.ttft_s, lambda: self._step(peer, stream))

    def _step(self, peer: Peer, stream: Stream) -> None:
        if peer.sock.fileno() < 0:
            return
        if peer.unsent:
            self._at(perf_counter() + SPIN_S, lambda: self._step(peer, stream))
            return
        due_s = stream.received_s + stream.ttft_s + len(stream.written_s) / stream.burst * stream.gap_s
        if stream.done:
            self._send(peer, stream.closing + LAST_CHUNK)
            return
        self._send(peer, stream.content())
        self._at(max(due_s + stream.gap_s, 0.0), lambda: self._step(peer, stream))

    def _truth(self) -> bytes:
        streams = {one.name: [one.received_s, one.written_s] for one in self.streams}
        told = json.dumps({"waits": self.waits, "streams": streams}).encode()
        self.waits, self.streams = {}, []
        return told


def main() -> None:
    """Print the port and serve."""
    server = Server()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.run()


if __name__ == "__main__":
    main()
