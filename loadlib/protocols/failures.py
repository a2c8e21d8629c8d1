"""Named failures: the one vocabulary in which every protocol check says what went wrong.

This file holds the value type and the table of kinds. It does not decide when a failure happens, and it does
not count failures.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

MAX_DETAIL_CHARS: Final = 300
"""Longest detail kept; what a peer sends beyond it is cut and marked with an ellipsis."""

MAX_QUALIFIER_CHARS: Final = 40
MAX_QUALIFIER_DIGITS: Final = 6

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # transport and HTTP, named by the client
        "transport": "the connection could not be made, or failed, qualified by the client's name for it",
        "http_status": "the HTTP status was not the one a success has",
        "auth": "401, 403, or the platform's refusal in HTTP 200: credentials are missing or not enough",
        "throttled": "429: the server asks for less load",
        "token_limit": "429 of another sort: the token budget is used up, which no waiting mends",
        "content_type": "the body is of another media type than was asked for",
        # framing and envelopes
        "sse_framing": "an event outgrew the parser's buffer limit",
        "truncated": "the stream died, or ended in the middle of an event",
        "bad_json": "the text is not JSON",
        "not_object": "the JSON is not an object",
        "jsonrpc_envelope": "not a JSON-RPC 2.0 response: version, or not exactly one of result and error",
        "id_mismatch": "the response's id is not the request's, in value or in type",
        "rpc_error": "a JSON-RPC error, qualified by its code",
        "not_streamed": "a stream was asked for and a single successful JSON body came",
        # shapes and meaning
        "bad_shape": "a required member is missing, ambiguous or of the wrong type",
        "no_interface": "the card offers no JSON-RPC interface of a version spoken here",
        "missing_agent": "an expected agent is absent from a discovery body",
        "app_unhealthy": "a health call succeeded and said that the application is not well",
        "app_error": "a run succeeded and its content is an error text",
        "empty_run": "a run ended well without any content or tool call",
        "empty_card": "a capabilities call succeeded with an empty card",
        # ends of streams
        "no_terminal": "a clean end without a terminal event, or an answer in a state that is not final",
        "stream_timeout": "the stream's total time was used up before a terminal event",
        "idle_timeout": "no byte arrived for the idle limit, heartbeats included",
        # A2A
        "task_id_mismatch": "an object of another task than the one asked for or opened",
        "context_id_mismatch": "an object of another context than the one sent or opened",
        "state": "the task ended in a state that was not expected, qualified by the state",
        "unexpected_interrupt": "the task waits for input or authorisation that was not expected",
        "unexpected_message": "a direct message came where a task was expected",
        "event_after_terminal": "something followed the terminal state",
        "message_not_alone": "a direct message was not the only event of its stream",
        "history_too_long": "more history came back than the request allowed",
        # AG-UI
        "no_type": "an event without a type",
        "bad_field": "a known field is missing, null or of the wrong type",
        "first_event": "the first event neither started the run nor reported its failure",
        "event_after_close": "an event after the run's end that does not start another run",
        "nested_run_started": "a run started inside an active run",
        "dup_open": "an item was opened twice, qualified by its sort",
        "not_open": "an item was continued or closed without being open, qualified by its sort",
        "open_at_finish": "an item was still open when the run finished, qualified by its sort",
        "owner_mismatch": "an event claims another subagent than the owner of the item it continues",
        "chunk_first_fields": "the first chunk of an item lacks the fields that open it",
        "chunk_conflict": "a chunk contradicts the item it continues, or could continue several",
        "thread_id_mismatch": "a run of another thread than the one asked for",
        "run_id_mismatch": "the run's id is not the requested one, or its two ends disagree",
        "bad_patch": "a JSON Patch that is not one (RFC 6902)",
        "run_error": "the run reported an error, qualified by its code",
        "outcome_success": "the run succeeded where an interrupt was expected",
        "outcome_interrupt": "the run was interrupted, which was not expected",
        "outcome_cancelled": "the run was cancelled, which was not expected",
        "progress_without_task_id": "a progress event does not say which task it is about",
        # socket.io and the platform's realtime gateway
        "engineio": "not a packet of engine.io 4, or one that has no place there",
        "socketio": "not a packet of socket.io 5, or one that has no place there",
        "connect_error": "the namespace refused the connection",
        "token_required": "the gateway refused a connection without a session token",
        "invalid_token": "the gateway refused the session token as invalid or expired",
        "too_many_connections": "the user or the workspace has all the connections it may have",
        "connection_failed": "the gateway could not set the connection up",
        "refused": "the gateway refused the connection in other words",
        "no_status": "the gateway ended the connection without saying whether it was accepted",
        "disconnected": "the gateway ended a connection that it had accepted",
    }
)
"""Every kind this package knows, without its qualifier, and its meaning in one line."""

_KIND = re.compile(r"[a-z][a-z0-9_]*(:[A-Za-z0-9_.\-]+)?")
_QUALIFIER = re.compile(r"-?[A-Za-z0-9_.][A-Za-z0-9_.\-]*")


@dataclass(frozen=True, slots=True)
class Failure:
    """One named failure.

    ``kind`` is a short stable token, optionally with a qualifier after a colon (``no_terminal``,
    ``rpc_error:-32601``); it becomes a metric tag, so it never holds ids or free text, and anything else than
    a token raises ``ValueError``. ``detail`` is free text for people, at most `MAX_DETAIL_CHARS` long.
    """

    kind: str
    detail: str = ""

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise ValueError(f"not a failure kind: {self.kind[:80]!r}")
        if len(self.detail) > MAX_DETAIL_CHARS:
            object.__setattr__(self, "detail", self.detail[: MAX_DETAIL_CHARS - 1] + "…")

    @property
    def family(self) -> str:
        """The kind without its qualifier: the key into `KINDS`."""
        return self.kind.partition(":")[0]


def qualified(family: str, qualifier: object, detail: str = "") -> Failure:
    """Return a failure of ``family:qualifier`` for a qualifier that a peer chose.

    A missing qualifier (None or empty) gives the bare family. One that is no short token, or that has so many
    digits that it looks like an id, becomes ``other``, so that a peer cannot make metric series at will.
    """
    if qualifier is None or qualifier == "":
        return Failure(family, detail)
    token = str(qualifier)[: MAX_QUALIFIER_CHARS + 1] if isinstance(qualifier, str | int) else ""
    return Failure(f"{family}:{token if _is_token(token) else 'other'}", detail)


def _is_token(text: str) -> bool:
    return (
        len(text) <= MAX_QUALIFIER_CHARS
        and _QUALIFIER.fullmatch(text) is not None
        and sum(map(str.isdigit, text)) <= MAX_QUALIFIER_DIGITS
    )
