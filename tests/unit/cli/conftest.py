"""What the tests of the command line share."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.support.process import REPOSITORY, clean_environment


@pytest.fixture
def loaded_modules() -> Callable[[str], set[str]]:
    """Return a function that runs code in a fresh interpreter and returns the top-level modules it loaded."""

    def run(code: str) -> set[str]:
        script = (
            f"{code}\nimport sys, json; print(json.dumps([*{{name.split('.')[0] for name in sys.modules}}]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=clean_environment(),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return set(json.loads(done.stdout.splitlines()[-1]))

    return run
