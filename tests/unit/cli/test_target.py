"""``loadlib target``: the switches are the platform's; without the extra one line says how to get it."""

import sys

import pytest

from loadlib.cli.main import main


def test_switches_of_the_platform_are_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["target", "--help"]) == 0
    assert "--rate-limits" in capsys.readouterr().out


def test_unknown_switch_is_104_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["target", "--rate-limit", "on"]) == 104
    assert "did you mean '--rate-limits'?" in capsys.readouterr().err


def test_missing_extra_is_one_line_that_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "loadlib.target.cli", None)
    assert main(["target"]) == 104
    err = capsys.readouterr().err
    assert "pip install 'loadlib[target]'" in err
    assert err.count("\n") == 1
