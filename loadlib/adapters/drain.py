"""The master's drain: tell every worker to end its users and wait, bounded, until each final report is there.

It runs while Locust's message loop still does, before the quit messages, so that nothing completed is lost.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Final

import gevent
from locust.runners import STATE_MISSING, MasterRunner

from loadlib.adapters.run_plan import OPTION, RunPlan
from loadlib.adapters.worker import DRAIN

_POLL_S: Final = 0.02


def drain_workers(
    runner: MasterRunner, plan: RunPlan, *, is_complete: Callable[[str], bool], timeout_s: float
) -> None:
    """Send the drain message and wait until every live worker is complete, at most ``timeout_s``."""
    clients = [node.id for node in runner.clients.all if node.state != STATE_MISSING]
    for client_id in clients:
        runner.send_message(DRAIN, {OPTION: asdict(plan)}, client_id)
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        live = {node.id for node in runner.clients.all if node.state != STATE_MISSING}
        if all(is_complete(client_id) for client_id in clients if client_id in live):
            return
        gevent.sleep(_POLL_S)
