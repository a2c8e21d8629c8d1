"""Processor time read from outside is what the process itself would read."""

import os
import subprocess
import sys
import time

from benchmarks.cpu import cpu_s, machine_cpu_s, process_cpu_s, tree
from tests.support import wait_until


def burn(seconds: float) -> None:
    """Use the processor for a time."""
    ends_s = time.process_time() + seconds
    while time.process_time() < ends_s:
        pass


def test_clock_of_a_process_is_its_own_clock() -> None:
    before = time.process_time()
    read = process_cpu_s(os.getpid())
    assert before <= read <= time.process_time()


def test_use_of_all_processes_counts_and_gone_ones_do_not() -> None:
    """What a child used is added to what its parent used; a process that is gone adds nothing."""
    code = "import time\nwhile time.process_time() < 0.2: pass\nprint(1, flush=True)\ninput()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline()
        assert child.pid in tree(os.getpid())
        own = process_cpu_s(os.getpid())
        assert cpu_s([os.getpid(), child.pid]) >= own + 0.2
    finally:
        child.communicate(b"\n")
    assert cpu_s([child.pid]) == 0.0
    assert tree(child.pid) == []


def test_machine_counts_what_processes_use() -> None:
    before = machine_cpu_s()
    burn(0.1)
    wait_until(lambda: machine_cpu_s() - before >= 0.05, 5, "the machine counted")
