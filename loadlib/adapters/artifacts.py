"""A run's files: a folder in the results directory, written aside and renamed, so never half there."""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path


def run_name(scenario: str, started_at_s: float) -> str:
    """Return the folder's name: UTC time and scenario, ``20261122T081500Z-a2a``."""
    stamp = datetime.fromtimestamp(started_at_s, UTC).strftime("%Y%m%dT%H%M%SZ")
    safe = "".join(char if char.isalnum() or char in "-_" else "_" for char in scenario)
    return f"{stamp}-{safe}"


def write_folder(results_dir: Path, name: str, files: Mapping[str, str]) -> Path:
    """Write a folder of text files and return it; a name that is taken gets a number.

    Raises ``OSError``, and then leaves nothing behind.
    """
    results_dir.mkdir(parents=True, exist_ok=True)
    aside = results_dir / f".{name}.{os.getpid()}.part"
    aside.mkdir()
    try:
        for file_name, text in files.items():
            (aside / file_name).write_text(text, encoding="utf-8")
        return _renamed(aside, results_dir / name)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _renamed(aside: Path, wanted: Path) -> Path:
    """Rename to the first name that is free; another process may take one at any moment."""
    for number in count(1):
        target = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            return aside.rename(target)
        except OSError:
            if not target.exists():
                raise
    raise AssertionError("counting has no end")
