"""What goes wrong in the realtime gateway, and its own account of connections and updates.

The rules are the target's own, ``--latency`` and ``--error``, on routes of the service ``api`` that stand for
what happens on a socket: ``/realtime/connect``, and ``/realtime/dashboard.state.sync`` for the delivery of an
update. So ``--error "api /realtime/dashboard.state.sync=0.1:cut"`` loses one update in ten, and ``--latency
"api /realtime/dashboard.state.sync=constant:50ms"`` delivers late. The account is beside those of the HTTP
routes, keyed ``api WS /realtime/...``: status 200 is what was admitted, taken or delivered, 0 what was lost.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from loadlib.target.behaviour import Decision
from loadlib.target.context import TargetContext

CONNECT: Final = "connect"
UPDATE: Final = "dashboard.state.update"
SYNC: Final = "dashboard.state.sync"
_SERVICE: Final = "api"
_METHOD: Final = "WS"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a socket is not admitted; ``hangs`` keeps it without a word, no message drops it without one."""

    status: int
    message: str
    hangs: bool = False


@dataclass(slots=True)
class Exchange:
    """One connection or update as it is accounted for; a status of 0 means that nothing came of it."""

    status: int = 0


class Faults:
    """The seeded decisions of one gateway, and its account."""

    def __init__(self, ctx: TargetContext) -> None:
        self._ctx = ctx

    @contextmanager
    def measured(self, name: str) -> Iterator[Exchange]:
        """Account for what happens in a block under ``api WS /realtime/<name>``."""
        exchange, started_s = Exchange(), time.perf_counter()
        try:
            yield exchange
        finally:
            key = f"{_SERVICE} {_METHOD} {_template(name)}"
            duration_s = time.perf_counter() - started_s
            self._ctx.truth.record(key, exchange.status, duration_s, None, complete=exchange.status > 0)

    async def refusal(self) -> Refusal | None:
        """Wait as the rules for connections say, and return the refusal that they want, if any."""
        outcome = (await self._played(CONNECT)).outcome
        if outcome is None:
            return None
        if isinstance(outcome, int):
            return Refusal(outcome, "Connection failed")
        return Refusal(0, "", hangs=outcome == "hang")

    async def delivers(self) -> bool:
        """Wait as the rules for deliveries say, and tell whether there is one: any outcome loses it."""
        return (await self._played(SYNC)).outcome is None

    async def _played(self, name: str) -> Decision:
        template = _template(name)
        decision = self._ctx.behaviour.decide(_SERVICE, _METHOD, template, template)
        if decision.latency_s > 0.0:
            await asyncio.sleep(decision.latency_s)
        return decision


def _template(name: str) -> str:
    return f"/realtime/{name}"
