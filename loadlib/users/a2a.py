"""An A2A agent as a user calls it: card, send, get, cancel and streams, in the dialects its card offers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from loadlib.client.response import Response
from loadlib.protocols.a2a import requests, responses
from loadlib.protocols.a2a.card import CardInfo, Interface, read_card
from loadlib.protocols.a2a.dialect import Dialect, headers
from loadlib.protocols.a2a.responses import A2AReply
from loadlib.protocols.a2a.stream import A2AStreamVerifier
from loadlib.protocols.failures import Failure
from loadlib.protocols.stream import StreamVerdict
from loadlib.users.base import PlatformUser
from loadlib.users.interface_place import Place, place_of
from loadlib.users.outcomes import json_body, record_outcome
from loadlib.users.streams import StreamCall

SEND: Final = "send"
SUBMIT: Final = "submit"
"""A send that does not wait for the task's end; its duration is of another kind."""
GET: Final = "get"
CANCEL: Final = "cancel"
STREAM: Final = "stream"
OPERATIONS: Final = (SEND, GET, CANCEL)

ReplyJudge = Callable[[bytes], A2AReply]
Build = Callable[[str], bytes]
"""Makes a request's body for a tenant."""


def operation_name(path: str, dialect: Dialect, operation: str) -> str:
    """Return the name that an operation on an interface is recorded under."""
    return f"{path}#{dialect.value}:{operation}"


@dataclass(frozen=True, slots=True)
class _Way:
    """An offered interface and where it is reached."""

    interface: Interface
    place: Place


class A2AAgent:
    """One agent behind a card. The card is fetched once per user, not per call: it is not what is tested."""

    def __init__(self, user: PlatformUser, card_path: str) -> None:
        self._user = user
        self._card_path = card_path
        self._card: CardInfo | None = None
        self._ways: dict[Dialect, _Way] = {}
        self._calls = 0

    def card(self) -> CardInfo | None:
        """Return what the card offers, ``None`` when it can't be had."""
        if self._card is None:
            response = self._user.http("agentos").get(self._card_path, judge=json_body(self._take_card))
            record_outcome(
                self._user,
                response,
                errors="a2a_errors",
                duration="a2a_discovery_duration",
                operation="discovery",
            )
            if any(way.place.is_foreign for way in self._ways.values()):
                self._user.measure("a2a_findings", 1, kind="foreign_origin")
        return self._card

    def dialects(self) -> tuple[Dialect, ...]:
        """Return the dialects that the card offers, in its order of preference."""
        self.card()
        return tuple(self._ways)

    def send(self, dialect: Dialect, text: str, *, wait: bool = True) -> A2AReply:
        """Send a message and judge the task, or message, that answers."""
        request_id, message_id = self._ids()
        return self._call(
            dialect,
            SEND if wait else SUBMIT,
            lambda tenant: requests.send_request(
                dialect, text, message_id, request_id, wait=wait, tenant=tenant
            ),
            lambda content: responses.judge_send(content, request_id, dialect, wait=wait),
        )

    def get(self, dialect: Dialect, task_id: str) -> A2AReply:
        """Ask for a task."""
        request_id, _ = self._ids()
        return self._call(
            dialect,
            GET,
            lambda tenant: requests.get_request(dialect, task_id, request_id, tenant=tenant),
            lambda content: responses.judge_get(content, request_id, dialect, task_id=task_id),
        )

    def cancel(self, dialect: Dialect, task_id: str) -> A2AReply:
        """Cancel a task; one that has ended meanwhile answers with a neutral error, counted apart."""
        request_id, _ = self._ids()
        return self._call(
            dialect,
            CANCEL,
            lambda tenant: requests.cancel_request(dialect, task_id, request_id, tenant=tenant),
            lambda content: responses.judge_cancel(content, request_id, dialect, task_id=task_id),
        )

    def stream(self, dialect: Dialect, text: str) -> StreamVerdict | None:
        """Send a message and read the stream; ``None`` when the card offers none in this dialect."""
        card, way = self.card(), self._ways.get(dialect)
        if card is None or way is None or not card.streaming:
            return None
        request_id, message_id = self._ids()
        call = StreamCall(
            self._user,
            protocol="a2a",
            path=way.place.url,
            name=operation_name(way.place.path, dialect, STREAM),
            headers=headers(dialect, stream=True),
            agent=card.name,
        )
        return call.run(
            requests.stream_request(dialect, text, message_id, request_id, tenant=way.interface.tenant),
            A2AStreamVerifier(dialect, request_id),
            lambda body: responses.judge_not_streamed(body, request_id),
        )

    def _call(self, dialect: Dialect, operation: str, build: Build, judge: ReplyJudge) -> A2AReply:
        card, way = self.card(), self._ways.get(dialect)
        if card is None or way is None:
            return A2AReply(failure=Failure("no_interface", f"no card offers version {dialect.value}"))
        replies: list[A2AReply] = []

        def keep(content: bytes) -> Failure | None:
            replies.append(judge(content))
            return replies[-1].failure

        response = self._user.http("agentos").post(
            way.place.url,
            name=operation_name(way.place.path, dialect, operation),
            headers=headers(dialect),
            data=build(way.interface.tenant),
            judge=json_body(keep),
            tags={"agent": card.name, "operation": operation},
        )
        reply = replies[0] if replies else A2AReply(failure=Failure(response.error_kind, response.error))
        self._record(response, reply, {"agent": card.name, "operation": operation})
        return reply

    def _record(self, response: Response, reply: A2AReply, tags: Mapping[str, str]) -> None:
        user = self._user
        if reply.neutral:
            user.measure("http_req_throttled", False, endpoint=response.timings.endpoint, **tags)
            user.measure("a2a_neutral", 1, endpoint=response.timings.endpoint, **tags)
        else:
            record_outcome(user, response, errors="a2a_errors", duration="a2a_duration", **tags)

    def _take_card(self, body: bytes) -> Failure | None:
        card, failure = read_card(body)
        if card is None:
            return failure
        base_url = self._user.runtime.service_urls()["agentos"]
        ways: dict[Dialect, _Way] = {}
        try:
            for interface in card.interfaces:
                ways.setdefault(interface.dialect, _Way(interface, place_of(interface.url, base_url)))
        except ValueError as error:
            return Failure("bad_shape", f"the URL of an interface: {error}")
        self._card, self._ways = card, ways
        return None

    def _ids(self) -> tuple[str, str]:
        self._calls += 1
        number = f"{self._user.index}-{self._calls}"
        return f"r-{number}", f"m-{self._user.runtime.plan.run_id[:8]}-{number}"
