"""The platform's two credentials: the HS256 token of AgentOS and the opaque session token of web and API.

Verification answers what a request may do; the HTTP answers to refusals are the services' own.
"""

import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from typing import Any, Final

import jwt

_SESSION: Final = re.compile(r"ref-session\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Tenant:
    """Who is asking: None where the token did not say, and both None for an anonymous request."""

    user: str | None = None
    workspace: str | None = None


class TokenRefusedError(Exception):
    """A bearer value that AgentOS answers with 403; ``code`` and ``message`` are its error body."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body of the 403."""
        return {"error": {"code": self.code, "message": self.message}}


def verify_bearer(authorization: str | None, secret: str) -> Tenant:
    """Return the tenant of an ``Authorization`` header; other schemes and no header mean anonymous.

    Raises ``TokenRefusedError`` for a malformed, foreign or expired token, one without ``sub``, and one that
    has an ``aud`` nobody expects.
    """
    if authorization is None or not authorization.startswith("Bearer "):
        return Tenant()
    try:
        claims = jwt.decode(authorization[7:].strip(), secret, algorithms=["HS256"])
    except jwt.ExpiredSignatureError:
        raise TokenRefusedError("TOKEN_EXPIRED", "JWT token has expired") from None
    except jwt.PyJWTError:
        raise TokenRefusedError("INVALID_TOKEN", "Invalid JWT token") from None
    user, workspace = claims.get("sub"), claims.get("workspaceId")
    if not isinstance(user, str) or not user:
        raise TokenRefusedError("INVALID_TOKEN", "Invalid JWT token")
    return Tenant(user, workspace if isinstance(workspace, str) and workspace else None)


def mint_jwt(
    secret: str, user: str, workspace: str | None = None, *, lifetime_s: float = 3600.0, **claims: Any
) -> str:
    """Return a token that ``verify_bearer`` accepts for ``lifetime_s`` seconds; negative means expired."""
    payload: dict[str, Any] = {"sub": user, "exp": int(time.time() + lifetime_s), **claims}
    if workspace is not None:
        payload["workspaceId"] = workspace
    return jwt.encode(payload, secret, algorithm="HS256")


def _signature(secret: str, user: str, workspace: str) -> str:
    return hmac.new(secret.encode(), f"{user}.{workspace}".encode(), hashlib.sha256).hexdigest()[:16]


def make_session_token(secret: str, user: str, workspace: str) -> str:
    """Return ``ref-session.<user>.<workspace>.<16 hex digits>``; names hold letters, digits, ``-``, ``_``."""
    token = f"ref-session.{user}.{workspace}.{_signature(secret, user, workspace)}"
    if _SESSION.fullmatch(token) is None:
        raise ValueError(f"user {user!r} and workspace {workspace!r} may hold only letters, digits, - and _")
    return token


def verify_session_token(secret: str, token: str) -> tuple[str, str] | None:
    """Return (user, workspace) of a session token, or None when it is malformed or wrongly signed."""
    match = _SESSION.fullmatch(token)
    if match is None:
        return None
    user, workspace, signature = match.groups()
    return (user, workspace) if hmac.compare_digest(signature, _signature(secret, user, workspace)) else None
