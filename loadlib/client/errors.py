"""The names of everything that can go wrong with a request, one line of meaning each.

Kinds become tag values: a short closed set, never free text. This file does not decide when a response is
wrong (`judging`); protocol failures bring their own kinds from ``loadlib.protocols``.
"""

import ssl
from collections.abc import Mapping
from typing import Final

from loadlib.errors import LoadlibError

MAX_ERROR_CHARS: Final = 300

TRANSPORT_KINDS: Final[Mapping[str, str]] = {
    "bad_url": "the URL, or the target of a redirect, is not an http(s) URL that can be sent",
    "blocked_host": "the host is one that block_hostnames names; nothing was sent",
    "blocked_address": "all addresses of the host are ones that blacklist_ips holds; nothing was sent",
    "dns": "the host name has no address",
    "proxy": "the proxy could not be reached, or refused the way to the host",
    "connect_refused": "nothing listens at the address",
    "connect_timeout": "no connection (TCP and TLS) within connect_timeout_s",
    "connect": "the connection could not be made for another reason (unreachable, no file descriptors)",
    "tls_verify": "the server's certificate is not trusted, has expired or names another host",
    "tls": "the TLS handshake or a TLS record failed",
    "timeout": "the request as a whole took longer than its timeout",
    "idle_timeout": "a stream was silent for longer than its idle timeout",
    "not_closed": "a stream stayed open after its last event for longer than it was given to close",
    "reset": "the connection was reset during the request",
    "closed": "the server closed a new connection without a single byte of an answer",
    "closed_idle": "the server closed a kept-alive connection before a byte of the answer; mostly its"
    " keep-alive limit crossed the request",
    "truncated": "the connection ended inside the head or the body of the answer, or a WebSocket's without a"
    " closing handshake",
    "bad_response": "the answer is not HTTP: malformed head, length or chunk",
    "too_large": "the answer's head or body exceeds max_header_bytes or max_response_bytes, or a WebSocket"
    " message max_message_bytes",
    "decode": "the body does not match its Content-Encoding, or the encoding is unknown",
    "ws_handshake": "the answer to a WebSocket handshake is no valid upgrade",
    "ws_protocol": "the peer broke the framing of WebSocket, or sent text that is not UTF-8",
    "ws_closed": "the peer closed the WebSocket for another reason than that it was done, or it is closed",
    "http2_refused": "http_version 2 was asked for and the server does not speak HTTP/2",
    "http2_goaway": "the server gave up an HTTP/2 connection (GOAWAY) before it answered this request",
    "http2_reset": "the server broke off one HTTP/2 stream (RST_STREAM)",
    "interrupted": "the user was stopped, or a timeout of the scenario fired, in mid-request",
}
RESPONSE_KINDS: Final[Mapping[str, str]] = {
    "too_many_redirects": "the answer redirects once more than max_redirects allows",
    "redirect": "an unexpected 3xx",
    "throttled": "429: the server asks for less load",
    "auth": "401 or 403: credentials are missing, wrong or not enough",
    "not_found": "404",
    "client_error": "any other unexpected 4xx",
    "server_error": "an unexpected 5xx",
    "unexpected_status": "a status that expected_statuses does not name, and no error by itself",
    "judged": "the scenario, or its judge, declared the response wrong",
    "judge_error": "the judge itself raised",
    "scenario_error": "the scenario raised inside a catch_response or stream block",
}
ERROR_KINDS: Final[Mapping[str, str]] = {**TRANSPORT_KINDS, **RESPONSE_KINDS}

_STATUS_KINDS: Final = {401: "auth", 403: "auth", 404: "not_found", 429: "throttled"}
_CLASS_KINDS: Final = {3: "redirect", 4: "client_error", 5: "server_error"}


class TransportError(LoadlibError):
    """No complete, readable answer. ``kind`` is one of `TRANSPORT_KINDS`, ``message`` says it for people."""

    def __init__(self, kind: str, message: str) -> None:
        if kind not in TRANSPORT_KINDS:
            raise ValueError(f"{kind!r} is not one of {', '.join(TRANSPORT_KINDS)}")
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message[:MAX_ERROR_CHARS]


def status_kind(status: int) -> str:
    """Return the kind of an unexpected HTTP status."""
    return _STATUS_KINDS.get(status) or _CLASS_KINDS.get(status // 100, "unexpected_status")


def socket_error(error: OSError, doing: str) -> TransportError:
    """Name an error of an established connection; ``doing`` completes "while ..."."""
    ended = isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    kind = "tls" if isinstance(error, ssl.SSLError) and not ended else "reset"
    return TransportError(kind, f"{error.strerror or error} while {doing}")
