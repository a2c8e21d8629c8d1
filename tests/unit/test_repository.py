"""What the repository's own files promise: pinned dependencies, documented ones, no trace of a machine."""

import re

import pytest

from tests.support.process import REPOSITORY
from tests.support.project import declared_dependencies, project_table

CONSTRAINTS = (REPOSITORY / "constraints.txt").read_text()
DEPENDENCIES = (REPOSITORY / "docs" / "dependencies.md").read_text()
ALL_DECLARED = {name for names in declared_dependencies().values() for name in names}


def test_constraints_name_no_package_index() -> None:
    """Where packages come from is the machine's setting, not the repository's."""
    assert re.findall(r"https?:|file:|--(?:extra-)?index|--find-links|@", CONSTRAINTS) == []


def test_every_constraint_is_one_version_with_hashes() -> None:
    """The same files are installed everywhere, or none."""
    entries = re.split(r"\n(?=\S)", CONSTRAINTS.strip())
    assert len(entries) > len(ALL_DECLARED)
    loose = [entry for entry in entries if not re.match(r"[a-z0-9.-]+==\S+", entry)]
    bare = [entry for entry in entries if "--hash=sha256:" not in entry]
    assert (loose, bare) == ([], [])


def test_constraints_pin_every_declared_dependency() -> None:
    """A dependency added to pyproject.toml is locked in the same change: `make lock`."""
    pinned = set(re.findall(r"^([a-z0-9.-]+)==", CONSTRAINTS, re.MULTILINE))
    assert ALL_DECLARED - pinned == set()


@pytest.mark.parametrize(("group", "heading"), [("", "Run time"), ("target", "target"), ("dev", "dev")])
def test_every_dependency_has_its_line_of_reason(group: str, heading: str) -> None:
    """docs/dependencies.md names each dependency once, under its group, and none that is gone."""
    section = re.search(
        rf"^## [^\n]*{heading}[^\n]*\n(.*?)(?=^## |\Z)", DEPENDENCIES, re.MULTILINE | re.DOTALL
    )
    assert section is not None
    documented = re.findall(r"^- `([^`]+)`: \S", section[1], re.MULTILINE)
    assert sorted(documented) == sorted(declared_dependencies()[group])


def test_every_decision_is_listed_once_in_order() -> None:
    """docs/adr/README.md is the index of the decisions."""
    folder = REPOSITORY / "docs" / "adr"
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text()) == files
    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]


@pytest.mark.parametrize("name", ["LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_document_links_lead_to_files(name: str) -> None:
    """A relative link in a top-level document leads to something."""
    text = (REPOSITORY / name).read_text()
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_changelog_knows_the_version_or_says_unreleased() -> None:
    """The newest entry is about the code as it is."""
    headings = re.findall(r"^## \[([^\]]+)\]", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] in {"Unreleased", project_table()["version"]}


def test_lowest_python_of_pyproject_is_the_one_the_makefile_checks() -> None:
    """The floor is written in two places and is one number."""
    floor = project_table()["requires-python"].removeprefix(">=")
    assert f"Python {floor} or newer" in (REPOSITORY / "Makefile").read_text()
