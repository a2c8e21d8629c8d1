"""What can go wrong with HTTP/2 itself, as the client's named failures that also carry the code to send.

The codes are those of RFC 9113 section 7. Does not send anything.
"""

from typing import Final

from loadlib.client.errors import TransportError

NO_ERROR: Final = 0
PROTOCOL_ERROR: Final = 1
INTERNAL_ERROR: Final = 2
FLOW_CONTROL_ERROR: Final = 3
FRAME_SIZE_ERROR: Final = 6
CANCEL: Final = 8
COMPRESSION_ERROR: Final = 9
ENHANCE_YOUR_CALM: Final = 11

_NAMES: Final = (
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
)


class Http2StreamError(TransportError):
    """One stream cannot go on; it is reset with ``code`` and the connection lives."""

    def __init__(self, code: int, message: str, kind: str = "bad_response") -> None:
        super().__init__(kind, message)
        self.code = code


class Http2ConnectionError(TransportError):
    """The connection cannot go on; every stream on it fails, and the peer is told ``code``."""

    def __init__(self, code: int, message: str, kind: str = "bad_response") -> None:
        super().__init__(kind, f"HTTP/2 {code_name(code)}: {message}")
        self.code = code


def code_name(code: int) -> str:
    """Return the name of an error code, the number for one that RFC 9113 does not know."""
    return _NAMES[code] if code < len(_NAMES) else f"code {code}"
