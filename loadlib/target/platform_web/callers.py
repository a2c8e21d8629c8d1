"""Who sends a request: sessions from bearer headers and cookies, roles, and addresses.

Answers to refused callers belong to the services.
"""

from dataclasses import dataclass
from typing import Final, Literal, cast
from urllib.parse import unquote

from starlette.requests import Request

from loadlib.target.context import Credentials

SESSION_COOKIE: Final = "hyvve.session_token"
NO_WORKSPACE: Final = "none"
"""The workspace name in a session token that stands for a session without an active workspace."""

Role = Literal["owner", "admin", "member", "guest"]
ROLES: Final = ("owner", "admin", "member", "guest")


@dataclass(frozen=True, slots=True)
class Session:
    """A valid session; ``workspace`` is None when none is active."""

    user: str
    workspace: str | None
    token: str

    @property
    def role(self) -> Role:
        """The role: the user id up to the first - or _ if that names one, else owner."""
        word = self.user.replace("_", "-").partition("-")[0]
        return cast("Role", word) if word in ROLES else "owner"


def session_of(credentials: Credentials, token: str) -> Session | None:
    """Return the session of a token, or None when it is not valid."""
    found = credentials.session(token)
    if found is None:
        return None
    user, workspace = found
    return Session(user, None if workspace == NO_WORKSPACE else workspace, token)


def bearer_token(request: Request) -> str | None:
    """Return the value of an ``Authorization: Bearer`` header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def cookie_session(credentials: Credentials, request: Request) -> Session | None:
    """Return the session of the browser's cookie, or None."""
    token = request.cookies.get(SESSION_COOKIE)
    return session_of(credentials, unquote(token)) if token else None


def client_address(request: Request) -> str:
    """Return the peer's address, or the forwarded one where the server believes its peer."""
    return request.client.host if request.client else "unknown"


def forwarded_address(request: Request) -> str:
    """Return the first forwarded address, else ``X-Real-IP``, else the peer's."""
    forwarded = request.headers.get("x-forwarded-for", "").partition(",")[0].strip()
    return forwarded or request.headers.get("x-real-ip", "").strip() or client_address(request)
