"""The web's authentication routes: session, CSRF token, and sign-in by e-mail with its rate limit.

There are no stored accounts: any address signs in with ``PASSWORD`` and becomes the owner of a workspace
named after it. Pages check the cookie's presence only; the data routes check the session.
"""

import hashlib
import math
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.context import TargetContext
from loadlib.target.platform_web.callers import (
    SESSION_COOKIE,
    Session,
    cookie_session,
    forwarded_address,
)
from loadlib.target.platform_web.clock import iso, utc_now
from loadlib.target.platform_web.throttle import FixedWindow
from loadlib.target.platform_web.web_bodies import read_object

PASSWORD: Final = "reference-password"  # noqa: S105 - the documented test password of a reference platform
ATTEMPTS: Final = 5
WINDOW_S: Final = 900.0
SESSION_LIFETIME_S: Final = 604_800
CSRF_COOKIE: Final = "hyvve.csrf_token"
EMAIL: Final = re.compile(r"([A-Za-z0-9._+-]+)@[A-Za-z0-9.-]+")


class WebAuth:
    """The handlers; sign-in attempts are limited when limits are on."""

    def __init__(self, ctx: TargetContext) -> None:
        self._credentials = ctx.credentials
        scale = ctx.options.rate_limit_scale
        self._attempts = FixedWindow(math.ceil(ATTEMPTS * scale), WINDOW_S) if scale else None

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/api/auth/get-session", self.session),
            Route("/api/auth/csrf-token", self.csrf_token),
            Route("/api/auth/sign-in/email", self.sign_in, methods=["POST"]),
        ]

    async def session(self, request: Request) -> Response:
        """Answer the cookie's session with its user, or null."""
        session = cookie_session(self._credentials, request)
        return JSONResponse(None if session is None else _session_body(session))

    async def csrf_token(self, request: Request) -> Response:
        """Answer a token for the cookie's session, and set it as a cookie; 401 without a session."""
        if cookie_session(self._credentials, request) is None:
            return JSONResponse({"error": "UNAUTHORIZED", "message": "Authentication required"}, 401)
        token = secrets.token_hex(32)
        response = JSONResponse({"csrfToken": token})
        response.set_cookie(CSRF_COOKIE, token, path="/", httponly=True, samesite="lax")
        return response

    async def sign_in(self, request: Request) -> Response:
        """Set the session cookie; 401 for wrong credentials, 429 after 5 attempts in 15 min and address."""
        refused = self._refused(request)
        if refused is not None:
            return refused
        body = await read_object(request)
        local_part = _local_part(body or {})
        if local_part is None:
            return JSONResponse(
                {"code": "INVALID_EMAIL_OR_PASSWORD", "message": "Invalid email or password"}, 401
            )
        token = self._credentials.session_token(local_part, f"ws-{local_part}")
        response = JSONResponse(
            {"redirect": False, "token": token, "user": _user_body(local_part, str((body or {})["email"]))}
        )
        response.set_cookie(
            SESSION_COOKIE, token, max_age=SESSION_LIFETIME_S, path="/", httponly=True, samesite="lax"
        )
        return response

    def _refused(self, request: Request) -> Response | None:
        if self._attempts is None:
            return None
        decision = self._attempts.hit(forwarded_address(request))
        if decision.allowed:
            return None
        body = {
            "error": "RATE_LIMITED",
            "message": "Too many sign-in attempts. Please try again later.",
            "retryAfter": decision.retry_after_s,
        }
        return JSONResponse(body, 429, {"Retry-After": str(decision.retry_after_s)})


def _local_part(body: Mapping[str, object]) -> str | None:
    email, password = body.get("email"), body.get("password")
    match = EMAIL.fullmatch(email) if isinstance(email, str) else None
    if match is None or password != PASSWORD:
        return None
    return re.sub(r"[^A-Za-z0-9_-]", "-", match[1])


def _session_body(session: Session) -> dict[str, object]:
    digest = hashlib.sha256(session.token.encode()).hexdigest()[:24]
    details = {
        "id": digest,
        "userId": session.user,
        "activeWorkspaceId": session.workspace,
        "expiresAt": iso(utc_now() + timedelta(seconds=SESSION_LIFETIME_S)),
    }
    return {"session": details, "user": _user_body(session.user, f"{session.user}@example.com")}


def _user_body(user: str, email: str) -> dict[str, object]:
    return {"id": user, "email": email, "name": user, "image": None, "emailVerified": True}
