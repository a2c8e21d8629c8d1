"""Every switch of the reference platform in one frozen value; by default its intent, unthrottled.

Reading them from a command line is ``cli``'s work; acting on them is the services'.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from loadlib.errors import ConfigurationError
from loadlib.target.rules import SERVICES, ErrorRule, LatencyRule, ModelSpec, StreamFaultRule

TEST_JWT_SECRET: Final = "reference-platform-test-secret-not-for-production"  # noqa: S105 - printed at start
TEST_SESSION_SECRET: Final = "reference-platform-session-secret-not-for-production"  # noqa: S105 - printed at start
DEFAULT_PORTS: Final = {"agentos": 7777, "web": 3000, "api": 3001, "ccr": 3456}
MIN_SECRET_BYTES: Final = 32
SECRET_FIELDS: Final = frozenset({"jwt_secret", "session_secret", "metrics_api_key", "control_plane_key"})

ProviderFailure = Literal["content", "rpc_error", "error_event", "empty_run", "cut"]
BusinessLookup = Literal["owned", "missing", "foreign", "unauthorized", "slow", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """The reference platform's configuration.

    A port of 0 is asked from the operating system. ``rate_limit_scale`` None switches every limit off, 1
    keeps the platform's own numbers, 10 allows ten times as much. Secrets are test values and never leave
    ``describe``.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORTS["agentos"]
    web_port: int = DEFAULT_PORTS["web"]
    api_port: int = DEFAULT_PORTS["api"]
    ccr_port: int = DEFAULT_PORTS["ccr"]
    services: tuple[str, ...] = SERVICES
    seed: int = 1
    jwt_secret: str = field(default=TEST_JWT_SECRET, repr=False)
    session_secret: str = field(default=TEST_SESSION_SECRET, repr=False)

    rate_limit_scale: float | None = None
    rate_limit_identity: Literal["workspace_user", "global"] = "workspace_user"
    default_limit: bool = True
    literal_500: bool = False

    agui_mounted: bool = True
    dashboard_rpc: bool = False
    ccr_health_route: bool = False
    agents_registered: bool = True
    a2a_enabled: bool = True
    pm_health: Literal["ok", "literal"] = "ok"
    ccr_enabled: bool = True
    control_plane: bool = True
    control_plane_key: str = field(default="", repr=False)
    metrics_api_key: str = field(default="", repr=False)
    agent_metrics_written: bool = True
    traceparent: bool = True
    environment: Literal["development", "production"] = "development"

    provider_failure: ProviderFailure = "content"
    models: tuple[tuple[str, ModelSpec], ...] = ()
    business_lookup: BusinessLookup = "owned"
    lookup_timeout_s: float = 5.0
    execution_timeout_s: float = 120.0
    tokens_remaining: int | None = None
    api_prefix: str = "/api"

    web_demo_data: bool = True
    web_mocks: bool = True
    approvals_proxy_literal: bool = False
    state_updates_literal: bool = False
    sockets_per_user: int = 5
    sockets_per_workspace: int = 100
    state_updates_per_minute: int = 100
    ccr_unavailable: tuple[str, ...] = ()
    ccr_rate_limited: tuple[str, ...] = ()
    ccr_daily_token_limit: int = 0

    latency: tuple[LatencyRule, ...] = ()
    errors: tuple[ErrorRule, ...] = ()
    stream_faults: tuple[StreamFaultRule, ...] = ()
    max_stream_s: float = 600.0

    def __post_init__(self) -> None:
        problems = [*self._port_problems(), *self._secret_problems(), *self._other_problems()]
        if problems:
            raise ConfigurationError(*problems)

    def _port_problems(self) -> list[str]:
        named = {service: self.port_of(service) for service in SERVICES}
        return [f"{s} port {p} is not in 0..65535" for s, p in named.items() if not 0 <= p <= 65535]

    def _secret_problems(self) -> list[str]:
        named = {"jwt_secret": self.jwt_secret, "session_secret": self.session_secret}
        return [
            f"{name} has {len(value.encode())} bytes, at least {MIN_SECRET_BYTES} are needed"
            for name, value in named.items()
            if len(value.encode()) < MIN_SECRET_BYTES
        ]

    def _other_problems(self) -> list[str]:
        problems = []
        if self.rate_limit_scale is not None and self.rate_limit_scale <= 0:
            problems.append(f"rate limit scale {self.rate_limit_scale} must be above 0")
        if self.api_prefix and (not self.api_prefix.startswith("/") or self.api_prefix.endswith("/")):
            problems.append(
                f"api prefix {self.api_prefix!r} must start with / and not end with it, or be empty"
            )
        unknown = [name for name in self.services if name not in SERVICES]
        if unknown or not self.services:
            problems.append(f"unknown services {', '.join(unknown)!r}; allowed are {', '.join(SERVICES)}")
        return problems

    def port_of(self, service: str) -> int:
        """Return the configured port of one of the services."""
        return {"agentos": self.port, "web": self.web_port, "api": self.api_port, "ccr": self.ccr_port}[
            service
        ]

    def model(self, agent: str) -> ModelSpec:
        """Return the model of an agent: its own, else that of ``*``, else the default."""
        specs = dict(self.models)
        return specs.get(agent) or specs.get("*") or ModelSpec()

    def describe(self) -> dict[str, Any]:
        """Return the switches as JSON values, secrets omitted."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name not in SECRET_FIELDS}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    return repr(value)


def port_layout(port: int | None) -> dict[str, int]:
    """Return the four ports for ``--port``: N to N+3, all 0 for 0, the well-known ones for None."""
    names = {"agentos": "port", "web": "web_port", "api": "api_port", "ccr": "ccr_port"}
    if port is None:
        return {names[service]: DEFAULT_PORTS[service] for service in SERVICES}
    return {names[service]: port + offset if port else 0 for offset, service in enumerate(SERVICES)}
