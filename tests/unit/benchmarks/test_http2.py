"""HTTP/2 beside HTTP/1.1: the same user, told the other version, at the other port."""

from pathlib import Path

import pytest

from benchmarks.generators import OWN, Job
from benchmarks.http2_bench import HTTP2_GENERATORS, http2_part
from benchmarks.options import parse
from benchmarks.target import TargetError


def test_both_rows_differ_in_the_version_alone() -> None:
    job = Job("http://127.0.0.1:1", 5, Path("somewhere"), 9)
    first, second = HTTP2_GENERATORS[OWN], HTTP2_GENERATORS["loadlib-h2"]
    assert second.command(job) == first.command(job)
    assert second.environment(job) == {**first.environment(job), "LOADLIB_HTTP_VERSION": "2"}
    assert (first.http2, second.http2) == (False, True)


def test_without_nginx_http2_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TargetError, match="http2 needs nginx on PATH"):
        http2_part(parse(["http2"]), 0.0, lambda _: None)
