"""What a benchmark leaves: one JSON document, versioned, with every single measurement in it."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

SCHEMA_VERSION: Final = 1
FOLDER: Final = Path(__file__).resolve().parent / "results"


def document(
    what: str,
    *,
    started_at: datetime,
    machine: Mapping[str, Any],
    load: Mapping[str, Any],
    parts: Mapping[str, Any],
    gate: Mapping[str, Any],
    warnings: list[str],
) -> dict[str, Any]:
    """Return the document. ``parts`` holds, by benchmark, its summary and its single measurements."""
    return {
        "schema_version": SCHEMA_VERSION,
        "what": what,
        "started_at": started_at.isoformat(timespec="seconds"),
        "machine": dict(machine),
        "load_average": dict(load),
        "warnings": warnings,
        "gate": dict(gate),
        **parts,
    }


def save(content: Mapping[str, Any], folder: Path) -> Path:
    """Write a document as ``<date>-<what>.json``, a later one of the same day over the earlier."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{content['started_at'][:10]}-{content['what']}.json"
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")
    return path
