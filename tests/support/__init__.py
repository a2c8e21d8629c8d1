"""Helpers shared by all tests: ports, waiting, subprocesses, optional tools, golden files.

Nothing here knows a single part of ``loadlib``; what only one test needs stays in that test's file.
"""

from tests.support.golden import assert_golden
from tests.support.net import free_port
from tests.support.process import Process, clean_environment, run_loadlib
from tests.support.require import require_or_skip
from tests.support.target import TargetServer, start_target
from tests.support.waiting import wait_until

__all__ = [
    "Process",
    "TargetServer",
    "assert_golden",
    "clean_environment",
    "free_port",
    "require_or_skip",
    "run_loadlib",
    "start_target",
    "wait_until",
]
