"""The two wire dialects of A2A: method names, states, roles and headers of each.

States are spoken of in one vocabulary everywhere else: the 0.3 names with underscores.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Literal


class Dialect(Enum):
    """A protocol version that is spoken here; the value is what the version header says."""

    V0_3 = "0.3"
    V1_0 = "1.0"


Expect = Literal["completed", "input_required", "rejected", "message", "any"]
"""The ending a test expects. ``completed`` also accepts a direct message, which is the agent's free choice;
``message`` accepts nothing else; ``any`` accepts every terminal or interrupted state, and a message."""

Operation = Literal["send", "stream", "get", "cancel", "subscribe"]

METHODS: Final[Mapping[Dialect, Mapping[Operation, str]]] = {
    Dialect.V0_3: {
        "send": "message/send",
        "stream": "message/stream",
        "get": "tasks/get",
        "cancel": "tasks/cancel",
        "subscribe": "tasks/resubscribe",
    },
    Dialect.V1_0: {
        "send": "SendMessage",
        "stream": "SendStreamingMessage",
        "get": "GetTask",
        "cancel": "CancelTask",
        "subscribe": "SubscribeToTask",
    },
}

TERMINAL_STATES: Final = frozenset({"completed", "failed", "canceled", "rejected"})
INTERRUPTED_STATES: Final = frozenset({"input_required", "auth_required"})
LIVE_STATES: Final = frozenset({"submitted", "working", "unknown"})

AGENT_ROLE: Final[Mapping[Dialect, str]] = {Dialect.V0_3: "agent", Dialect.V1_0: "ROLE_AGENT"}

_ALL_STATES: Final = TERMINAL_STATES | INTERRUPTED_STATES | LIVE_STATES
_STATES: Final[Mapping[Dialect, Mapping[str, str]]] = {
    Dialect.V0_3: {state.replace("_", "-"): state for state in _ALL_STATES},
    Dialect.V1_0: {f"TASK_STATE_{state.upper()}": state for state in _ALL_STATES - {"unknown"}}
    | {"TASK_STATE_UNSPECIFIED": "unknown"},
}

_JSON: Final = "application/json"
_EVENT_STREAM: Final = "text/event-stream"


def read_state(dialect: Dialect, status: object) -> str | None:
    """Return the state of a ``status`` object in the common vocabulary, or None if there is no known one."""
    if not isinstance(status, dict):
        return None
    wire: Any = status.get("state")
    return _STATES[dialect].get(wire) if type(wire) is str else None


def headers(dialect: Dialect, *, stream: bool = False) -> Mapping[str, str]:
    """Return the headers of a JSON-RPC request.

    1.0 always names its version: a request without it is read as 0.3 and refused. A stream asks for no
    compression, so that the bytes are read as they come.
    """
    return _HEADERS[dialect, stream]


def _make_headers(dialect: Dialect, stream: bool) -> Mapping[str, str]:
    made = {"Content-Type": _JSON, "Accept": _EVENT_STREAM if stream else _JSON}
    if stream:
        made["Accept-Encoding"] = "identity"
    if dialect is Dialect.V1_0:
        made["A2A-Version"] = dialect.value
    return MappingProxyType(made)


_HEADERS: Final = {
    (dialect, stream): _make_headers(dialect, stream) for dialect in Dialect for stream in (False, True)
}
