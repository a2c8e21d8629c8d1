"""An A2A agent as a user calls it: card, send, get, cancel and streams, in the dialects its card offers."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from loadlib.protocols.a2a import requests, responses
from loadlib.protocols.a2a.card import CardInfo, read_card
from loadlib.protocols.a2a.dialect import Dialect, headers
from loadlib.protocols.a2a.responses import A2AReply
from loadlib.protocols.a2a.stream import A2AStreamVerifier
from loadlib.protocols.failures import Failure
from loadlib.protocols.stream import StreamVerdict
from loadlib.users.base import PlatformUser
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


def operation_name(path: str, dialect: Dialect, operation: str) -> str:
    """Return the name that an operation on an interface is recorded under."""
    return f"{path}#{dialect.value}:{operation}"


class A2AAgent:
    """One agent behind a card. The card is fetched once per user, not per call: it is not what is tested."""

    def __init__(self, user: PlatformUser, card_path: str) -> None:
        self._user = user
        self._card_path = card_path
        self._card: CardInfo | None = None
        self._calls = 0

    def card(self) -> CardInfo | None:
        """Return what the card offers, ``None`` when it can't be had."""
        if self._card is None:
            response = self._user.http("agentos").get(
                self._card_path, judge=json_body(lambda body: read_card(body)[1])
            )
            good = record_outcome(
                self._user,
                response,
                errors="a2a_errors",
                duration="a2a_discovery_duration",
                operation="discovery",
            )
            self._card = read_card(response.content)[0] if good else None
        return self._card

    def dialects(self) -> tuple[Dialect, ...]:
        """Return the dialects to speak: the card's own, and 0.3 beside 1.0, kept for older clients."""
        card = self.card()
        if card is None:
            return ()
        return (Dialect.V1_0, Dialect.V0_3) if card.dialect is Dialect.V1_0 else (Dialect.V0_3,)

    def send(self, dialect: Dialect, text: str, *, wait: bool = True) -> A2AReply:
        """Send a message and judge the task, or message, that answers."""
        request_id, message_id = self._ids()
        body = requests.send_request(dialect, text, message_id, request_id, wait=wait)
        return self._call(
            dialect,
            SEND if wait else SUBMIT,
            body,
            lambda content: responses.judge_send(content, request_id, dialect, wait=wait),
        )

    def get(self, dialect: Dialect, task_id: str) -> A2AReply:
        """Ask for a task."""
        request_id, _ = self._ids()
        body = requests.get_request(dialect, task_id, request_id)
        return self._call(
            dialect,
            GET,
            body,
            lambda content: responses.judge_get(content, request_id, dialect, task_id=task_id),
        )

    def cancel(self, dialect: Dialect, task_id: str) -> A2AReply:
        """Cancel a task; one that has ended meanwhile answers with a neutral error."""
        request_id, _ = self._ids()
        body = requests.cancel_request(dialect, task_id, request_id)
        return self._call(
            dialect,
            CANCEL,
            body,
            lambda content: responses.judge_cancel(content, request_id, dialect, task_id=task_id),
        )

    def stream(self, dialect: Dialect, text: str) -> StreamVerdict | None:
        """Send a message and read the stream; ``None`` when the card offers no streaming."""
        card = self.card()
        if card is None or not card.streaming:
            return None
        request_id, message_id = self._ids()
        path = urlsplit(card.url).path
        call = StreamCall(
            self._user,
            protocol="a2a",
            path=path,
            name=operation_name(path, dialect, STREAM),
            headers=headers(dialect, stream=True),
            agent=card.name,
        )
        return call.run(
            requests.stream_request(dialect, text, message_id, request_id),
            A2AStreamVerifier(dialect, request_id),
            lambda body: responses.judge_not_streamed(body, request_id),
        )

    def _call(self, dialect: Dialect, operation: str, body: bytes, judge: ReplyJudge) -> A2AReply:
        card = self.card()
        if card is None:
            return A2AReply(failure=Failure("no_interface", "the agent's card could not be had"))
        path = urlsplit(card.url).path
        replies: list[A2AReply] = []

        def keep(content: bytes) -> Failure | None:
            replies.append(judge(content))
            return replies[-1].failure

        response = self._user.http("agentos").post(
            path,
            name=operation_name(path, dialect, operation),
            headers=headers(dialect),
            data=body,
            judge=json_body(keep),
            tags={"agent": card.name, "operation": operation},
        )
        record_outcome(
            self._user,
            response,
            errors="a2a_errors",
            duration="a2a_duration",
            agent=card.name,
            operation=operation,
        )
        return replies[0] if replies else A2AReply(failure=Failure(response.error_kind, response.error))

    def _ids(self) -> tuple[str, str]:
        self._calls += 1
        number = f"{self._user.index}-{self._calls}"
        return f"r-{number}", f"m-{self._user.runtime.plan.run_id[:8]}-{number}"
