"""The suite's options on Locust's command line."""

from argparse import Namespace

import pytest
from locust.argument_parser import LocustArgumentParser

from loadlib.adapters.options import add_options, overrides

GIVEN = [
    ([], {}),
    (["--load-profile", "soak"], {"profile": "soak"}),
    (["--thresholds", "mine.yaml"], {"thresholds": "mine.yaml"}),
    (["--target-environment", "staging"], {"environment": "staging"}),
    (["--results-dir", "out"], {"results_dir": "out"}),
    (["--require-all"], {"require_all": True}),
    (["--host", "http://127.0.0.1:1"], {"base_url": "http://127.0.0.1:1"}),
]


def parser() -> LocustArgumentParser:
    made = LocustArgumentParser()
    made.add_argument("--host")
    made.add_argument("--web-host", default="")
    add_options(made)
    return made


@pytest.mark.parametrize(("arguments", "settings"), GIVEN)
def test_option_is_the_setting_it_stands_for_and_the_rest_is_left_alone(
    arguments: list[str], settings: dict[str, object]
) -> None:
    assert overrides(parser().parse_args(arguments)) == settings


def test_no_options_at_all_are_no_settings() -> None:
    assert (
        overrides(None) == overrides(Namespace()) == overrides(Namespace(host="", loadlib_profile="")) == {}
    )


def test_web_ui_listens_on_loopback_unless_told_otherwise() -> None:
    assert parser().parse_args([]).web_host == "127.0.0.1"
    assert parser().parse_args(["--web-host", "0.0.0.0"]).web_host == "0.0.0.0"


def test_no_option_takes_a_secret() -> None:
    names = [name for action in parser()._actions for name in action.option_strings]
    assert not [
        name for name in names if any(word in name for word in ("token", "secret", "key", "password"))
    ]
