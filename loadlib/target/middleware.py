"""The outermost ASGI layer of every service: true latencies, injected faults, and a marker header.

It knows route templates and nothing of what the routes do. WebSocket and lifespan scopes pass through
untouched.
"""

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loadlib.target.context import TargetContext
from loadlib.target.traces import parse_traceparent

MARKER: Final = (b"x-reference-platform", b"1")
UNMATCHED: Final = "(no route)"
OWN_PREFIX: Final = "/__target"
"""Below it the target answers about itself: untouched by injected faults and, but for streams, unrecorded."""

OWN_STREAMS: Final = f"{OWN_PREFIX}/streams"
_CONVERTOR: Final = re.compile(r":\w+}")


def templates_of(routes: Iterable[BaseRoute | str], prefix: str = "") -> list[str]:
    """Return the path templates of Starlette routes, mounts resolved; strings are taken as they are."""
    found: list[str] = []
    for route in routes:
        if isinstance(route, str):
            found.append(prefix + route)
        elif isinstance(route, Mount):
            found.extend(
                templates_of(route.routes, prefix + route.path) or [prefix + route.path + "/{path:path}"]
            )
        elif hasattr(route, "path"):
            found.append(prefix + route.path)
    return list(dict.fromkeys(found))


class RouteTable:
    """Finds the template of a path, as Starlette would: exact paths, then patterns in their order."""

    def __init__(self, templates: Sequence[str]) -> None:
        self._exact = {template for template in templates if "{" not in template}
        patterns = [template for template in templates if "{" in template]
        self._patterns = [(compile_path(template)[0], _CONVERTOR.sub("}", template)) for template in patterns]

    def template(self, path: str) -> str:
        """Return the template of ``path``, or ``UNMATCHED``."""
        if path in self._exact:
            return path
        for regex, template in self._patterns:
            if regex.match(path):
                return template
        return UNMATCHED


class _Exchange:
    """One request's progress, observed at its send channel."""

    __slots__ = ("complete", "first_byte_at", "send", "started_at", "status")

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started_at = time.perf_counter()
        self.first_byte_at: float | None = None
        self.status = 0
        self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), MARKER]
            await self.send(message)
            return
        await self.send(message)
        if message["type"] != "http.response.body":
            return
        if self.first_byte_at is None:
            self.first_byte_at = time.perf_counter()
        self.complete = not message.get("more_body", False)


class Instrument:
    """The middleware; ``service`` is one of agentos, web, api, ccr."""

    def __init__(self, app: ASGIApp, ctx: TargetContext, service: str, templates: Sequence[str]) -> None:
        self._app = app
        self._ctx = ctx
        self._service = service
        self._table = RouteTable(templates)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(send)
        template = self._table.template(scope["path"])
        try:
            await self._handle(scope, receive, exchange, template)
        finally:
            if not template.startswith(OWN_PREFIX) or template.startswith(OWN_STREAMS):
                self._record(scope, template, exchange)

    async def _handle(self, scope: Scope, receive: Receive, exchange: _Exchange, template: str) -> None:
        if template.startswith(OWN_PREFIX):
            await self._app(scope, receive, exchange)
            return
        decision = self._ctx.behaviour.decide(self._service, scope["method"], template, scope["path"])
        if decision.latency_s > 0.0:
            await asyncio.sleep(decision.latency_s)
        if decision.outcome is None:
            await self._app(scope, receive, exchange)
        elif decision.outcome == "hang":
            await wait_for_disconnect(receive)
        elif decision.outcome == "cut":
            await exchange.send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]}
            )
        else:
            body = {"detail": "Injected error", "status": decision.outcome}
            await JSONResponse(body, decision.outcome)(scope, receive, exchange)

    def _record(self, scope: Scope, template: str, exchange: _Exchange) -> None:
        duration_s = time.perf_counter() - exchange.started_at
        first = exchange.first_byte_at
        ttfb_s = None if first is None else first - exchange.started_at
        key = f"{self._service} {scope['method']} {template}"
        self._ctx.truth.record(key, exchange.status, duration_s, ttfb_s, complete=exchange.complete)
        if self._ctx.options.traceparent:
            self._trace(scope, key, exchange.status, duration_s)

    def _trace(self, scope: Scope, key: str, status: int, duration_s: float) -> None:
        header = next((value for name, value in scope["headers"] if name == b"traceparent"), None)
        context = None if header is None else parse_traceparent(header)
        if context is not None:
            self._ctx.traces.record(context, key, status, duration_s)


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has gone; the request body, if any, is read and dropped."""
    while True:
        message: dict[str, Any] = dict(await receive())
        if message["type"] == "http.disconnect":
            return


def instrument(
    app: ASGIApp, ctx: TargetContext, service: str, routes: Iterable[BaseRoute | str]
) -> Instrument:
    """Wrap a service's application; ``routes`` are its routes or path templates, specific first."""
    return Instrument(app, ctx, service, templates_of(routes))
