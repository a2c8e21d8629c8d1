"""Bodies of forms with files, and compressed ones: read back by code that is not ours."""

import gzip
import io
import zlib
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import brotli
import pytest

from loadlib.client.compression import compress_body
from loadlib.client.multipart import encode_multipart


def parts_of(body: bytes, content_type: str) -> list[Message]:
    """Read a form back with the standard library's MIME parser."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    assert message.is_multipart()
    return [part for part in message.get_payload() if isinstance(part, Message)]


def test_form_is_read_back_whole(tmp_path: Path) -> None:
    """Fields first, a list value as several; then files with their names and types."""
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF\r\n--x\x00")
    with path.open("rb") as file:
        body, kind = encode_multipart(
            {"title": "Über", "tag": ["a", "b"], "count": 3},
            [("one", b"\x00\xff"), ("two", ("two.csv", "a,b", "text/csv")), ("three", file)],
        )
    found = [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part["content-type"],
            part.get_payload(decode=True),
        )
        for part in parts_of(body, kind)
    ]
    assert found == [
        ("title", None, None, "Über".encode()),
        ("tag", None, None, b"a"),
        ("tag", None, None, b"b"),
        ("count", None, None, b"3"),
        ("one", "one", "application/octet-stream", b"\x00\xff"),
        ("two", "two.csv", "text/csv", b"a,b"),
        ("three", "report.pdf", "application/octet-stream", b"%PDF\r\n--x\x00"),
    ]


def test_same_form_gives_the_same_bytes_and_another_form_another_boundary() -> None:
    """Parts that only together look alike are told apart."""
    first = encode_multipart({"a": "1"}, {"f": b"x"})
    assert encode_multipart({"a": "1"}, {"f": io.BytesIO(b"x")}) == first
    assert encode_multipart({"a": "1"}, {"f": b"y"})[1] != first[1]


def test_names_cannot_break_out_of_their_header() -> None:
    """As browsers write them."""
    body, _ = encode_multipart(None, {'na"me\r\nX-Evil: 1': ('fi"le\n.txt', b"")})
    assert b'name="na%22me%0D%0AX-Evil: 1"; filename="fi%22le%0A.txt"' in body


@pytest.mark.parametrize(
    "file", [7, ("name",), ("name", b"x", "text/plain", "more"), ("name", 7), ("n", b"", "a\r\nX: y")]
)
def test_what_is_no_file_is_refused(file: Any) -> None:
    with pytest.raises(ValueError, match="'upload'"):
        encode_multipart(None, {"upload": file})


@pytest.mark.parametrize(
    ("wanted", "header"),
    [("gzip", "gzip"), ("deflate", "deflate"), ("br", "br"), ("GZIP,br", "gzip, br")],
)
def test_compressed_body_is_read_back(wanted: str, header: str) -> None:
    """Several encodings are undone from the right to the left; equal bodies give equal bytes."""
    undo = {"gzip": gzip.decompress, "deflate": zlib.decompress, "br": brotli.decompress}
    body = b"the same again " * 1000
    packed, said = compress_body(body, wanted)
    assert said == header
    assert len(packed) < len(body) / 10
    assert compress_body(body, wanted)[0] == packed
    for name in reversed(said.split(", ")):
        packed = undo[name](packed)
    assert packed == body


@pytest.mark.parametrize(
    ("wanted", "said"), [("zstd", "3.14"), ("lzma", "gzip, deflate, br"), ("", "not by ''")]
)
def test_encoding_that_is_not_offered_is_refused(wanted: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compress_body(b"x", wanted)
