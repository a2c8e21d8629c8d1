"""What ``pyproject.toml`` declares. Reads the file as it is; resolves nothing."""

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from tests.support.process import REPOSITORY


def project_table() -> dict[str, Any]:
    """Return the ``[project]`` table of ``pyproject.toml``."""
    table: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    return table


def distribution_names(requirements: Iterable[str]) -> list[str]:
    """Return the normalized names (PEP 503) of requirement lines such as ``a2a-sdk[http-server]~=1.3``."""
    heads = (re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requirements)
    return [re.sub(r"[-_.]+", "-", head).lower() for head in heads]


def declared_dependencies() -> dict[str, list[str]]:
    """Return the normalized names by group: ``""`` for the run-time dependencies, then each extra."""
    project = project_table()
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {group: distribution_names(lines) for group, lines in groups.items()}
