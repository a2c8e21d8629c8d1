"""A DNS server on loopback with names of the tests, counted and, if wanted, slow; gevent asks it."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import gevent
from gevent.resolver.ares import Resolver as AresResolver
from gevent.server import DatagramServer

A, AAAA = 1, 28


@dataclass
class NameServer:
    """Answers A and AAAA questions from a table.

    Attributes:
        addresses: name to its addresses; other names do not exist.
        asked: the names of the A questions, in order.
        delay_s: how long each answer takes.
    """

    addresses: dict[str, list[str]]
    delay_s: float = 0.0
    asked: list[str] = field(default_factory=list)

    def answer(self, question: bytes) -> bytes:
        """Return the answer to a question of one name (RFC 1035 section 4)."""
        end = question.index(b"\0", 12)
        labels, at = [], 12
        while at < end:
            labels.append(question[at + 1 : at + 1 + question[at]].decode())
            at += 1 + question[at]
        name = ".".join(labels)
        (kind,) = struct.unpack(">H", question[end + 1 : end + 3])
        if kind == A:
            self.asked.append(name)
        packed = [ip_address(one).packed for one in self.addresses.get(name, [])]
        wanted = [one for one in packed if len(one) == (4 if kind == A else 16)]
        flags = 0x8180 if name in self.addresses else 0x8183
        head = question[:2] + struct.pack(">HHHHH", flags, 1, len(wanted), 0, 0)
        records = (struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(one)) + one for one in wanted)
        return head + question[12 : end + 5] + b"".join(records)


@contextmanager
def name_server(**addresses: list[str]) -> Iterator[NameServer]:
    """Serve names, dots written ``_``, to this thread's event loop for as long as the block lasts."""
    server = NameServer({name.replace("_", "."): found for name, found in addresses.items()})

    def handle(question: bytes, place: object) -> None:
        gevent.sleep(server.delay_s)
        listener.sendto(server.answer(question), place)

    listener = DatagramServer(("127.0.0.1", 0), handle)
    listener.start()
    hub = gevent.get_hub()
    before = hub.resolver
    hub.resolver = AresResolver(servers=["127.0.0.1"], udp_port=listener.server_port, timeout=5.0)
    try:
        yield server
    finally:
        hub.resolver.close()
        hub.resolver = before
        listener.stop(timeout=0)
