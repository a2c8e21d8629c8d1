"""Calls of the suite's own users, made in a process of its own and recorded as in a run.

Run as ``python -m tests.integration.protocol_child``, with orders on stdin: a JSON object a line, of
``cases``, ``env``, and where ``deltas`` and ``errors`` go. Each is played in a fresh copy of the process, and
its exit code printed. The deltas are those that each case's recording session sends, as MessagePack like a
worker does. Importing Locust patches the whole process, which is why the tests do not do this in theirs.
"""

from locust.env import Environment  # isort: skip - patches the standard library, so it comes first

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import msgpack
from gevent.monkey import get_original
from locust.user.task import DefaultTaskSet

from loadlib.adapters.recording import RecordingSession
from loadlib.adapters.run_plan import RunPlan
from loadlib.adapters.runtime import Runtime
from loadlib.protocols.a2a.dialect import Dialect
from loadlib.protocols.stream import StreamVerdict
from loadlib.settings import load_settings
from loadlib.users import PlatformUser
from loadlib.users.a2a import A2AAgent
from loadlib.users.agent_streams import AgentStreams
from loadlib.users.agents import Agents
from loadlib.users.approvals import Approvals
from loadlib.users.ccr import Router
from loadlib.users.web import Dashboard

SCENARIOS = {
    "a2a": "a2a_endpoints.A2AUser",
    "dashboard": "dashboard_flow.DashboardUser",
    "streaming": "streaming.StreamingUser",
    "ccr": "ccr_routing.CcrUser",
}
LOCUSTFILES = Path(__file__).resolve().parents[2] / "locustfiles"
CARD = "/a2a/reference/.well-known/agent-card.json"
RUN_ID = "0123456789abcdef0123456789abcdef"

fork = get_original("os", "fork")
waitpid = get_original("os", "waitpid")
"""Gevent's would start an event loop in the process that is copied."""


class Caller(PlatformUser):
    """A user without tasks: each case calls what it wants."""

    scenario = "case"
    services = ("agentos", "web", "api", "ccr")


def _a2a(user: PlatformUser, dialect: str, text: str, operation: str = "stream") -> object:
    agent = A2AAgent(user, CARD)
    if operation == "stream":
        return _outcome(agent.stream(Dialect(dialect), text))
    if operation == "send":
        return str(agent.send(Dialect(dialect), text).failure)
    if operation == "get":
        return str(agent.get(Dialect(dialect), text).failure)
    return str(agent.cancel(Dialect(dialect), text).failure)


def _rpc(user: PlatformUser, agent: str, method: Any, task: str = "") -> object:
    return Agents(user).rpc(agent, method, {"task": task} if method == "run" else {})


def _outcome(verdict: StreamVerdict | None) -> str | None:
    return None if verdict is None else verdict.outcome


def _path(user: PlatformUser, service: str, path: str) -> object:
    response = user.http(service).get(path, allow_redirects=False)
    return {"status": response.status_code, "kind": response.error_kind, "body": response.text}


def _decide(user: PlatformUser, approve: bool, approval_id: str = "") -> object:
    approvals = Approvals(user)
    wanted = approval_id or approvals.pending()[0]
    return [approvals.decide(wanted, approve=approve), wanted]


def _account(user: PlatformUser, requests: int, tokens: int) -> object:
    router = Router(user)
    before = router.usage()
    used = router.route("general", "navi")
    router.account(before, router.usage(), requests=requests, tokens=(used or 0) + tokens)
    return used


def _iterate(user: PlatformUser, iterations: int) -> int:
    """Run a scenario's tasks as Locust draws them."""
    user.on_start()
    tasks = DefaultTaskSet(user)
    for _ in range(iterations):
        tasks.execute_task(tasks.get_next_task())
    return iterations


CALLS: dict[str, Callable[..., object]] = {
    "a2a": _a2a,
    "card": lambda user, path: A2AAgent(user, path).card() is not None,
    "agui": lambda user, text: _outcome(AgentStreams(user).agui_run(text)),
    "team": lambda user, text, business="biz-1": _outcome(
        AgentStreams(user).team_run("validation", text, business)
    ),
    "rpc": _rpc,
    "cards": lambda user: Agents(user).global_cards(),
    "listing": lambda user: Agents(user).listing(),
    "path": _path,
    "page": lambda user: Dashboard(user).open(),
    "widgets": lambda user: Dashboard(user).widgets(),
    "poll": lambda user: Dashboard(user).poll(),
    "pending": lambda user: Approvals(user).pending(),
    "decide": _decide,
    "ccr_health": lambda user: Router(user).health(),
    "route": lambda user, task_type, agent: Router(user).route(task_type, agent),
    "account": _account,
    "usage": lambda user: Router(user).usage() is not None,
    "iterate": _iterate,
}


def _user_class(case: dict[str, Any]) -> type[PlatformUser]:
    if not case.get("scenario"):
        return Caller
    module, _, name = SCENARIOS[case["scenario"]].partition(".")
    sys.path.insert(0, str(LOCUSTFILES))
    found: type[PlatformUser] = getattr(importlib.import_module(module), name)
    return found


def play(case: dict[str, Any]) -> dict[str, Any]:
    """Make a case's calls in order, as one user; return what was recorded and what the calls returned."""
    user_class = _user_class(case)
    environment = Environment(user_classes=[user_class])
    begun: list[tuple[float, str]] = []
    environment.events.request.add_listener(
        lambda **request: begun.append((request["start_time"], _shown(request)))
    )
    runtime = Runtime(environment, load_settings(case.get("settings", {})))
    run_id = case.get("run_id") or RUN_ID
    lacking = tuple(case.get("unavailable", ()))
    runtime.begin(RunPlan(run_id, time.time(), lacking, reference_credentials=True))
    session = RecordingSession(
        run_id, "child", runtime.metrics, started_at_s=time.time(), max_tagsets=runtime.settings.max_series
    )
    runtime.recorder.begin(session)
    for _ in range(case.get("index", 0)):
        runtime.next_identity()
    user = user_class(environment)
    started_s = time.perf_counter()
    returned = [CALLS[name](user, *arguments) for name, *arguments in case["calls"]]
    elapsed_s = time.perf_counter() - started_s
    user.on_stop()
    delta = session.delta(time.time(), final=True)
    assert delta is not None
    sent = [shown for _, shown in sorted(begun)]
    return {"delta": delta.to_wire(), "returned": returned, "sent": sent, "elapsed_s": elapsed_s}


def _shown(request: dict[str, Any]) -> str:
    return f"{request['request_type']} {request['name']}"


def play_all(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Play all cases, each as a user of its own, together unless they say otherwise."""
    together = [gevent.spawn(play, case) for case in cases if not case.get("alone")]
    gevent.joinall(together, raise_error=True)
    results = iter([greenlet.get() for greenlet in together])
    return [play(case) if case.get("alone") else next(results) for case in cases]


def answer(order: dict[str, Any]) -> None:
    """Play an order's cases in this process, with its environment alone; write the deltas to its file."""
    errors = os.open(order["errors"], os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(errors, sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(order["env"])
    Path(order["deltas"]).write_bytes(msgpack.packb(play_all(order["cases"])))


def main() -> None:
    """Answer each order in a process of its own, and say how that ended, until there are no more.

    The processes are copies of this one, which has imported everything and has done nothing else.
    """
    for line in sys.stdin:
        if not (child := fork()):
            try:
                answer(json.loads(line))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
