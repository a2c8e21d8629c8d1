"""Runs the services of a target in one process and one event loop, on sockets bound beforehand.

What the services answer is their own business; the command line is ``cli``'s.
"""

import asyncio
import importlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, cast

import uvicorn
from starlette.types import ASGIApp

from loadlib.errors import ConfigurationError
from loadlib.target.context import TargetContext, Urls
from loadlib.target.options import TargetOptions

STOP_GRACE_S: Final = 0.5
"""Seconds that open responses get to end after a stop was asked for; then they are cancelled."""

BACKLOG: Final = 2048
START_TIMEOUT_S: Final = 20.0
_BUILDERS: Final = {
    "agentos": ("loadlib.target.agentos.app", "build_agentos"),
    "web": ("loadlib.target.platform_web.web", "build"),
    "api": ("loadlib.target.platform_web.api", "build"),
    "ccr": ("loadlib.target.platform_web.ccr", "build"),
}


class _Server(uvicorn.Server):
    """A uvicorn server that leaves the signals to the process that runs several of them."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def bind(service: str, host: str, port: int) -> socket.socket:
    """Return a bound, not yet listening socket, or raise a ``ConfigurationError`` that names both."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ConfigurationError(
            f"{service}: cannot listen on {host}:{port} ({error.strerror}); choose other ports with --port"
        ) from None
    sock.setblocking(False)
    return sock


def _bind_all(options: TargetOptions) -> dict[str, socket.socket]:
    sockets: dict[str, socket.socket] = {}
    try:
        for service in options.services:
            sockets[service] = bind(service, options.host, options.port_of(service))
    except ConfigurationError:
        _close(sockets)
        raise
    return sockets


def _close(sockets: dict[str, socket.socket]) -> None:
    for sock in sockets.values():
        sock.close()


def _urls(sockets: dict[str, socket.socket], host: str) -> Urls:
    shown = f"[{host}]" if ":" in host else host
    return Urls(**{service: f"http://{shown}:{sock.getsockname()[1]}" for service, sock in sockets.items()})


def _is_news(record: logging.LogRecord) -> bool:
    """Tell a real problem from what injected faults and a stop with open streams make uvicorn say."""
    planned = record.getMessage().startswith(("ASGI callable returned without completing", "Cancel "))
    return not planned and not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _quiet_planned_faults() -> None:
    logger = logging.getLogger("uvicorn.error")
    logger.removeFilter(_is_news)
    logger.addFilter(_is_news)
    logging.getLogger("a2a").setLevel(logging.CRITICAL)


def build(service: str, ctx: TargetContext) -> ASGIApp:
    """Build one service's ASGI application."""
    module, name = _BUILDERS[service]
    return cast("ASGIApp", getattr(importlib.import_module(module), name)(ctx))


def _config(app: ASGIApp) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="auto",
        backlog=BACKLOG,
        timeout_keep_alive=75,
        forwarded_allow_ips="127.0.0.1,::1",
        server_header=False,
    )
    config.timeout_graceful_shutdown = STOP_GRACE_S  # type: ignore[assignment] # seconds; a fraction works
    return config


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A target whose sockets are bound and whose applications are built, but which serves nothing yet."""

    ctx: TargetContext
    sockets: dict[str, socket.socket]
    servers: dict[str, _Server]


def _prepare(options: TargetOptions) -> _Prepared:
    os.environ.setdefault("OTEL_INSTRUMENTATION_A2A_SDK_ENABLED", "false")
    sockets = _bind_all(options)
    ctx = TargetContext(options, urls=_urls(sockets, options.host))
    try:
        servers = {service: _Server(_config(build(service, ctx))) for service in sockets}
    except BaseException:
        _close(sockets)
        raise
    return _Prepared(ctx, sockets, servers)


async def _run(prepared: _Prepared, ready: Callable[[Urls], None] | None, stop: asyncio.Event) -> None:
    _quiet_planned_faults()
    servers = prepared.servers
    tasks = [asyncio.create_task(server.serve([prepared.sockets[name]])) for name, server in servers.items()]
    stopping = asyncio.create_task(stop.wait())
    while not all(server.started for server in servers.values()) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.005)
    if ready is not None and not any(task.done() for task in tasks):
        ready(prepared.ctx.urls)
    await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for server in servers.values():
        server.should_exit = True
    await asyncio.gather(*tasks)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    with suppress(ImportError):
        import uvloop  # noqa: PLC0415 - not on every platform

        return cast("Callable[[], asyncio.AbstractEventLoop]", uvloop.new_event_loop)
    return asyncio.new_event_loop


def serve(options: TargetOptions, ready: Callable[[Urls], None] | None = None) -> None:
    """Run the target until SIGTERM or SIGINT; ``ready`` gets the URLs once every service accepts.

    Raises ``ConfigurationError`` when a port cannot be bound or a stream fault cannot be played.
    """
    prepared = _prepare(options)

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        await _run(prepared, ready, stop)

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main())


@contextmanager
def running_target(options: TargetOptions) -> Generator[TargetContext, None, None]:
    """Run a target in a thread of this process while a ``with`` block lasts; ``ctx.urls`` says where.

    For tests. A process patched by gevent must start the target as a process of its own instead.
    """
    prepared = _prepare(options)
    started = threading.Event()
    handle: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def main() -> None:
        stop = asyncio.Event()
        handle.append((asyncio.get_running_loop(), stop))
        await _run(prepared, lambda _urls: started.set(), stop)

    def run() -> None:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(main())

    thread = threading.Thread(target=run, name="reference-platform", daemon=True)
    thread.start()
    if not started.wait(START_TIMEOUT_S):
        raise RuntimeError("the reference platform did not start")
    try:
        yield prepared.ctx
    finally:
        loop, stop = handle[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_TIMEOUT_S)
