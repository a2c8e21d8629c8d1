"""A run's folder: named by time and scenario, whole or not there at all, never another run's."""

import subprocess
import sys
from pathlib import Path

import pytest

from loadlib.adapters.artifacts import run_name, write_folder
from tests.support import clean_environment

FILES = {"result.json": '{"näme": 1}\n', "summary.txt": "PASS ✓\n"}
START_S = 1_795_335_300.9


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        ("a2a", "20261122T081500Z-a2a"),
        ("../../etc/passwd", "20261122T081500Z-______etc_passwd"),
        ("mein szenario.py", "20261122T081500Z-mein_szenario_py"),
    ],
)
def test_name_is_the_time_in_utc_and_the_scenario_as_a_plain_word(scenario: str, name: str) -> None:
    assert run_name(scenario, START_S) == name


def test_folder_holds_the_files_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "new" / "results", "run", FILES)
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    folders = [write_folder(tmp_path, "run", {"n": str(number)}) for number in range(3)]
    assert [folder.name for folder in folders] == ["run", "run-2", "run-3"]
    assert [(folder / "n").read_text() for folder in folders] == ["0", "1", "2"]


def test_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="sub"):
        write_folder(tmp_path, "run", {"good": "text", "sub/missing": "text"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["a file", "below a file"])
def test_results_directory_that_cannot_be_is_an_os_error(tmp_path: Path, what: str) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError):  # noqa: PT011 - which one is the system's business
        write_folder(tmp_path / "taken" if what == "a file" else tmp_path / "taken" / "x", "run", FILES)


def test_file_that_has_the_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    assert write_folder(tmp_path, "run", FILES).name == "run-2"
    assert (tmp_path / "run").read_text() == "mine"


def test_runs_that_write_at_the_same_time_get_a_folder_each(tmp_path: Path) -> None:
    """Processes; threads of one would share the name of the folder that is not finished yet."""
    code = "from loadlib.adapters.artifacts import write_folder; from pathlib import Path; import sys\n"
    code += "for n in range(50): write_folder(Path(sys.argv[1]), 'run', {'n': str(n)})"
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], env=clean_environment())
        for _ in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len([path for path in tmp_path.iterdir() if (path / "n").is_file()]) == 150
