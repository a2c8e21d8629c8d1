"""Which locustfile a scenario's name stands for."""

from pathlib import Path

import pytest

from loadlib.cli.scenarios import FILES, find_scenario
from loadlib.errors import ConfigurationError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a working directory with a locustfile for every scenario."""
    (tmp_path / "locustfiles").mkdir()
    for file in FILES.values():
        (tmp_path / "locustfiles" / f"{file}.py").write_text("")
    return tmp_path


@pytest.mark.parametrize(("name", "file"), FILES.items())
def test_short_and_long_name_are_the_same_scenario(checkout: Path, name: str, file: str) -> None:
    found = find_scenario(name, checkout)
    assert (found.name, found.locustfile) == (name, checkout / "locustfiles" / f"{file}.py")
    assert find_scenario(file, checkout) == found


@pytest.mark.parametrize("path", ["mine/own_test.py", "own_test.py"])
def test_path_is_its_own_scenario(checkout: Path, path: str) -> None:
    (checkout / "mine").mkdir()
    (checkout / path).write_text("")
    found = find_scenario(path, checkout)
    assert (found.name, str(found.locustfile)) == ("own_test", path)


BAD = [
    ("dashbord", "unknown scenario 'dashbord'; did you mean 'dashboard'? (scenarios: a2a, dashboard,"),
    ("xyz", "unknown scenario 'xyz' (scenarios: a2a, "),
    ("none.py", "there is no locustfile 'none.py'"),
    ("mine/none", "there is no locustfile 'mine/none'"),
    ("a,b.py", "contains a comma"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_unknown_scenario_is_a_problem_that_names_the_known_ones(
    checkout: Path, text: str, message: str
) -> None:
    (checkout / "a,b.py").write_text("")
    with pytest.raises(ConfigurationError) as caught:
        find_scenario(text, checkout)
    assert message in str(caught.value)


def test_locustfile_beside_the_package_is_the_fallback(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    monkeypatch.setattr("loadlib.__file__", str(checkout / "loadlib" / "__init__.py"))
    assert find_scenario("a2a", empty).locustfile == checkout / "locustfiles" / "a2a_endpoints.py"
    monkeypatch.setattr("loadlib.__file__", str(empty / "loadlib" / "__init__.py"))
    with pytest.raises(ConfigurationError, match=r"there is no a2a_endpoints\.py in \./locustfiles"):
        find_scenario("a2a", empty)
