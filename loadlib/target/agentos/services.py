"""What AgentOS's endpoints share: the target's context and the parts that keep state."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from starlette.requests import HTTPConnection

from loadlib.target.agentos.limits import Limiter
from loadlib.target.agentos.metrics import AgentMetrics
from loadlib.target.agentos.model import ModelRun, Models
from loadlib.target.context import TargetContext
from loadlib.target.credentials import Tenant

VERSION: Final = "0.2.0"
TENANT: Final = "loadlib.tenant"
"""The scope key under which the tenant layer leaves who is asking."""


def tenant_of(connection: HTTPConnection) -> Tenant:
    """Return the tenant of a request; anonymous when the tenant layer has not seen it."""
    found = connection.scope.get(TENANT)
    return found if isinstance(found, Tenant) else Tenant()


def now_iso() -> str:
    """Return the time as the platform writes it, such as ``2026-01-31T10:00:00.123456Z``."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@dataclass(slots=True)
class Services:
    """One AgentOS application's shared parts."""

    ctx: TargetContext
    metrics: AgentMetrics = field(init=False)
    limiter: Limiter = field(init=False)
    models: Models = field(init=False)

    def __post_init__(self) -> None:
        self.metrics = AgentMetrics(VERSION, written=self.ctx.options.agent_metrics_written)
        self.limiter = Limiter(self.ctx, self.metrics)
        self.models = Models(self.ctx)

    def model_used(self, run: ModelRun, prompt: str) -> None:
        """Account one model run: the router's counters and metrics, when they are written at all."""
        if not self.ctx.options.agent_metrics_written:
            return
        tokens = (len(prompt) // 4, run.tokens)
        self.ctx.ccr_usage.record("claude", "reasoning", sum(tokens), fallback=False)
        self.metrics.model_used("claude", "reasoning", run.duration_s, tokens)
