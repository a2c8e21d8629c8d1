"""The client works in a process patched by gevent and in one that is not, and importing it starts nothing."""

import subprocess
import sys

import pytest

from tests.support.process import REPOSITORY, clean_environment

SCRIPT = """
from gevent.server import StreamServer
from tests.unit.client.support import OK, Records, answering, client_of, serving
with serving(answering(OK)) as server, client_of(server) as (client, records):
    assert client.get("/").content == b"ok"
    with client.stream("GET", "/") as stream:
        assert stream.read_all() == b"ok"
    assert records.kinds == ["", ""]
print("done")
"""


@pytest.mark.parametrize(
    "before", ["", "from gevent import monkey; monkey.patch_all()"], ids=["plain", "patched"]
)
def test_client_works_with_and_without_monkey_patching(before: str) -> None:
    """Locust patches, other programs do not."""
    done = subprocess.run(
        [sys.executable, "-c", before + SCRIPT],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=clean_environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_import_neither_patches_nor_creates_a_hub() -> None:
    """The program decides about its event loop; Locust stays out."""
    code = (
        "import sys, loadlib.client, gevent.monkey, gevent._hub_local as local;"
        "print(gevent.monkey.is_module_patched('socket'), local.get_hub_if_exists(), 'locust' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=clean_environment(),
        timeout=60,
        check=False,
    )
    assert done.stdout == "False None False\n", done.stderr
