"""What every process of a run must know before its first user starts.

The deciding node puts it among Locust's parsed options, which travel in every spawn message, so a worker has
it before its first user starts, however late it joined. It carries no secrets.
"""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

OPTION: Final = "loadlib_run"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One run: its identity, its start in epoch seconds, the routes to leave out."""

    run_id: str
    started_at_s: float
    unavailable: tuple[str, ...] = ()
    """Endpoints that the target lacks; users skip them."""
    reference_credentials: bool = False
    """Whether users may sign in with the reference platform's published test secrets."""
    workers: int = 1
    """How many processes run users at the start."""

    def put(self, options: Namespace) -> None:
        """Place the plan among the parsed options."""
        setattr(options, OPTION, asdict(self))

    @classmethod
    def read(cls, options: Namespace | None) -> "RunPlan | None":
        """Return the plan that is among the parsed options, ``None`` when there is none."""
        raw: Mapping[str, Any] | None = getattr(options, OPTION, None)
        return cls(**{**raw, "unavailable": tuple(raw["unavailable"])}) if raw else None
