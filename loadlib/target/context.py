"""What the four services of one running target share; it owns state, not behaviour."""

from dataclasses import dataclass, field
from typing import Any

from loadlib.target.behaviour import Behaviour
from loadlib.target.credentials import (
    Tenant,
    make_session_token,
    mint_jwt,
    verify_bearer,
    verify_session_token,
)
from loadlib.target.options import TargetOptions
from loadlib.target.platform_web.ccr_usage import CcrUsage
from loadlib.target.traces import Traces
from loadlib.target.truth import Truth


@dataclass(frozen=True, slots=True)
class Urls:
    """The base URLs of the running services; empty for one that was not started."""

    agentos: str = ""
    web: str = ""
    api: str = ""
    ccr: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the URLs by service name."""
        return {"agentos": self.agentos, "web": self.web, "api": self.api, "ccr": self.ccr}


class Credentials:
    """Verifies and mints both kinds of token under the target's secrets."""

    def __init__(self, options: TargetOptions) -> None:
        self._jwt_secret = options.jwt_secret
        self._session_secret = options.session_secret

    def tenant(self, authorization: str | None) -> Tenant:
        """Return the tenant of an AgentOS ``Authorization`` header; see ``verify_bearer``."""
        return verify_bearer(authorization, self._jwt_secret)

    def session(self, token: str) -> tuple[str, str] | None:
        """Return (user, workspace) of a session token, or None."""
        return verify_session_token(self._session_secret, token)

    def jwt(self, user: str, workspace: str | None = None, **claims: Any) -> str:
        """Mint an AgentOS token; keyword arguments as ``mint_jwt``."""
        return mint_jwt(self._jwt_secret, user, workspace, **claims)

    def session_token(self, user: str, workspace: str) -> str:
        """Mint a session token."""
        return make_session_token(self._session_secret, user, workspace)


@dataclass(slots=True)
class TargetContext:
    """The options, the recorder of true latencies, the seeded behaviour and the credentials of one target.

    ``urls`` is filled by the server once its sockets are bound, before the first request.
    """

    options: TargetOptions
    truth: Truth = field(default_factory=Truth)
    traces: Traces = field(default_factory=Traces)
    urls: Urls = field(default_factory=Urls)
    ccr_usage: CcrUsage = field(default_factory=CcrUsage)
    behaviour: Behaviour = field(init=False)
    credentials: Credentials = field(init=False)

    def __post_init__(self) -> None:
        self.behaviour = Behaviour(self.options)
        self.credentials = Credentials(self.options)
