"""``python -m loadlib.adapters``: the suite is there whatever the locustfile does, its errors are lines."""

import sys
from pathlib import Path

import pytest

from tests.support import Process, free_port

PLAIN = """
from locust import HttpUser, task

class Plain(HttpUser):
    @task
    def get(self):
        self.client.get("/")
"""


def ended(folder: Path, text: str, *options: str) -> tuple[int, str]:
    (folder / "locustfile.py").write_text(text)
    (folder / "thresholds.yaml").write_text("version: 1\nthresholds: {http_req_failed: [rate<1%]}\n")
    command = [sys.executable, "-m", "loadlib", "run", "./locustfile.py", *options]
    with Process(command, cwd=folder) as process:
        return process.wait(60), process.output()


def test_a_locustfile_that_does_not_install_the_suite_is_gated_all_the_same(tmp_path: Path) -> None:
    """Nothing was measured, so nothing passes."""
    nobody = f"http://127.0.0.1:{free_port()}"
    code, output = ended(tmp_path, PLAIN, "--base-url", nobody, "--duration", "2s")
    assert code == 111
    assert nobody in output


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import no_such_module\n", "locustfile.py:1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = (\n", "locustfile.py:1: SyntaxError: '(' was never closed"),
        ("\n\n1 / 0\n", "locustfile.py:3: ZeroDivisionError: division by zero"),
    ],
)
def test_a_locustfile_that_cannot_be_read_is_one_line_with_its_place_and_104(
    tmp_path: Path, text: str, line: str
) -> None:
    code, output = ended(tmp_path, text)
    assert code == 104
    assert f"error: {line}" in output
    assert "Traceback" not in output


def test_a_locustfile_without_users_is_104(tmp_path: Path) -> None:
    code, output = ended(tmp_path, "x = 1\n")
    assert code == 104
    assert "No User class found" in output
