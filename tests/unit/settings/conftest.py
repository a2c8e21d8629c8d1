"""A working directory of its own and a loader that sees nothing of the developer's shell."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from loadlib.errors import ConfigurationError
from loadlib.settings import Settings, load_settings


class Load(Protocol):
    """Loads settings from the sources given, and from nothing else."""

    def __call__(
        self,
        overrides: Mapping[str, object] | None = None,
        environ: Mapping[str, str] | None = None,
        dotenv: str | None = None,
        toml: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Settings: ...


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Return a loader whose files live in a directory of the test."""

    def run(
        overrides: Mapping[str, object] | None = None,
        environ: Mapping[str, str] | None = None,
        dotenv: str | None = None,
        toml: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Settings:
        variables = dict(environ or {})
        if dotenv is not None:
            (tmp_path / ".env").write_text(dotenv)
        if toml is not None:
            (tmp_path / "loadlib.toml").write_text(toml)
        if secrets is not None:
            (tmp_path / "secrets").mkdir(exist_ok=True)
            variables["LOADLIB_SECRETS_DIR"] = "secrets"
            for name, text in secrets.items():
                (tmp_path / "secrets" / name).write_text(text)
        return load_settings(overrides, environ=variables, cwd=tmp_path)

    return run


class Problems(Protocol):
    """Returns the lines of the error that loading raises; fails when it raises none."""

    def __call__(
        self,
        overrides: Mapping[str, object] | None = None,
        environ: Mapping[str, str] | None = None,
        dotenv: str | None = None,
        toml: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]: ...


@pytest.fixture
def problems(load: Load) -> Problems:
    """Return a loader that must fail."""

    def run(
        overrides: Mapping[str, object] | None = None,
        environ: Mapping[str, str] | None = None,
        dotenv: str | None = None,
        toml: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        with pytest.raises(ConfigurationError) as caught:
            load(overrides, environ, dotenv, toml, secrets)
        return caught.value.problems

    return run
