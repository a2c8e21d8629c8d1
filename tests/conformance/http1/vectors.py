"""The response vectors of the YAML files beside this one, as checked objects. Sends nothing.

A vector is an answer as bytes, where it is known from, the rule it is about, and what a client must make of
it. Text stands for bytes by Latin-1.
"""

import gzip
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import brotli  # type: ignore[import-untyped]
import yaml

SOURCES: Final = {
    "llhttp": "nodejs/llhttp, test/response",
    "http-parser": "nodejs/http-parser, test.c",
    "h11": "python-hyper/h11, h11/tests",
    "httptools": "MagicStack/httptools, tests/test_parser.py",
    "rfc9110": "RFC 9110, HTTP Semantics",
    "rfc9112": "RFC 9112, HTTP/1.1",
}
CHUNKED_HEAD: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SPLITS: Final = ("whole", "bytes", "random 1", "random 2", "random 3")
BYTE_BY_BYTE_UP_TO: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One answer and what it means.

    Attributes:
        raw: the answer; surplus: bytes behind it that nobody asked for.
        eof: the server closes the connection behind it.
        status, body, headers, fields: what is read; a header of None must be absent.
        error: the kind of the failed sample, empty for a good one.
        reused: the connection carries the next request.
        deviation: what a rule, or another parser, would have otherwise, and why it is so.
    """

    name: str
    source: tuple[str, ...]
    rule: str
    raw: bytes
    method: str = "GET"
    surplus: bytes = b""
    eof: bool = False
    status: int = 0
    body: bytes = b""
    headers: dict[str, str | None] = field(default_factory=dict)
    fields: dict[str, list[str]] = field(default_factory=dict)
    error: str = ""
    reused: bool = False
    limit_bytes: int = 64 * 1024 * 1024
    deviation: str = ""

    def pieces(self, split: str) -> list[bytes]:
        """Return the bytes as the server sends them: one of `SPLITS`, the random ones seeded by name."""
        data = self.raw + self.surplus
        if split == "whole":
            return [data]
        if split == "bytes":
            size = 1 if len(data) <= BYTE_BY_BYTE_UP_TO else len(data) // 500
            return [data[at : at + size] for at in range(0, len(data), size)]
        dice = random.Random(f"{self.name} {split}")
        cuts = sorted({dice.randrange(len(data) + 1) for _ in range(dice.randint(1, 8))} | {0, len(data)})
        return [data[begin:end] for begin, end in pairwise(cuts)]


def deviations_page(vectors: dict[str, Vector]) -> str:
    """Return the Markdown page of what is read otherwise than a rule or another parser has it."""
    counts = {name: sum(name in vector.source for vector in vectors.values()) for name in SOURCES}
    lines = [
        "# Response vectors",
        "",
        f"{len(vectors)} answers, written anew from what these tests and documents check; a vector may have",
        "several sources.",
        "",
        "| source | where | vectors |",
        "|---|---|---|",
        *(f"| {name} | {where} | {counts[name]} |" for name, where in SOURCES.items()),
        "",
        "Read otherwise than the rule, or than another parser, on purpose:",
        "",
        "| vector | rule | outcome | why |",
        "|---|---|---|---|",
        *(
            f"| `{key}` | {vector.rule} | {vector.error or 'read'} | {vector.deviation} |"
            for key, vector in vectors.items()
            if vector.deviation
        ),
    ]
    return "\n".join(lines) + "\n"


def _bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


_CODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zlib": zlib.compress,
    "deflate": _bare_deflate,
    "br": brotli.compress,
}


@cache
def load_vectors() -> dict[str, Vector]:
    """Return all vectors by "file/name".

    Raises:
        ValueError: a file says something that is not a vector.
    """
    vectors = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text("utf-8")):
            vector = _vector(dict(entry))
            key = f"{path.stem}/{vector.name}"
            if key in vectors:
                raise ValueError(f"two vectors named {key}")
            vectors[key] = vector
    return vectors


def _vector(entry: dict[str, Any]) -> Vector:
    entry["source"] = tuple(entry["source"])
    if not entry["source"] or not set(entry["source"]) <= set(SOURCES):
        raise ValueError(f"{entry['name']}: sources are {', '.join(SOURCES)}, not {entry['source']}")
    entry["fields"] = entry.pop("all", {})
    if "chunks" in entry:
        entry["raw"] = CHUNKED_HEAD + entry.pop("chunks").encode("latin-1")
        entry = _good_defaults(entry)
    elif "coding" in entry:
        entry["raw"] = _coded(entry.pop("coding"), entry.pop("parts"))
        entry = {**_good_defaults(entry), "status": 200, "reused": True}
    else:
        entry["raw"] = entry["raw"].encode("latin-1")
    for name in ("surplus", "body"):
        entry[name] = entry.get(name, "").encode("latin-1")
    return Vector(**entry)


def _good_defaults(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry as a good vector, status 200 and a connection that is kept, unless it has an error."""
    return entry if "error" in entry else {"status": 200, "reused": True, **entry}


def _coded(coding: str, parts: list[dict[str, Any]]) -> bytes:
    body = b"".join(_part(**part) for part in parts)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def _part(
    text: str,
    by: list[str] | None = None,
    times: int = 1,
    keep: int | None = None,
    then: list[str] | None = None,
    copies: int = 1,
) -> bytes:
    data = text.encode("latin-1") * times
    for name in by or ():
        data = _CODERS[name](data)
    data = data[:keep]
    for name in then or ():
        data = _CODERS[name](data)
    return data * copies
