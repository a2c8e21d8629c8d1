"""The committed JSON Schemas are the ones that the code makes; ``make schemas`` writes them."""

import json
from pathlib import Path

import pytest

from loadlib.cli.schema import schemas

FOLDER = Path(__file__).parents[2] / "schemas"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_committed_schema_is_the_generated_one(name: str) -> None:
    committed = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert committed == schemas()[name]


def test_no_other_schema_is_committed() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.schema.json" for name in schemas()}
