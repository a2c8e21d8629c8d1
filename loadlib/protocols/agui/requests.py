"""The input of an AG-UI run, and the headers to post it with.

It builds bytes and judges nothing. Optional members are sent with empty values where older servers require
them, and never as null, which the protocol forbids.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from loadlib.protocols.jsontext import dump, quote

PROTOCOL_VERSION: Final = "1.0"

ACCEPT: Final = "text/event-stream"
"""The media type to ask for. It must be explicit: ``*/*`` admits the protobuf binding."""

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"Content-Type": "application/json", "Accept": ACCEPT, "Accept-Encoding": "identity"}
)
"""Headers of every run request; no compression, so that events are read as they come."""


def user_message(message_id: str, text: str) -> dict[str, object]:
    """Return one user message."""
    return {"id": message_id, "role": "user", "content": text}


def run_input(
    thread_id: str,
    run_id: str,
    messages: Sequence[Mapping[str, object]],
    *,
    state: object = None,
    tools: Sequence[Mapping[str, object]] = (),
    context: Sequence[Mapping[str, object]] = (),
    forwarded_props: Mapping[str, object] | None = None,
    resume: Sequence[Mapping[str, object]] | None = None,
    protocol_version: str | None = PROTOCOL_VERSION,
) -> bytes:
    """Return the body of a run request.

    A further turn has the same ``thread_id``, a new ``run_id``, the whole history as ``messages`` and the
    last ``state`` (None: empty). ``resume`` answers the interrupts of the last run. ``protocol_version`` None
    leaves the member out, for servers older than 1.0 that refuse unknown members.
    """
    body: dict[str, object] = {
        "threadId": thread_id,
        "runId": run_id,
        "messages": list(messages),
        "state": {} if state is None else state,
        "tools": list(tools),
        "context": list(context),
        "forwardedProps": dict(forwarded_props or {}),
    }
    if resume is not None:
        body["resume"] = list(resume)
    if protocol_version is not None:
        body["protocolVersion"] = protocol_version
    return dump(body)


def text_run_input(
    thread_id: str,
    run_id: str,
    message_id: str,
    text: str,
    *,
    protocol_version: str | None = PROTOCOL_VERSION,
) -> bytes:
    """Return what `run_input` returns for one user message and nothing else, at a fraction of its cost."""
    version = "" if protocol_version is None else f',"protocolVersion":{quote(protocol_version)}'
    return (
        f'{{"threadId":{quote(thread_id)},"runId":{quote(run_id)},'
        f'"messages":[{{"id":{quote(message_id)},"role":"user","content":{quote(text)}}}],'
        f'"state":{{}},"tools":[],"context":[],"forwardedProps":{{}}{version}}}'
    ).encode("ascii")
