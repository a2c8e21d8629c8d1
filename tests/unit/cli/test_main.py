"""What every command line has in common: dispatch, help, errors as lines, exit codes."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import loadlib
from loadlib.cli.main import COMMANDS, main
from loadlib.errors import ConfigurationError, InvalidEvidenceError, ScenarioSetupError
from tests.support.process import run_loadlib

USAGE_ERRORS = [
    (
        ["rum"],
        "error: unknown command 'rum'; did you mean 'run'? (commands: demo, run, target, check, schema)",
    ),
    (["run"], "error: the following arguments are required: SCENARIO (see loadlib run --help)"),
    (["run", "a2a", "--userz", "3"], "error: unknown argument '--userz'; did you mean '--users'?"),
    (["run", "a2a", "--userz=3"], "error: unknown argument '--userz=3'; did you mean '--users'?"),
    (["run", "a2a", "--user", "3"], "error: unknown argument '--user'; did you mean '--users'?"),
    (["run", "a2a", "more"], "error: unknown argument 'more' (see loadlib run --help)"),
    (["run", "a2a", "--users"], "error: argument --users: expected one argument"),
    (["run", "dashbord"], "error: unknown scenario 'dashbord'; did you mean 'dashboard'?"),
    (["--verison"], "error: unknown argument '--verison'; did you mean '--version'?"),
]


@pytest.mark.parametrize(("argv", "line"), USAGE_ERRORS)
def test_usage_error_is_one_line_and_exit_code_104(
    capsys: pytest.CaptureFixture[str], argv: list[str], line: str
) -> None:
    assert main(argv) == 104
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_no_command_shows_the_help_and_is_104(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 104
    assert "commands:" in capsys.readouterr().err


def test_help_lists_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for word in (*COMMANDS, *("0 ", "99 ", "104 ", "105 ", "107 ", "108 ", "109 ", "111 ")):
        assert f"\n  {word}" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_has_examples(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([name, "--help"]) == 0
    assert f"examples:\n  loadlib {name}" in capsys.readouterr().out


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"loadlib {loadlib.__version__}\n"


def raising(error: BaseException) -> ModuleType:
    """Return a subcommand module that raises."""
    module = ModuleType("loadlib.cli.schema")

    def run(_args: object) -> int:
        raise error

    module.__dict__.update(DESCRIPTION="", EXAMPLES="", add_arguments=lambda parser: None, main=run)
    return module


ENDS: list[tuple[BaseException, int, str]] = [
    (ConfigurationError("one: x", "two: y\n  ^^^"), 104, "error: one: x\nerror: two: y\n  ^^^\n"),
    (InvalidEvidenceError("no samples"), 111, "error: no samples\n"),
    (ScenarioSetupError("broken"), 107, "error: broken\n"),
    (KeyboardInterrupt(), 105, "error: interrupted\n"),
    (RuntimeError("a\nb"), 109, "error: internal: RuntimeError: a b (LOADLIB_DEBUG=1 shows where)\n"),
    (SystemExit(7), 7, ""),
]


@pytest.mark.parametrize(("error", "code", "text"), ENDS)
def test_every_error_is_lines_and_its_exit_code_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    text: str,
) -> None:
    monkeypatch.setitem(sys.modules, "loadlib.cli.schema", raising(error))
    assert main(["schema"]) == code
    assert capsys.readouterr().err == text


def test_traceback_of_a_bug_is_shown_on_demand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOADLIB_DEBUG", "1")
    monkeypatch.setitem(sys.modules, "loadlib.cli.schema", raising(RuntimeError("boom")))
    assert main(["schema"]) == 109
    assert "Traceback" in capsys.readouterr().err


def test_module_and_process_give_the_same_exit_code() -> None:
    done = run_loadlib(["rum"])
    assert (done.returncode, done.stdout) == (104, "")
    assert done.stderr.startswith("error: unknown command 'rum'")


@pytest.mark.parametrize("code", ["import loadlib", "import loadlib.cli.main", "import loadlib.settings"])
def test_importing_loads_neither_locust_nor_gevent(
    tmp_path: Path, code: str, loaded_modules: Callable[[str], set[str]]
) -> None:
    assert loaded_modules(code).isdisjoint({"locust", "gevent"})


def test_importing_loadlib_alone_loads_no_pydantic(loaded_modules: Callable[[str], set[str]]) -> None:
    assert "pydantic" not in loaded_modules("import loadlib; loadlib.__version__")


def test_unknown_attribute_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = loadlib.nothing
