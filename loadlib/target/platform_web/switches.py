"""The switches of web, API and CCR with their defaults, overridden by options of the same name.

Parsing and help texts belong to the options and the command line; this is only what these three services
act on.
"""

from dataclasses import dataclass, fields
from typing import Final

SOCKETS_PER_USER: Final = 5
SOCKETS_PER_WORKSPACE: Final = 100
STATE_UPDATES_PER_MINUTE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Behaviour that differs between the platform's intent (the defaults) and what its code literally does.

    ``web_demo_data``: the web answers 200 with demo data when the API fails (True is what the platform does).
    ``web_mocks``: the web's mock endpoints answer; off, approval metrics are 503.
    ``approvals_proxy_literal``: the web's approvals proxy forwards cookies only, which the API does not read.
    ``state_updates_literal``: a realtime update replaces the whole saved dashboard state by its own path.
    ``ccr_unavailable``, ``ccr_rate_limited``: providers that CCR must not route to.
    ``ccr_daily_token_limit``: quota in tokens, 0 for none; it never blocks.
    """

    web_demo_data: bool = True
    web_mocks: bool = True
    approvals_proxy_literal: bool = False
    state_updates_literal: bool = False
    sockets_per_user: int = SOCKETS_PER_USER
    sockets_per_workspace: int = SOCKETS_PER_WORKSPACE
    state_updates_per_minute: int = STATE_UPDATES_PER_MINUTE
    ccr_unavailable: tuple[str, ...] = ()
    ccr_rate_limited: tuple[str, ...] = ()
    ccr_daily_token_limit: int = 0


def switches_of(options: object) -> Switches:
    """Return the switches; an attribute of the same name in ``options`` overrides the default."""
    named = {f.name: getattr(options, f.name) for f in fields(Switches) if hasattr(options, f.name)}
    return Switches(**named)
