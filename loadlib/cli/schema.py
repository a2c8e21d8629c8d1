"""``loadlib schema``: the JSON Schemas of the documents that people and programs exchange with us."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from loadlib.cli.output import emit
from loadlib.cli.parser import Parser
from loadlib.core.result import SCHEMA_VERSION, RunResult
from loadlib.errors import ConfigurationError
from loadlib.exitcodes import ExitCode
from loadlib.thresholds.schema import schema as thresholds_schema

DESCRIPTION: Final = """\
Print the JSON Schemas of thresholds.yaml and result.json as one object, or write each to a file.
An editor that knows the first completes and checks a thresholds file while it is typed."""

EXAMPLES: Final = """\
  loadlib schema
  loadlib schema --write schemas
"""

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def add_arguments(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--write", metavar="DIR", type=Path, help="write <name>.schema.json files to a directory"
    )


def main(args: Namespace) -> int:
    """Print the schemas, or write them and say where."""
    if args.write is None:
        emit(json.dumps(schemas(), indent=2))
        return int(ExitCode.PASS)
    try:
        for path in write_schemas(args.write):
            emit(str(path))
    except OSError as error:
        raise ConfigurationError(f"--write {args.write}: {error.strerror or error}") from None
    return int(ExitCode.PASS)


def schemas() -> dict[str, dict[str, Any]]:
    """Return each schema by the name of its document."""
    return {"thresholds": thresholds_schema(), "result": result_schema()}


def write_schemas(directory: Path) -> list[Path]:
    """Write ``thresholds.schema.json`` and ``result.schema.json`` and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, document in schemas().items():
        path = directory / f"{name}.schema.json"
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def result_schema() -> dict[str, Any]:
    """Return the schema of ``result.json``, derived from the classes that write it."""
    derived = TypeAdapter(RunResult).json_schema(mode="serialization")
    document: dict[str, Any] = _complete(derived)
    document["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {"$schema": _DRAFT, "title": "Load test result", **document}


def _complete(node: Any, *, is_schema: bool = True) -> Any:
    """Require every field of every object, allow no others, and leave out titles and defaults.

    A result is always written whole. ``is_schema`` is false for a table of schemas, whose keys are names.
    """
    if isinstance(node, list):
        return [_complete(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _complete(value, is_schema=not is_schema or key not in ("properties", "$defs"))
        for key, value in node.items()
        if not (is_schema and key in ("title", "default"))
    }
    if is_schema and "properties" in kept:
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept
