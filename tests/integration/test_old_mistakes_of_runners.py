"""Mistakes that runners of this platform's load tests have made before: options and verdicts that mislead.

What is asked, by whom, what the numbers mean and what judges them is in ``test_old_mistakes``.
"""

import json
import re
from pathlib import Path
from typing import Final

import pytest

from loadlib.adapters.profiles import stages_for, total_duration_s, users_at
from loadlib.cli.command import Launch, locust_command
from loadlib.settings import load_settings, masked
from tests.integration.bench import Ended, bench, requests_of
from tests.integration.test_scenario_runs import QUICK
from tests.support import TargetServer, free_port, run_loadlib
from tests.support.process import REPOSITORY

SHIPPED: Final = REPOSITORY / "thresholds.yaml"
MIXED_RULES: Final = 'version: 1\nthresholds:\n  http_reqs: ["count>0"]\n  http_req_failed: ["rate>50%"]\n'
SECRET_TOKEN: Final = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl"


@pytest.fixture(scope="module")
def short_run(target_server: TargetServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    """Return a run of two seconds by three users, one of whose two rules is crossed."""
    folder = tmp_path_factory.mktemp("short")
    with bench(folder, target_server.env, MIXED_RULES) as place:
        return place.ended(place.loadlib("streaming", "--users 3 --duration 2s", QUICK)), folder


def test_users_and_duration_mean_what_they_say(short_run: tuple[Ended, Path]) -> None:
    run = short_run[0].result.run
    assert run.peak_users == 3
    assert 2 <= run.duration_s < 2 + 20


@pytest.mark.parametrize("profile", ["smoke", "load", "stress", "spike", "soak"])
def test_users_and_duration_scale_every_profile(profile: str) -> None:
    """Alone or together they set the peak and the length; the shape stays."""
    stages = stages_for("a2a", profile, users=8, duration_s=40)
    assert max(stage.users for stage in stages) == 8
    assert total_duration_s(stages) == pytest.approx(40)
    longer = stages_for("a2a", profile, duration_s=40)
    assert max(stage.users for stage in longer) == max(stage.users for stage in stages_for("a2a", profile))
    assert users_at(stages, 41) is None


def test_summary_says_pass_of_what_passed_and_fail_of_what_failed(short_run: tuple[Ended, Path]) -> None:
    ended, _ = short_run
    lines = ended.stdout.splitlines()
    assert ended.code == 99
    assert lines[0].startswith("FAIL")
    [good] = [line for line in lines if "http_reqs: count>0" in line]
    bad = [line for line in lines if "http_req_failed: rate>50%" in line]
    assert "✓" in good
    assert bad
    assert all("✗" in line for line in bad)


def test_summary_has_every_percentile_that_it_names(short_run: tuple[Ended, Path]) -> None:
    """A percentile that was never computed once printed as 0.00."""
    _, _, traffic = short_run[0].stdout.partition("REQUESTS")
    figures = re.findall(r"[\d.]+(?=ms|µs|s\b)", traffic.partition("ITERATIONS")[0])
    assert len(figures) > 10
    assert all(float(figure) > 0 for figure in figures)


def test_results_are_where_they_were_asked_for(short_run: tuple[Ended, Path]) -> None:
    ended, folder = short_run
    [path] = (folder / "results").glob("*/result.json")
    assert json.loads(path.read_text())["run"]["id"] == ended.result.run.id
    assert str(path.relative_to(folder)) in ended.stdout.replace("\n  ", "")


def test_no_secret_is_on_a_command_line_or_in_a_dry_run(tmp_path: Path) -> None:
    settings = load_settings(
        {}, environ={"LOADLIB_AUTH_TOKEN": SECRET_TOKEN, "LOADLIB_JWT_SECRET": "s" * 40}, cwd=tmp_path
    )
    command = locust_command(settings, Launch(Path("locustfile.py"), ui=False, master_port=1))
    shown = " ".join([*command, *masked(settings).values()])
    assert SECRET_TOKEN not in shown
    assert "s" * 40 not in shown
    done = run_loadlib(
        ["run", "a2a", "--dry-run", "--thresholds", str(SHIPPED)], {"LOADLIB_AUTH_TOKEN": SECRET_TOKEN}
    )
    assert done.returncode == 0, done.stderr
    assert SECRET_TOKEN not in done.stdout + done.stderr


def test_dry_run_needs_neither_target_nor_load_generator() -> None:
    env = {"LOADLIB_BASE_URL": f"http://127.0.0.1:{free_port()}"}
    done = run_loadlib(["run", "mixed", "--dry-run", "--thresholds", str(SHIPPED)], env)
    assert done.returncode == 0, done.stderr


def test_target_that_is_not_there_ends_the_run_before_any_load(tmp_path: Path) -> None:
    env = {"LOADLIB_BASE_URL": f"http://127.0.0.1:{free_port()}"}
    with bench(tmp_path, env) as place:
        ended = place.ended(place.loadlib("streaming", "--users 3 --duration 2s"))
    assert ended.code == 111
    assert requests_of(ended.result) == 0


def test_base_url_of_a_local_platform_moves_the_other_services_with_it() -> None:
    settings = load_settings({"base_url": "http://127.0.0.1:9100"}, environ={})
    assert [settings.web_url, settings.api_url, settings.ccr_url] == [
        f"http://127.0.0.1:{port}" for port in (9101, 9102, 9103)
    ]


def test_result_names_every_service_it_was_measured_on(short_run: tuple[Ended, Path]) -> None:
    """A word for the environment is a tag; the URLs are what was tested."""
    result = short_run[0].result
    assert set(result.run.targets) == {"agentos"}
    assert result.run.targets["agentos"].startswith("http://127.0.0.1:")
    assert result.run.environment == "development"


def test_no_text_is_ever_evaluated_by_a_shell() -> None:
    scripts = [REPOSITORY / "Makefile", *(REPOSITORY / ".ci").iterdir()]
    assert not [path.name for path in scripts if re.search(r"(^|[;&|\s])eval\s+[\"'$]", path.read_text())]
