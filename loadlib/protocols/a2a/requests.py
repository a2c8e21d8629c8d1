"""Request bodies of the A2A operations, built from templates because that costs a fifth of building dicts.

Ids are the caller's. Headers are in `loadlib.protocols.a2a.dialect.headers`.
"""

from loadlib.protocols.a2a.dialect import METHODS, Dialect, Operation
from loadlib.protocols.jsonrpc import RequestId
from loadlib.protocols.jsontext import quote, scalar


def send_request(
    dialect: Dialect,
    text: str,
    message_id: str,
    request_id: RequestId,
    *,
    task_id: str | None = None,
    context_id: str | None = None,
    wait: bool = True,
    history_length: int | None = None,
    tenant: str = "",
) -> bytes:
    """Return a request that sends one text message and asks for one JSON answer.

    ``wait`` asks the server to answer only when the task has ended or waits for input. A follow-up should
    name both ``task_id`` and ``context_id``: servers are known to invent a new context otherwise.
    """
    configuration = _configuration(dialect, wait, history_length)
    message = _message(dialect, text, message_id, task_id, context_id)
    return _request(dialect, "send", f'"message":{message}{configuration}', request_id, tenant)


def stream_request(
    dialect: Dialect,
    text: str,
    message_id: str,
    request_id: RequestId,
    *,
    task_id: str | None = None,
    context_id: str | None = None,
    tenant: str = "",
) -> bytes:
    """Return a request that sends one text message and asks for a stream of events."""
    message = _message(dialect, text, message_id, task_id, context_id)
    return _request(dialect, "stream", f'"message":{message}', request_id, tenant)


def get_request(
    dialect: Dialect,
    task_id: str,
    request_id: RequestId,
    *,
    history_length: int | None = None,
    tenant: str = "",
) -> bytes:
    """Return a request for a task's present state."""
    history = "" if history_length is None else f',"historyLength":{history_length}'
    return _request(dialect, "get", f'"id":{quote(task_id)}{history}', request_id, tenant)


def cancel_request(dialect: Dialect, task_id: str, request_id: RequestId, *, tenant: str = "") -> bytes:
    """Return a request to cancel a task."""
    return _request(dialect, "cancel", f'"id":{quote(task_id)}', request_id, tenant)


def subscribe_request(dialect: Dialect, task_id: str, request_id: RequestId, *, tenant: str = "") -> bytes:
    """Return a request to attach to a running task's stream again."""
    return _request(dialect, "subscribe", f'"id":{quote(task_id)}', request_id, tenant)


def _request(
    dialect: Dialect, operation: Operation, params: str, request_id: RequestId, tenant: str
) -> bytes:
    method = METHODS[dialect][operation]
    owner = f',"tenant":{quote(tenant)}' if tenant else ""
    return (
        f'{{"jsonrpc":"2.0","id":{scalar(request_id)},"method":"{method}","params":{{{params}{owner}}}}}'
    ).encode("ascii")


def _message(
    dialect: Dialect, text: str, message_id: str, task_id: str | None, context_id: str | None
) -> str:
    ids = f'"messageId":{quote(message_id)}'
    if task_id is not None:
        ids += f',"taskId":{quote(task_id)}'
    if context_id is not None:
        ids += f',"contextId":{quote(context_id)}'
    if dialect is Dialect.V1_0:
        return f'{{{ids},"role":"ROLE_USER","parts":[{{"text":{quote(text)}}}]}}'
    return f'{{"kind":"message",{ids},"role":"user","parts":[{{"kind":"text","text":{quote(text)}}}]}}'


def _configuration(dialect: Dialect, wait: bool, history_length: int | None) -> str:
    """Both dialects can wait or not, with opposite words; 1.0 waits when nothing is said."""
    members = []
    if dialect is Dialect.V0_3:
        members.append('"blocking":true' if wait else '"blocking":false')
    elif not wait:
        members.append('"returnImmediately":true')
    if history_length is not None:
        members.append(f'"historyLength":{history_length}')
    return f',"configuration":{{{",".join(members)}}}' if members else ""
