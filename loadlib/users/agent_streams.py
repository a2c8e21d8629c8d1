"""The platform's event streams as a user opens them: AG-UI runs and team runs."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from loadlib.adapters.needs import Need, feeds
from loadlib.protocols.agui import requests
from loadlib.protocols.agui.team import TeamStreamVerifier
from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.jsontext import dump
from loadlib.protocols.stream import StreamVerdict
from loadlib.users.base import PlatformUser
from loadlib.users.streams import StreamCall

AGUI: Final = "/agui"
FED: Final = (
    "stream_failed",
    "stream_ttfb",
    "stream_ttfe",
    "stream_ttft",
    "stream_chunk_gap",
    "stream_duration",
)
"""What a stream is recorded in."""
AGUI_NEED: Final = Need(
    "agentos", "POST", AGUI, "POST /agui", {}, "token", feeds=feeds(*FED, protocol="agui")
)
TEAM_HEADERS: Final[Mapping[str, str]] = {"Content-Type": "application/json", "Accept": "text/event-stream"}


def team_path(team: str) -> str:
    """Return the path of a team's runs."""
    return f"/agents/{team}/runs"


def team_need(team: str) -> Need:
    """Return the need for a team's runs; an empty body is refused where the route exists."""
    path = team_path(team)
    return Need(
        "agentos", "POST", path, f"POST {path}", {}, "token", feeds=feeds(*FED, protocol="team", agent=team)
    )


class AgentStreams:
    """One user's AG-UI thread and team runs."""

    def __init__(self, user: PlatformUser) -> None:
        self._user = user
        self._thread_id = str(self._uuid())
        self._agui = StreamCall(
            user, protocol="agui", path=AGUI, name=AGUI, headers=requests.HEADERS, agent="dashboard_gateway"
        )

    def agui_run(self, text: str) -> StreamVerdict | None:
        """Run the dashboard agent once; ``None`` when the target has no AG-UI.

        The platform speaks AG-UI 0.1, so no protocol version is declared.
        """
        if not self._user.is_available(f"POST {AGUI}"):
            return None
        run_id = str(self._uuid())
        body = requests.text_run_input(
            self._thread_id, run_id, str(self._uuid()), text, protocol_version=None
        )
        return self._agui.run(body, AguiVerifier(self._thread_id, run_id, protocol_version=None))

    def team_run(self, team: str, text: str, business_id: str) -> StreamVerdict | None:
        """Run a team with a stream; ``None`` when the target has no such team."""
        path = team_path(team)
        if not self._user.is_available(f"POST {path}"):
            return None
        body = dump({"message": text, "business_id": business_id, "stream": True})
        call = StreamCall(self._user, protocol="team", path=path, name=path, headers=TEAM_HEADERS, agent=team)
        return call.run(body, TeamStreamVerifier())

    def _uuid(self) -> UUID:
        return UUID(int=self._user.random.getrandbits(128), version=4)
