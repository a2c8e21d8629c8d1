"""A log of every request and answer, for finding out why a scenario fails. Secrets in headers are masked.

Bodies are logged as they crossed the wire, cut where they are long: they may hold secrets of their own. Costs
a run its speed; does not decide whether it is on.
"""

import logging
import re
from typing import Final

from loadlib.client.headers import RawFields

LOGGER: Final = "loadlib.http"
SHOWN_BYTES: Final = 16 * 1024
MASK: Final = "****"
_SECRET: Final = re.compile(
    r"(?:proxy-)?authorization|(?:set-)?cookie2?|authentication-info|.*(?:token|secret|api-?key|password|session).*",
    re.IGNORECASE,
)


class HttpLog:
    """Writes to the logger `LOGGER` at level INFO.

    Args:
        full: bodies as well as heads.
    """

    def __init__(self, full: bool) -> None:
        self._full = full
        self._log = logging.getLogger(LOGGER)

    def request(self, endpoint: str, payload: bytes) -> None:
        """Log a request as it was sent."""
        head, _, body = payload.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = [line.partition(":") for line in lines]
        shown = [f"{name}: {_masked(name, value.strip())}" for name, _, value in fields]
        self._log.info("request %s\n%s", endpoint, self._text([first, *shown], body))

    def answer(self, endpoint: str, summary: str, fields: RawFields, body: bytes) -> None:
        """Log an answer: its status and times, or why there is none, and what came."""
        pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
        shown = [f"{name}: {_masked(name, value)}" for name, value in pairs]
        self._log.info("answer %s\n%s", endpoint, self._text([summary, *shown], body))

    def _text(self, lines: list[str], body: bytes) -> str:
        text = "\n".join(lines)
        if not self._full or not body:
            return text
        rest = f"\n... {len(body) - SHOWN_BYTES} more bytes" if len(body) > SHOWN_BYTES else ""
        return f"{text}\n\n{body[:SHOWN_BYTES].decode('utf-8', 'replace')}{rest}"


def _masked(name: str, value: str) -> str:
    """Keep the scheme of credentials, which tells more than it betrays."""
    if not _SECRET.fullmatch(name):
        return value
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} {MASK}" if blank and scheme in ("Basic", "Bearer", "Digest") else MASK
