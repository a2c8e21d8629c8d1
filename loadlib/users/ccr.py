"""The model router (CCR), asked directly, and its usage page on AgentOS, compared with what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loadlib.adapters.needs import Need, disabled, feeds, no_route
from loadlib.client.response import Response
from loadlib.protocols.failures import Failure
from loadlib.users import completions
from loadlib.users.base import PlatformUser
from loadlib.users.completions import PROVIDERS, Completion
from loadlib.users.outcomes import THROTTLED, Reading, record_outcome

HEALTH: Final = "/health"
COMPLETIONS: Final = "/v1/chat/completions"
USAGE: Final = "/ccr/metrics"
PROMPTS: Final[Mapping[str, str]] = {
    "reasoning": "Weigh two plans for the launch and say which holds.",
    "code_generation": "Write a function that folds a list of intervals.",
    "long_context": "Summarise the attached minutes of twelve meetings.",
    "general": "Say in one sentence what a load test is for.",
}

ROUTED: Final = feeds("ccr_routing_duration", "ccr_routed_as_asked")
NEEDS: Final = (
    Need(
        "ccr",
        "GET",
        HEALTH,
        f"GET ccr:{HEALTH}",
        lacks=no_route,
        feeds=feeds("ccr_health_duration", "ccr_availability"),
    ),
    Need("ccr", "POST", COMPLETIONS, f"POST ccr:{COMPLETIONS}", {}, feeds=ROUTED),
    Need(
        "agentos",
        "GET",
        USAGE,
        f"GET {USAGE}",
        credentials="token",
        lacks=disabled,
        feeds=feeds("ccr_quota_duration", "ccr_accounting_ok"),
    ),
)


@dataclass(frozen=True, slots=True)
class Usage:
    """What the usage page says: totals since its last reset, over all callers."""

    requests: int
    tokens: int
    fallbacks: int


class Router:
    """One caller of CCR."""

    def __init__(self, user: PlatformUser) -> None:
        self._user = user

    def health(self) -> bool:
        """Ask for the router's health; healthy and degraded count as available."""
        if not self._user.is_available(f"GET ccr:{HEALTH}"):
            return False
        response = self._user.http("ccr").get(HEALTH, judge=_judge_health)
        if response.error_kind != THROTTLED:
            self._user.measure("ccr_availability", not response.error_kind)
        return record_outcome(self._user, response, errors="ccr_errors", duration="ccr_health_duration")

    def route(self, task_type: str, agent: str) -> int | None:
        """Send one prompt of a task type; return the tokens it used, ``None`` when it was not served.

        Served by the provider that the task type asks for is good; by a fallback that says so is good too
        and counted apart, as is an answer that does not say who served it; by another one is a failure.
        """
        if not self._user.is_available(f"POST ccr:{COMPLETIONS}"):
            return None
        completion = Reading(lambda answer: completions.judge(answer, task_type))
        response = self._user.http("ccr").post(
            COMPLETIONS,
            headers={"X-CCR-Task-Type": task_type, "X-CCR-Agent-Id": agent},
            json={"model": "auto", "messages": [{"role": "user", "content": PROMPTS[task_type]}]},
            judge=completion,
            tags={"task_type": task_type},
        )
        good = record_outcome(
            self._user, response, errors="ccr_errors", duration="ccr_routing_duration", task_type=task_type
        )
        if not good or completion.value is None:
            return None
        self._record_routing(completion.value, task_type)
        return completion.value.tokens

    def usage(self) -> Usage | None:
        """Read the usage page of AgentOS, ``None`` when it is not to be had."""
        if not self._user.is_available(f"GET {USAGE}"):
            return None
        usage = Reading(_read_usage)
        response = self._user.http("agentos").get(USAGE, judge=usage)
        good = record_outcome(self._user, response, errors="ccr_errors", duration="ccr_quota_duration")
        return usage.value if good else None

    def account(self, before: Usage | None, after: Usage | None, *, requests: int, tokens: int) -> None:
        """Record whether the usage page grew by at least what this user sent; other users send as well."""
        if before is None or after is None:
            return
        grown = after.requests - before.requests >= requests and after.tokens - before.tokens >= tokens
        self._user.measure("ccr_accounting_ok", grown)

    def _record_routing(self, served: Completion, task_type: str) -> None:
        provider, measure = served.provider, self._user.measure
        measure("ccr_routing_decisions", 1, provider=provider, task_type=task_type)
        measure("ccr_routed_as_asked", provider == PROVIDERS[task_type], task_type=task_type)
        measure("ccr_fallbacks", int(served.is_fallback), provider=provider, task_type=task_type)
        measure("ccr_tokens", served.tokens, provider=provider)


def _judge_health(response: Response) -> Failure | None:
    try:
        status = response.json()["status"]
    except (ValueError, KeyError, TypeError):
        return Failure("bad_shape", "no status")
    return None if status in ("healthy", "degraded") else Failure("app_unhealthy", f"status {status}")


def _read_usage(response: Response) -> Usage | Failure:
    try:
        body: Any = response.json()
        metrics, quota = body["metrics"], body["quota"]
        return Usage(int(metrics["total_requests"]), int(quota["used"]), int(metrics["fallback_count"]))
    except (ValueError, KeyError, TypeError):
        return Failure("bad_shape", "no metrics and quota")
