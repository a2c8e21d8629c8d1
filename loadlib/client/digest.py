"""Digest authentication (RFC 7616): challenges read, answered, and used again for the requests that follow.

Knows MD5 and SHA-256, each also as ``-sess``, and the protection ``auth``; a server that wants ``auth-int``
alone, or another algorithm, gets no answer. Does not send anything.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import md5, sha256
from secrets import token_hex
from typing import Any, Final
from urllib.parse import quote

from loadlib.client.url import Origin

MAX_SESSIONS: Final = 64
_HEADER: Final = "latin-1"
"""As which `headers` read the bytes of a header, whatever they mean."""
_HASHES: Final[dict[str, Any]] = {"md5": md5, "sha-256": sha256}
_PARAMETER: Final = re.compile(
    r"(?<![\w*-])(?:(?P<scheme>[A-Za-z][\w-]*+)\s++)?(?P<name>[\w*-]++)\s*+=\s*+"
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<bare>[^\s,"]++))'
)
"""Begins at the beginning of a word only and never gives back what it has: linear in the header's length."""


@dataclass(frozen=True, slots=True)
class DigestAuth:
    """A name and a password that prove themselves by digests."""

    user: str
    password: str = field(repr=False)


class DigestSession:
    """One challenge of a server and how often it was answered."""

    __slots__ = ("_algorithm", "_auth", "_cnonce", "_count", "_hash", "_nonce", "_opaque", "_qop", "_realm")

    def __init__(self, auth: DigestAuth, challenge: dict[str, str], cnonce: str) -> None:
        self._auth = auth
        self._realm = challenge.get("realm", "")
        self._algorithm = challenge.get("algorithm", "")
        self._hash = _HASHES[_base(self._algorithm)]
        self._qop = bool(challenge.get("qop"))
        self._opaque = challenge.get("opaque")
        self._cnonce = cnonce
        self._nonce = challenge["nonce"]
        self._count = 0

    def renew(self, nonce: str) -> None:
        """Take the server's next nonce in place of the present one."""
        self._nonce = nonce
        self._count = 0

    def authorization(self, method: str, uri: str) -> str:
        """Return the Authorization value for a request; every call counts one use of the nonce."""
        self._count += 1
        count = f"{self._count:08x}"
        fields = [
            _user_field(self._auth.user),
            f"realm={_quoted(self._realm)}",
            f"uri={_quoted(uri)}",
            f"nonce={_quoted(self._nonce)}",
        ]
        if self._algorithm:
            fields.append(f"algorithm={self._algorithm}")
        if self._qop:
            fields += [f"nc={count}", f"cnonce={_quoted(self._cnonce)}", "qop=auth"]
        fields.append(f'response="{self._response(method, uri, count)}"')
        if self._opaque is not None:
            fields.append(f"opaque={_quoted(self._opaque)}")
        return f"Digest {', '.join(fields)}"

    def _response(self, method: str, uri: str, count: str) -> str:
        """Section 3.4.1. What the server said is hashed as the bytes it said, name and password as UTF-8."""
        user, password = self._auth.user.encode(), self._auth.password.encode()
        secret = self._hashed(user, self._realm.encode(_HEADER), password)
        nonce, cnonce = self._nonce.encode(_HEADER), self._cnonce.encode()
        if self._algorithm.lower().endswith("-sess"):
            secret = self._hashed(secret, nonce, cnonce)
        asked = self._hashed(method.encode(), uri.encode())
        if not self._qop:
            return self._hashed(secret, nonce, asked).decode()
        return self._hashed(secret, nonce, count.encode(), cnonce, b"auth", asked).decode()

    def _hashed(self, *parts: bytes) -> bytes:
        value: str = self._hash(b":".join(parts), usedforsecurity=False).hexdigest()
        return value.encode()


class DigestSessions:
    """The challenges given to one client, by origin and name: only the first request pays for one."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[Origin, DigestAuth], DigestSession] = {}

    def authorization(self, auth: DigestAuth, origin: Origin, method: str, uri: str) -> str:
        """Return the Authorization value for a request, empty as long as there was no challenge."""
        session = self._sessions.get((origin, auth))
        return "" if session is None else session.authorization(method, uri)

    def take_challenge(self, auth: DigestAuth, origin: Origin, values: Iterable[str]) -> bool:
        """Take the WWW-Authenticate values of a 401; tell whether there is one that can be answered."""
        for challenge in digest_challenges(values):
            self._sessions.pop((origin, auth), None)
            self._sessions[origin, auth] = DigestSession(auth, challenge, token_hex(8))
            if len(self._sessions) > MAX_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            return True
        return False

    def take_info(self, auth: DigestAuth, origin: Origin, value: str) -> None:
        """Take the Authentication-Info value of an answer: the server may name its next nonce there."""
        session = self._sessions.get((origin, auth))
        nonce = next((found for _, name, found in _parameters(value) if name == "nextnonce"), "")
        if session is not None and nonce:
            session.renew(nonce)

    def clear(self) -> None:
        """Forget all challenges."""
        self._sessions.clear()


def digest_challenges(values: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the digest challenges in WWW-Authenticate values that can be answered, in the server's order."""
    for value in values:
        challenges: list[tuple[str, dict[str, str]]] = []
        for scheme, name, found in _parameters(value):
            if scheme:
                challenges.append((scheme.lower(), {}))
            if challenges:
                challenges[-1][1][name] = found
        yield from (fields for scheme, fields in challenges if scheme == "digest" and _is_answerable(fields))


def _is_answerable(fields: dict[str, str]) -> bool:
    protections = [one.strip().lower() for one in fields.get("qop", "auth").split(",")]
    return (
        bool(fields.get("nonce")) and _base(fields.get("algorithm", "")) in _HASHES and "auth" in protections
    )


def _parameters(value: str) -> Iterator[tuple[str, str, str]]:
    """Yield scheme (where one begins), name in lower case, and value of every parameter."""
    for match in _PARAMETER.finditer(value):
        quoted = match["quoted"]
        text = match["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        yield match["scheme"] or "", match["name"].lower(), text


def _base(algorithm: str) -> str:
    return algorithm.lower().removesuffix("-sess") or "md5"


def _user_field(user: str) -> str:
    """Section 3.4: a name outside ASCII goes in the extended notation."""
    return f"username={_quoted(user)}" if user.isascii() else f"username*=UTF-8''{quote(user, safe='')}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
