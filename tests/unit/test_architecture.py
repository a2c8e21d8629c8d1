"""The layers of ``loadlib``: what each may import, and that importing any of it starts nothing.

`LAYERS` is the table: a package not named in it, or an import not named in its row, fails. Third-party
names are import names; the standard library is always allowed. The reasons: docs/adr/0001.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.imports import Import, imports_of, module_name, python_files
from tests.support.process import REPOSITORY, clean_environment
from tests.support.project import declared_dependencies, distribution_names

PACKAGE = REPOSITORY / "loadlib"
MAX_LINES = 400


@dataclass(frozen=True)
class Layer:
    """One row: the parts of ``loadlib`` and the third-party packages a part may import.

    ``deferred`` names parts that may be imported inside functions only. The part ``loadlib`` is the package's
    own ``__init__``, which every program with ``loadlib`` in it pays for.
    """

    parts: frozenset[str] = frozenset()
    third_party: frozenset[str] = frozenset()
    deferred: frozenset[str] = frozenset()


def row(parts: str = "", third_party: str = "", deferred: str = "") -> Layer:
    """Build a row from words."""
    return Layer(frozenset(parts.split()), frozenset(third_party.split()), frozenset(deferred.split()))


BASE = "loadlib errors exitcodes"
PURE = f"{BASE} core protocols thresholds reports exporters"

LAYERS = {
    "core": row(),
    "protocols": row(),
    "exitcodes": row(),
    "errors": row("exitcodes"),
    "settings": row(f"{BASE} core", "pydantic pydantic_settings"),
    "thresholds": row(f"{BASE} core", "pydantic pydantic_core yaml"),
    "reports": row(f"{BASE} core thresholds"),
    "exporters": row(f"{BASE} core thresholds"),
    "client": row(f"{BASE} core protocols", "gevent httptools brotli hpack wsproto"),
    "adapters": row(f"{PURE} client settings", "locust gevent flask psutil pydantic jwt"),
    "users": row(f"{PURE} client settings adapters", "locust gevent pydantic"),
    "target": row(
        BASE, "a2a ag_ui google httpx jwt prometheus_client pydantic socketio starlette uvicorn uvloop"
    ),
    "cli": row(f"{PURE} settings target", "pydantic yaml"),
    "cli.run": row(f"{PURE} settings adapters cli", "pydantic"),
    "loadlib": row("errors exitcodes", deferred="adapters"),
    "__main__": row("cli"),
}

STARTS_WITHOUT_LOCUST = (*PURE.split()[1:], "settings")
PROVIDED_BY = {
    "pydantic_core": "pydantic",  # its other half: the types in pydantic's own signatures
    "flask": "locust",  # Locust's web UI is a Flask application, handed out as environment.web_ui.app
    "google": "a2a-sdk",  # the messages of a2a-sdk are protobuf messages
}


def part_of(name: str) -> str:
    """Return the row a module of ``loadlib`` belongs to: its first level, ``cli.run`` apart."""
    levels = name.split(".")[1:]
    if levels[:2] == ["cli", "run"]:
        return "cli.run"
    return levels[0] if levels else "loadlib"


def imported_part(name: str, root: Path) -> str:
    """Return the row an import of ``loadlib.…`` names; a name that is no module belongs to ``__init__``."""
    first = name.split(".")[1] if "." in name else ""
    is_module = (root / first).is_dir() or (root / f"{first}.py").is_file()
    return part_of(name) if first and is_module else "loadlib"


def is_allowed(found: Import, root: Path) -> bool:
    """Look one import up in the table."""
    part = part_of(module_name(found.path, root))
    layer = LAYERS.get(part, Layer())
    top = found.name.split(".")[0]
    if top != "loadlib":
        return top in sys.stdlib_module_names or top in layer.third_party
    other = imported_part(found.name, root)
    own = {part, part.split(".")[0]} if part == "cli.run" else {part}
    return other in own | layer.parts or (found.deferred and other in layer.deferred)


def violations(root: Path) -> list[str]:
    """Return one line for every import that its row does not allow."""
    found = (one for path in python_files(root) for one in imports_of(path, root))
    return [
        f"{one.path.relative_to(root.parent)}:{one.line} imports {one.name}"
        for one in found
        if not is_allowed(one, root)
    ]


def modules_of(part: str) -> list[str]:
    """Return the dotted names of all modules of a part."""
    names = [module_name(path, PACKAGE) for path in python_files(PACKAGE)]
    return [name for name in names if part_of(name).split(".")[0] == part]


EXISTING = sorted({part_of(module_name(path, PACKAGE)) for path in python_files(PACKAGE)})
LIGHT = [part for part in STARTS_WITHOUT_LOCUST if part in EXISTING]
HEAVY = [part for part in EXISTING if part not in {*LIGHT, "cli.run", "__main__"}]


def test_no_module_imports_upwards() -> None:
    """Every import goes to the standard library or to what the module's row names."""
    assert violations(PACKAGE) == []


def test_every_part_has_a_row() -> None:
    """A new package is put into the table first: where it stands is a decision."""
    assert set(EXISTING) <= LAYERS.keys()


@pytest.mark.parametrize(
    ("file", "source", "allowed"),
    [
        ("core/a.py", "import math\nfrom loadlib.core.b import c", True),
        ("core/a.py", "import locust", False),
        ("core/a.py", "def f():\n    import gevent", False),
        ("core/a.py", "from loadlib.errors import LoadlibError", False),
        ("core/a.py", "from loadlib import __version__", False),
        ("core/a.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import locust", False),
        ("core/a.py", "from ..thresholds import evaluate", False),
        ("core/sub/a.py", "from .. import sketch", True),
        ("core/a.py", "import importlib\nimportlib.import_module('loadlib.adapters.x')", False),
        ("thresholds/a.py", "from loadlib.core import sketch", True),
        ("thresholds/a.py", "from loadlib.settings import Settings", False),
        ("thresholds/a.py", "from loadlib import core, reports", False),
        ("reports/a.py", "import loadlib.adapters", False),
        ("exporters/a.py", "from gevent import spawn", False),
        ("client/a.py", "from gevent import socket", True),
        ("client/a.py", "import locust", False),
        ("client/a.py", "from loadlib.settings import Settings", False),
        ("target/a.py", "from loadlib.protocols import sse", False),
        ("users/a.py", "from loadlib.adapters.recorder import record", True),
        ("adapters/a.py", "from loadlib.users import http", False),
        ("cli/run.py", "from loadlib.adapters import launch", True),
        ("cli/check.py", "def f():\n    from loadlib.adapters import launch", False),
        ("cli/main.py", "import importlib\nimportlib.import_module(f'loadlib.cli.{1}')", True),
        ("cli/run.py", "import locust", False),
        ("__init__.py", "def install():\n    from loadlib.adapters import plugin", True),
        ("__init__.py", "from loadlib.adapters import plugin", False),
        ("somewhere/a.py", "import yaml", False),
    ],
)
def test_reader_tells_allowed_imports_from_upward_ones(
    tmp_path: Path, file: str, source: str, allowed: bool
) -> None:
    """The table is enforced on every way to write an import."""
    root = tmp_path / "loadlib"
    for part in LAYERS:
        (root / part.split(".")[0]).mkdir(parents=True, exist_ok=True)
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(source)
    assert (violations(root) == []) is allowed


def test_third_party_imports_are_declared_dependencies() -> None:
    """Nothing is used that is installed only because something else needs it."""
    groups = declared_dependencies()
    declared = {*groups[""], *groups["target"], *groups["http2"]}
    brought_by = packages_distributions()
    for name in sorted(set().union(*(layer.third_party for layer in LAYERS.values()))):
        owners = {PROVIDED_BY.get(name, ""), *distribution_names(brought_by.get(name, []))}
        assert owners & declared, f"{name} is in the table, but no dependency of pyproject.toml brings it"


def probe(*modules: str, before: str = "") -> dict[str, list[str]]:
    """Import ``modules`` in a fresh interpreter; report what that started and the top-level modules loaded.

    Packages named in ``before`` are imported first: what they start themselves is not counted.
    """
    code = f"""
import importlib, json, sys
for name in {before.split()!r}: importlib.import_module(name)
started, watched = [], ("socket.__new__", "subprocess.Popen", "os.fork", "_thread.start_new_thread",
    "_thread.start_joinable_thread")
sys.addaudithook(lambda event, _: started.append(event) if event in watched else None)
for name in {modules!r}: importlib.import_module(name)
print(json.dumps({{"started": started, "loaded": sorted({{name.split(".")[0] for name in sys.modules}})}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=clean_environment(),
        cwd=REPOSITORY,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_import_loadlib_loads_neither_locust_nor_gevent_nor_pydantic() -> None:
    """`import loadlib` costs nothing; `loadlib.install()` is what brings Locust in."""
    loaded = probe("loadlib")["loaded"]
    assert "loadlib" in loaded
    assert not {"locust", "gevent", "pydantic"} & set(loaded)


def test_probe_sees_a_socket_and_a_thread() -> None:
    """The watch itself works: a package that opens a socket when it is imported is found."""
    assert "socket.__new__" in probe("locust")["started"]


@pytest.mark.parametrize("part", LIGHT)
def test_pure_part_loads_without_locust_and_starts_nothing(part: str) -> None:
    """Reports, checks and comparisons of saved results never pay for Locust or a monkey-patched process."""
    result = probe(*modules_of(part))
    assert result["started"] == []
    assert not {"locust", "gevent"} & set(result["loaded"])


@pytest.mark.parametrize("part", HEAVY)
def test_import_of_any_part_starts_nothing(part: str) -> None:
    """No socket, thread or process of our own before somebody asks for it."""
    layer = LAYERS[part]
    assert probe(*modules_of(part), before=" ".join(sorted(layer.third_party)))["started"] == []


@pytest.mark.parametrize("folder", ["loadlib", "locustfiles", "tests"])
def test_no_module_is_longer_than_the_limit(folder: str) -> None:
    """A file that outgrows the limit has more than one responsibility."""
    lengths = {str(path): len(path.read_text().splitlines()) for path in python_files(REPOSITORY / folder)}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_module_says_what_it_is_responsible_for() -> None:
    """The first thing in a file is its responsibility; packages included."""
    bare = [
        str(path)
        for path in python_files(PACKAGE)
        if not path.read_text().lstrip().startswith(('"""', 'r"""'))
    ]
    assert bare == []
    folders = {path.parent for path in python_files(PACKAGE)}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
