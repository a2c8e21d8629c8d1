"""A log of every request and answer, for finding out why a scenario fails. Secrets in heads are masked.

Those are headers that look secret by their names (`secrecy`), and the values in the queries of URLs. Bodies,
cut where they are long, are logged as they are and may hold secrets of their own: a request's as it was sent,
perhaps compressed, an answer's unpacked, as the scenario gets it. Costs a run its speed; does not decide
whether it is on.
"""

import logging
import re
from typing import Final

from loadlib.client.headers import RawFields
from loadlib.client.secrecy import looks_secret

LOGGER: Final = "loadlib.http"
SHOWN_BYTES: Final = 16 * 1024
MASK: Final = "****"
_URLS: Final = frozenset({"location", "content-location", "referer"})
_CREDENTIALS: Final = re.compile(r"(?<=//)[^/?#]*@")
_VALUE: Final = re.compile(r"(?P<name>[?#&;](?:[^=&;#]*=)?)[^&;#]*")


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
        line = " ".join(map(_without_values, first.split(" ")))
        self._log.info("request %s\n%s", endpoint, self._text([line, *shown], body))

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
    """Keep the scheme of credentials, which tells more than it betrays, and of URLs all but values."""
    if name.lower() in _URLS:
        return _without_values(value)
    if not looks_secret(name):
        return value
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} {MASK}" if blank and scheme in ("Basic", "Bearer", "Digest") else MASK


def _without_values(url: str) -> str:
    """Mask the values of query and fragment, and credentials; the names of the values stay."""
    found = re.search("[?#]", url)
    at = found.start() if found else len(url)
    return _CREDENTIALS.sub(f"{MASK}@", url[:at]) + _VALUE.sub(rf"\g<name>{MASK}", url[at:])
