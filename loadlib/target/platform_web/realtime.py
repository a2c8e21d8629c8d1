"""The socket.io gateway of the API, namespace ``/realtime``: handshake, rooms, dashboard sync, presence.

A connection is accepted at transport level first; whether it is of use says the ``connection.status``
event, after which a refused socket is disconnected. Updates over the limit, too large or malformed are
dropped without any answer. What goes wrong on purpose is decided by `realtime_faults`. The payloads of
``typing``, ``presence`` and room answers are this reference platform's choice: the platform's own are not
specified.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import socketio  # type: ignore[import-untyped]
from starlette.types import ASGIApp

from loadlib.target.context import TargetContext
from loadlib.target.platform_web.boards import Boards
from loadlib.target.platform_web.callers import Session, session_of
from loadlib.target.platform_web.dashboard_state import DashboardStates, Owner
from loadlib.target.platform_web.realtime_faults import CONNECT, SYNC, UPDATE, Faults, Refusal
from loadlib.target.platform_web.realtime_payloads import parse_state_update
from loadlib.target.platform_web.realtime_seats import TOO_MANY, Seats
from loadlib.target.platform_web.switches import Switches
from loadlib.target.platform_web.throttle import FixedWindow

NAMESPACE: Final = "/realtime"
PING_INTERVAL_S: Final = 25
PONG_TIMEOUT_S: Final = 10
UPDATE_WINDOW_S: Final = 60.0

EventHandler = Callable[[str, Session, dict[str, Any]], Awaitable[None]]


class Realtime:
    """The gateway over the API's state; ``wrap`` puts it in front of the API's application."""

    def __init__(
        self, ctx: TargetContext, boards: Boards, states: DashboardStates, switches: Switches
    ) -> None:
        self._credentials = ctx.credentials
        self._faults = Faults(ctx)
        self._boards = boards
        self._states = states
        self._seats = Seats(switches.sockets_per_user, switches.sockets_per_workspace)
        self._updates = FixedWindow(switches.state_updates_per_minute, UPDATE_WINDOW_S)
        self._server: Any = socketio.AsyncServer(
            async_mode="asgi",
            namespaces=[NAMESPACE],
            always_connect=True,
            async_handlers=False,
            cors_allowed_origins="*",
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PONG_TIMEOUT_S,
        )
        self._register()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Return an application that serves ``/socket.io/`` itself and passes everything else on."""
        wrapped: ASGIApp = socketio.ASGIApp(self._server, other_asgi_app=app)
        return wrapped

    async def publish(self, workspace: str, event: str, payload: dict[str, object]) -> None:
        """Send an event to all sockets of a workspace."""
        await self._emit(event, payload, f"workspace:{workspace}")

    def _register(self) -> None:
        self._server.on("connect", self._connect, namespace=NAMESPACE)
        self._server.on("disconnect", self._disconnect, namespace=NAMESPACE)
        handlers: dict[str, EventHandler] = {
            UPDATE: self._state_update,
            "dashboard.state.request": self._state_request,
            "sync.request": self._sync_request,
            "presence.update": self._rebroadcast("presence.update", "status"),
            "typing.start": self._rebroadcast("typing.start", "chatId"),
            "typing.stop": self._rebroadcast("typing.stop", "chatId"),
            "room.join": self._room_join,
            "room.leave": self._room_leave,
            "pm.presence.update": self._rebroadcast("pm.presence.updated", "projectId", "taskId", "page"),
        }
        for event, handler in handlers.items():
            self._server.on(event, self._seated(handler), namespace=NAMESPACE)

    def _seated(self, handler: EventHandler) -> Callable[..., Awaitable[None]]:
        async def on_event(sid: str, *arguments: Any) -> None:
            session = self._seats.session(sid)
            payload = arguments[0] if arguments else {}
            if session is not None and isinstance(payload, dict):
                await handler(sid, session, payload)

        return on_event

    async def _connect(self, sid: str, _environ: dict[str, Any], auth: object = None) -> None:
        with self._faults.measured(CONNECT) as exchange:
            token = auth.get("token") if isinstance(auth, dict) else None
            session = session_of(self._credentials, token) if isinstance(token, str) else None
            refusal = await self._faults.refusal() or self._refusal(sid, token, session)
            if refusal is not None:
                exchange.status = refusal.status
                await self._refuse(sid, refusal)
            elif session is not None:
                await self._admit(sid, session)
                exchange.status = 200

    async def _refuse(self, sid: str, refusal: Refusal) -> None:
        if refusal.hangs:
            return
        if refusal.message:
            await self._status(sid, "disconnected", refusal.message)
        await self._server.disconnect(sid, namespace=NAMESPACE)

    async def _admit(self, sid: str, session: Session) -> None:
        user = session.user
        for room in (f"workspace:{session.workspace}", f"user:{user}", f"dashboard:state:{user}"):
            await self._server.enter_room(sid, room, namespace=NAMESPACE)
        await self._status(sid, "connected", "Connected to the realtime gateway")

    def _refusal(self, sid: str, token: object, session: Session | None) -> Refusal | None:
        if not token:
            return Refusal(401, "Authentication token required")
        if session is None:
            return Refusal(401, "Invalid or expired session token")
        if session.workspace is None:
            return Refusal(403, "Connection failed: no active workspace")
        return None if self._seats.take(sid, session) else Refusal(429, TOO_MANY)

    async def _disconnect(self, sid: str, *_reason: object) -> None:
        self._seats.leave(sid)

    async def _state_update(self, _sid: str, session: Session, payload: dict[str, Any]) -> None:
        with self._faults.measured(UPDATE) as exchange:
            update = parse_state_update(payload)
            if update is None or not self._updates.hit(session.user).allowed:
                exchange.status = 400 if update is None else 429
                return
            exchange.status = 200
        with self._faults.measured(SYNC) as exchange:
            if await self._faults.delivers():
                exchange.status = 200
                await self._emit(SYNC, update.as_sync(), f"dashboard:state:{session.user}")
        self._states.apply(_owner(session), update.path, update.value, update.version)

    async def _state_request(self, sid: str, session: Session, payload: dict[str, Any]) -> None:
        known = payload.get("lastKnownVersion")
        saved = self._states.load(_owner(session))
        if saved is None:
            await self._emit("dashboard.state.full", {"state": {}, "version": 0}, sid)
        elif not isinstance(known, int) or saved.version > known:
            await self._emit("dashboard.state.full", {"state": saved.state, "version": saved.version}, sid)

    async def _sync_request(self, sid: str, session: Session, _payload: dict[str, Any]) -> None:
        board = self._boards.of(session.workspace or "")
        answer = {
            "pendingApprovals": board.pending_count,
            "unreadNotifications": 0,
            "lastEventTimestamp": board.last_change,
        }
        await self._emit("sync.state", answer, sid)

    def _rebroadcast(self, event: str, *fields: str) -> EventHandler:
        async def handler(sid: str, session: Session, payload: dict[str, Any]) -> None:
            told = {"userId": session.user, **{name: payload[name] for name in fields if name in payload}}
            await self._emit(event, told, f"workspace:{session.workspace}", skip_sid=sid)

        return handler

    async def _room_join(self, sid: str, session: Session, payload: dict[str, Any]) -> None:
        workspace = payload.get("workspaceId")
        if workspace != session.workspace:
            await self._status(sid, "connected", "Access to the workspace denied")
            return
        await self._server.enter_room(sid, f"workspace:{workspace}", namespace=NAMESPACE)
        await self._status(sid, "connected", f"Joined workspace {workspace}")

    async def _room_leave(self, sid: str, session: Session, payload: dict[str, Any]) -> None:
        workspace = payload.get("workspaceId")
        if workspace == session.workspace:
            await self._server.leave_room(sid, f"workspace:{workspace}", namespace=NAMESPACE)
            await self._status(sid, "connected", f"Left workspace {workspace}")

    async def _status(self, sid: str, status: str, message: str) -> None:
        await self._emit("connection.status", {"status": status, "message": message}, sid)

    async def _emit(
        self, event: str, payload: dict[str, object], room: str, skip_sid: str | None = None
    ) -> None:
        await self._server.emit(event, payload, room=room, skip_sid=skip_sid, namespace=NAMESPACE)


def _owner(session: Session) -> Owner:
    return Owner(session.user, session.workspace or "")
