"""``loadlib schema``: schemas that the suite's own documents fulfil and broken ones do not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from loadlib.cli.main import main
from loadlib.cli.schema import result_schema, schemas
from tests.unit.core.results import run_result


def problems(document: object) -> list[str]:
    """Return what the schema of results finds wrong with a document."""
    return [error.message for error in Draft202012Validator(result_schema()).iter_errors(document)]


def written() -> dict[str, Any]:
    """Return a result document with something in every part."""
    document: dict[str, Any] = json.loads(run_result().to_json())
    assert all(document[part] for part in ("series", "windows", "failures", "problems", "verdicts"))
    return document


@pytest.mark.parametrize("name", ["thresholds", "result"])
def test_each_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


def test_written_result_fulfils_its_schema() -> None:
    assert problems(written()) == []
    assert problems(json.loads(replace(run_result([]), exit_code=0).to_json())) == []


MUTATIONS = [
    ({"schema_version": 2}, "1 was expected"),
    ({"exit_code": "0"}, "is not of type 'integer'"),
    ({"more": 1}, "Additional properties are not allowed"),
    ({"run": {}}, "'id' is a required property"),
    ({"series": [{"metric": "x"}]}, "'tags' is a required property"),
    ({"metrics": [{"name": "x", "kind": "y", "contains": "time", "description": ""}]}, "is not one of"),
]


@pytest.mark.parametrize(("change", "message"), MUTATIONS)
def test_other_documents_do_not_fulfil_it(change: dict[str, object], message: str) -> None:
    assert any(message in problem for problem in problems({**written(), **change}))


def test_missing_part_is_found() -> None:
    for part in written():
        document = {key: value for key, value in written().items() if key != part}
        assert problems(document) == [f"{part!r} is a required property"]


def test_printed_schemas_are_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schemas()


def test_written_files_are_named_after_their_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "--write", str(tmp_path / "new")]) == 0
    paths = [tmp_path / "new" / f"{name}.schema.json" for name in ("thresholds", "result")]
    assert capsys.readouterr().out.split() == [str(path) for path in paths]
    assert [json.loads(path.read_text()) for path in paths] == list(schemas().values())


def test_directory_that_cannot_be_written_is_104(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["schema", "--write", str(tmp_path / "file" / "under")]) == 104
    assert capsys.readouterr().err.startswith("error: --write ")
