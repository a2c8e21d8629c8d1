"""Names to addresses: one cache a process, one question at a time for each name, addresses in a chosen order.

The system's resolver is asked in gevent's threads, so that no other greenlet waits for it. Failures are not
kept. How long an answer is good, and in which order its addresses are tried, is each client's own option; the
answers are shared. Does not connect.
"""

import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import groupby
from math import inf
from random import Random
from time import perf_counter
from typing import Any, Final, Literal, NamedTuple
from weakref import WeakKeyDictionary

import gevent

from loadlib.client.dial_limit import DialLimit
from loadlib.client.errors import TransportError
from loadlib.client.eventloop import Timeout, get_hub, gevent_socket

Select = Literal["first", "random", "roundRobin"]
Policy = Literal["preferIPv4", "preferIPv6", "onlyIPv4", "onlyIPv6", "any"]

CACHED_NAMES: Final = 4096
_FAMILIES: Final = {"4": socket.AF_INET, "6": socket.AF_INET6}


class Address(NamedTuple):
    """Where a socket connects to: the address family and what ``connect`` takes."""

    family: int
    place: tuple[Any, ...]

    @property
    def host(self) -> str:
        """The IP address."""
        return str(self.place[0])


class Wish(NamedTuple):
    """What one client wants of answers.

    Attributes:
        ttl_s: how old an answer may be; 0 asks for every connection, infinity never again.
        select: the order within a family, of all with ``any``: as answered, shuffled, or each one's turn.
        policy: the family that comes first, or the only one.
        seed: of the shuffling, None for one of its own in each process.
    """

    ttl_s: float = 0.0
    select: Select = "first"
    policy: Policy = "any"
    seed: int | None = None


class _Answer:
    __slots__ = ("addresses", "at_s", "turns")

    def __init__(self, addresses: list[Address], at_s: float) -> None:
        self.addresses = addresses
        self.at_s = at_s
        self.turns = 0


class Resolver:
    """The answers of one process, or of one thread with an event loop of its own."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._asking: dict[str, Any] = {}
        self._shuffles: dict[int | None, Random] = {}

    def resolve(self, host: str, port: int, wish: Wish, limit: DialLimit) -> list[Address]:
        """Return the addresses of a name in the order they are to be tried; an address stands for itself.

        Raises:
            TransportError: ``dns``, or the limit's own kind when it passes first.
        """
        literal = _literal(host, port)
        if literal is not None:
            return [literal]
        answer = self._known(host, wish.ttl_s)
        if answer is None:
            answer = self._asked(host, wish.ttl_s, limit)
        ordered = self._ordered(answer, wish)
        if not ordered:
            raise TransportError("dns", f"{host}: no address that {wish.policy} allows")
        return [Address(one.family, (one.place[0], port, *one.place[2:])) for one in ordered]

    def _known(self, host: str, ttl_s: float) -> _Answer | None:
        answer = self._answers.get(host)
        if answer is None or (ttl_s != inf and self._clock() - answer.at_s >= ttl_s):
            return None
        return answer

    def _asked(self, host: str, ttl_s: float, limit: DialLimit) -> _Answer:
        """Wait for an answer; users that want one of the same name wait for the same question."""
        left_s = limit.left_s()
        if not ttl_s:
            return _Answer(_within(left_s, host, limit), self._clock())
        question = self._asking.get(host)
        if question is None:
            question = self._asking[host] = gevent.spawn(self._ask, host)
        question.join(left_s)
        if not question.ready():
            raise limit.passed()
        found: _Answer | TransportError = question.get()
        if isinstance(found, TransportError):
            raise TransportError(found.kind, found.message)
        return found

    def _ask(self, host: str) -> _Answer | TransportError:
        try:
            answer = _Answer(_look_up(host), self._clock())
        except TransportError as error:
            return error
        finally:
            del self._asking[host]
        self._answers[host] = answer
        self._answers.move_to_end(host)
        if len(self._answers) > CACHED_NAMES:
            self._answers.popitem(last=False)
        return answer

    def _ordered(self, answer: _Answer, wish: Wish) -> list[Address]:
        found = answer.addresses
        if wish.select == "random":
            return by_policy(self._shuffle(wish.seed).sample(found, len(found)), wish.policy)
        ordered = by_policy(found, wish.policy)
        if wish.select == "first":
            return ordered
        turn = answer.turns
        answer.turns += 1
        if wish.policy == "any":
            return _turned(ordered, turn)
        families = [[*family] for _, family in groupby(ordered, lambda one: one.family)]
        return [one for family in families for one in _turned(family, turn)]

    def _shuffle(self, seed: int | None) -> Random:
        if seed not in self._shuffles:
            self._shuffles[seed] = Random(seed)  # noqa: S311 - spreads load, guards nothing
        return self._shuffles[seed]


def _turned(addresses: list[Address], turn: int) -> list[Address]:
    start = turn % len(addresses)
    return [*addresses[start:], *addresses[:start]]


def by_policy(addresses: Sequence[Address], policy: Policy) -> list[Address]:
    """Return the addresses that a policy allows, the preferred family first, else in the order given."""
    if policy == "any":
        return list(addresses)
    family = _FAMILIES[policy[-1]]
    chosen = [one for one in addresses if one.family == family]
    if policy.startswith("only"):
        return chosen
    return [*chosen, *(one for one in addresses if one.family != family)]


_shared: "WeakKeyDictionary[Any, Resolver]" = WeakKeyDictionary()


def shared_resolver() -> Resolver:
    """Return the resolver of the running event loop, which is the process's unless threads have their own."""
    hub = get_hub()
    resolver = _shared.get(hub)
    if resolver is None:
        resolver = _shared[hub] = Resolver()
    return resolver


def _literal(host: str, port: int) -> Address | None:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return Address(family, (host, port))
    return None


def _look_up(host: str) -> list[Address]:
    try:
        found: list[Any] = gevent_socket.getaddrinfo(host, None, 0, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TransportError("dns", f"{host}: {getattr(error, 'strerror', None) or error}") from None
    return [Address(family, place) for family, _, _, _, place in found]


def _within(seconds: float, host: str, limit: DialLimit) -> list[Address]:
    timeout = Timeout(seconds)
    timeout.start()
    try:
        return _look_up(host)
    except Timeout as fired:
        if fired is not timeout:
            raise
        raise limit.passed() from None
    finally:
        timeout.close()
