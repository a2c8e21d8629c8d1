"""Every message about a broken file, compared with its golden text: place, words, source line and carets.

``broken/*.yaml`` are read and resolved; ``broken/*.txt`` hold what is said about them.
"""

from pathlib import Path

import pytest

from loadlib.exitcodes import ExitCode
from loadlib.thresholds.errors import ThresholdsError
from loadlib.thresholds.loader import load, loads
from loadlib.thresholds.rules import resolve
from tests.support.golden import assert_golden
from tests.unit.thresholds.support import METRICS

HERE = Path(__file__).parent
BROKEN = sorted((HERE / "broken").glob("*.yaml"))


def complaint(text: str, name: str) -> ThresholdsError:
    """Return the refusal of a text."""
    with pytest.raises(ThresholdsError) as caught:
        resolve(
            loads(text, name), metrics=METRICS, environment="local", scenarios=["a2a"], run_scenario="a2a"
        )
    return caught.value


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_file_says_everything_that_is_wrong(path: Path) -> None:
    """All problems at once, in the order of the file, each with its place and carets."""
    error = complaint(path.read_bytes().decode(), path.name)
    assert_golden(path.with_suffix(".txt"), str(error) + "\n")


def test_there_are_broken_files() -> None:
    """The table above is not empty by mistake."""
    assert len(BROKEN) > 10


def test_refusal_ends_the_run_with_invalid_configuration() -> None:
    """Exit code 104; each problem is kept apart."""
    error = complaint("version: 2\nthresholds: {http_reqs: ['count>']}\n", "x.yaml")
    assert error.exit_code is ExitCode.INVALID_CONFIGURATION
    assert [problem.splitlines()[0][:12] for problem in error.problems] == ["x.yaml:1:10:", "x.yaml:2:32:"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_move_the_carets(line_end: str) -> None:
    """Lines count as editors count them."""
    text = line_end.join(["version: 1", "thresholds:", "  http_reqs: ['count>x']", ""])
    assert str(complaint(text, "x.yaml")).splitlines() == [
        "x.yaml:3:22: 'x' is not a number",
        "      http_reqs: ['count>x']",
        "                         ^",
    ]


def test_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    """A file saved by a Windows editor reads like any other."""
    file = tmp_path / "thresholds.yaml"
    file.write_bytes(b"\xef\xbb\xbfversion: 1\nthresholds: {http_reqs: [count>0]}\n")
    assert list(load(file).model.thresholds) == ["http_reqs"]


def test_missing_file_is_named(tmp_path: Path) -> None:
    """No traceback for a wrong path."""
    with pytest.raises(ThresholdsError, match=r"nowhere\.yaml: can't be read: No such file or directory$"):
        load(tmp_path / "nowhere.yaml")


def test_directory_is_not_a_file(tmp_path: Path) -> None:
    """Whatever the operating system says is passed on."""
    with pytest.raises(ThresholdsError, match=r"can't be read: Is a directory$"):
        load(tmp_path)


def test_wrong_encoding_is_shown_where_it_is(tmp_path: Path) -> None:
    """Latin-1 is refused at its first byte that is not UTF-8."""
    file = tmp_path / "latin.yaml"
    file.write_bytes("version: 1\n# größer\nthresholds: {}\n".encode("latin-1"))
    with pytest.raises(ThresholdsError) as caught:
        load(file)
    assert str(caught.value).splitlines() == [
        f"{file}:2:5: byte 0xF6 is not UTF-8; save the file as UTF-8",
        "    # größer",
        "        ^",
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but a comment\n"])
def test_empty_file_is_refused(text: str) -> None:
    """A file that judges nothing by accident is no file."""
    assert str(complaint(text, "x.yaml")) == (
        "x.yaml:1:1: the file is empty; it needs version: 1 and what a run is judged by under thresholds:"
    )


def test_wide_characters_and_tabs_keep_the_carets_below_their_text() -> None:
    """Characters of two columns count as two, a tab reaches as far as it does in the line."""
    text = 'version: 1\nthresholds: {"mm{a:終\t,b}": []}\n'
    assert str(complaint(text, "x.yaml")).splitlines()[1:] == [
        '    thresholds: {"mm{a:終\t,b}": []}',
        "                         \t ^",
    ]


def test_control_characters_never_reach_the_terminal() -> None:
    """An escape sequence in a file is refused and shown as a replacement character."""
    shown = str(complaint("version: 1\nthresholds: \x1b[31m\n", "x.yaml"))
    assert "\x1b" not in shown
    assert shown.startswith(
        "x.yaml:2:13: character U+001B is not allowed in YAML\n    thresholds: \ufffd[31m"
    )


def test_long_line_is_cut_around_the_place() -> None:
    """A document on one line of thousands of characters stays readable."""
    text = "{version: 1, thresholds: {" + ", ".join(f"m{i}: []" for i in range(10, 900)) + ", mm: [5]}}"
    message, line, carets = str(complaint(text, "x.yaml")).splitlines()[-3:]
    assert "no comparison" in message
    assert len(line) <= 164
    assert line[carets.index("^")] == "5"
