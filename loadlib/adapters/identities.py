"""Who the virtual users are: names, workspaces and the two credentials the platform wants from each.

AgentOS takes a bearer token, the API and the web a session token, and neither does for the other.
Nothing here sends a request.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import jwt

from loadlib.errors import ConfigurationError
from loadlib.settings import Settings
from loadlib.settings.identity_file import IdentityRow, read_identities

USERS_PER_WORKSPACE: Final = 20
"""The platform allows 5 sockets a user and 100 a workspace, so 20 users may use all of theirs."""

_REFRESH_RATIO: Final = 0.2
"""Part of a token's lifetime, at its end, in which a new one is signed; bounded by a minute."""

REFERENCE_JWT_SECRET: Final = "reference-platform-test-secret-not-for-production"  # noqa: S105 - published
REFERENCE_SESSION_SECRET: Final = "reference-platform-session-secret-not-for-production"  # noqa: S105
REFERENCE_TTL_S: Final = 3600.0

_REFERENCE_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")

Clock = Callable[[], float]
"""Epoch seconds."""

TokenSource = Callable[[], str | None]


def _no_token() -> None:
    return None


class Identity:
    """One user: its name, its workspace and its credentials, which never show in its representation.

    ``user_id`` is the load generator's name for the user; with one token for all users the platform sees that
    token's user. ``workspace_id`` is ``None`` when nothing tells it.
    """

    __slots__ = ("_bearer", "_session", "user_id", "workspace_id")

    def __init__(
        self,
        user_id: str,
        workspace_id: str | None = None,
        *,
        bearer: TokenSource = _no_token,
        session: TokenSource = _no_token,
    ) -> None:
        self.user_id = user_id
        self.workspace_id = workspace_id
        self._bearer = bearer
        self._session = session

    @property
    def is_anonymous(self) -> bool:
        """Whether AgentOS never sees a credential of this user."""
        return self._bearer is _no_token

    def authorization(self) -> str | None:
        """Return the ``Authorization`` header for AgentOS, ``"Bearer ..."``, or ``None`` for anonymous.

        Ask again for each request: a signed token is replaced before it expires.
        """
        token = self._bearer()
        return None if token is None else f"Bearer {token}"

    def session_token(self) -> str | None:
        """Return the session token: the API's bearer, the web's cookie, the socket's ``auth.token``."""
        return self._session()

    def __repr__(self) -> str:
        return f"Identity(user_id={self.user_id!r}, workspace_id={self.workspace_id!r})"


@dataclass(frozen=True, slots=True, repr=False)
class JwtSigner:
    """Signs AgentOS tokens (HS256); ``iss`` and ``aud`` only when set, as a stray ``aud`` is refused."""

    secret: str
    ttl_s: float
    issuer: str | None = None
    audience: str | None = None
    clock: Clock = time.time

    def sign(self, user_id: str, workspace_id: str | None) -> tuple[str, float]:
        """Return a token and the epoch second in which it expires."""
        now_s = self.clock()
        expires_s = now_s + self.ttl_s
        claims: dict[str, object] = {
            "sub": user_id,
            "workspaceId": workspace_id,
            "sessionId": f"session-{user_id}",
            "email": f"{user_id}@example.com",
            "name": user_id,
            "iat": int(now_s),
            "exp": int(expires_s),
            "iss": self.issuer,
            "aud": self.audience,
        }
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, self.secret, algorithm="HS256"), float(int(expires_s))


class SignedBearer:
    """A user's token from a signer: kept until shortly before it expires, then signed anew."""

    def __init__(self, signer: JwtSigner, user_id: str, workspace_id: str | None) -> None:
        self._signer = signer
        self._user_id = user_id
        self._workspace_id = workspace_id
        self._token = ""
        self._refresh_at_s = float("-inf")

    def __call__(self) -> str:
        """Return a token with lifetime left."""
        if self._signer.clock() >= self._refresh_at_s:
            self._token, expires_s = self._signer.sign(self._user_id, self._workspace_id)
            self._refresh_at_s = expires_s - min(60.0, self._signer.ttl_s * _REFRESH_RATIO)
        return self._token


def reference_session(secret: str, user_id: str, workspace_id: str) -> str:
    """Return a session of the reference platform: ``ref-session.<user>.<workspace>.<16 hex digits>``.

    The digits begin HMAC-SHA256(secret, ``<user>.<workspace>``). Raises ``ConfigurationError`` for a name
    with other characters than letters, digits, ``-`` and ``_``, which that platform does not read.
    """
    for name in (user_id, workspace_id):
        if not _REFERENCE_NAME.fullmatch(name):
            raise ConfigurationError(
                f"session_secret: {name!r} cannot stand in a session of the reference platform; "
                "allowed are letters, digits, '-' and '_'"
            )
    names = f"{user_id}.{workspace_id}"
    signature = hmac.new(secret.encode(), names.encode(), hashlib.sha256).hexdigest()
    return f"ref-session.{names}.{signature[:16]}"


@dataclass(frozen=True, slots=True, repr=False)
class IdentityPool:
    """Gives each user number its identity, the same one every time and in every process.

    Each credential comes from the first of these that is configured: the user's row of the identities file,
    one token for all users, a signature with the platform's secret. None configured means anonymous.
    """

    rows: Sequence[IdentityRow] = ()
    workspace_id: str | None = None
    shared_bearer: str | None = None
    shared_session: str | None = None
    signer: JwtSigner | None = None
    session_secret: str | None = None

    @classmethod
    def from_settings(cls, settings: Settings, *, clock: Clock = time.time) -> "IdentityPool":
        """Return the pool that the settings describe.

        Raises ``ConfigurationError`` naming file and line for an invalid identities file.
        """
        return cls(
            rows=read_identities(settings.identities_file) if settings.identities_file else (),
            workspace_id=settings.workspace_id,
            shared_bearer=settings.auth_token.get_secret_value() if settings.auth_token else None,
            shared_session=settings.session_token.get_secret_value() if settings.session_token else None,
            signer=_signer(settings, clock),
            session_secret=settings.session_secret.get_secret_value() if settings.session_secret else None,
        )

    @classmethod
    def of_reference_platform(cls, *, clock: Clock = time.time) -> "IdentityPool":
        """Return the pool that signs in at a reference platform which keeps its published test secrets."""
        return cls(
            signer=JwtSigner(REFERENCE_JWT_SECRET, REFERENCE_TTL_S, clock=clock),
            session_secret=REFERENCE_SESSION_SECRET,
        )

    @property
    def is_anonymous(self) -> bool:
        """Whether no credential at all is configured."""
        sources = (self.shared_bearer, self.shared_session, self.signer, self.session_secret)
        return not self.rows and all(source is None for source in sources)

    def identity(self, index: int) -> Identity:
        """Return the identity of user ``index``, from 0; users beyond the file's rows start it anew."""
        number = index % len(self.rows) if self.rows else index
        row = self.rows[number] if self.rows else IdentityRow(f"load-user-{number:05d}")
        workspace = row.workspace_id or self.workspace_id or self._spread(number)
        return Identity(
            row.user_id,
            workspace,
            bearer=self._bearer(row, workspace),
            session=self._session(row, workspace),
        )

    def describe(self) -> dict[str, str]:
        """Return where each credential comes from, for reports and dry runs: ``agentos`` and ``session``."""
        in_file = "the identities file, " if self.rows else ""
        bearer = self._origin(self.shared_bearer, self.signer)
        session = self._origin(self.shared_session, self.session_secret)
        return {"agentos": in_file + bearer, "session": in_file + session}

    @staticmethod
    def _origin(shared: str | None, secret: object) -> str:
        if shared is not None:
            return "one token for all users"
        return "anonymous" if secret is None else "one token per user, signed here"

    def _spread(self, number: int) -> str | None:
        """Return a made-up workspace, if any credential is made up too: else the platform knows better."""
        if self.signer is None and self.session_secret is None:
            return None
        return f"load-workspace-{number // USERS_PER_WORKSPACE:02d}"

    def _bearer(self, row: IdentityRow, workspace_id: str | None) -> TokenSource:
        token = row.token or self.shared_bearer
        if token is None and self.signer is not None:
            return SignedBearer(self.signer, row.user_id, workspace_id)
        return _no_token if token is None else lambda: token

    def _session(self, row: IdentityRow, workspace_id: str | None) -> TokenSource:
        token = row.session_token or self.shared_session
        if token is None and self.session_secret is not None and workspace_id is not None:
            token = reference_session(self.session_secret, row.user_id, workspace_id)
        return lambda: token


def _signer(settings: Settings, clock: Clock) -> JwtSigner | None:
    if settings.jwt_secret is None:
        return None
    return JwtSigner(
        settings.jwt_secret.get_secret_value(),
        settings.jwt_ttl_s,
        settings.jwt_issuer,
        settings.jwt_audience,
        clock,
    )
