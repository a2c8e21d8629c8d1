"""What the fuzz tests of the client share: hostile answers, and a profile that repeats itself exactly.

Makes bytes; sends and judges nothing.
"""

import gzip
import random
import zlib
from typing import Final

import brotli  # type: ignore[import-untyped]
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

BODY: Final = b"hello, " * 40


def repeatable(examples: int) -> settings:
    """Return settings under which every run tries the same examples, however slow the machine is."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


STATUS_LINES: Final = st.sampled_from(
    [
        *[b"HTTP/1.1 200 OK"] * 6,
        b"HTTP/1.1 200",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 304 X",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 101 X",
        b"HTTP/1.1 199 X",
        b"HTTP/1.1 302 Found",
        b"HTTP/1.1 429 X",
        b"HTTP/1.1 500 X",
        b"HTTP/1.1 999 X",
        b"HTTP/1.1 000 X",
        b"HTTP/1.2 200 OK",
        b"HTTP/2.0 200 OK",
        b"HTTP/0.9 200 OK",
        b"HTTP/1.1  200 OK",
        b"RTSP/1.0 200 OK",
        b"HTTP/1.1 200 \xff\x00",
        b"",
    ]
)
GOOD_FIELDS: Final = st.sampled_from(
    [
        *[b"Content-Length: 280"] * 4,
        *[b"Transfer-Encoding: chunked"] * 4,
        b"Content-Length: 0",
        b"Connection: close",
        b"Connection: keep-alive",
        b"Connection: upgrade",
        b"Upgrade: h2c",
        b"Content-Encoding: gzip",
        b"Content-Encoding: deflate",
        b"Content-Encoding: br",
        b"Content-Encoding: gzip, br, , identity",
        b"Content-Encoding: mystery",
        b"Content-Type: text/html; charset=utf-8",
        b"Content-Type: text/html; charset=idna",
        b"Content-Type: text/html; charset=undefined",
        b"Content-Type: text/html; charset=\xff",
        b"Content-Type: application/json",
        b"Set-Cookie: a=b; Path=/; Max-Age=9",
        b"Set-Cookie: a=b; Max-Age=" + b"9" * 400,
        b"Set-Cookie: =; Domain=..; Expires=never",
        b"Location: /elsewhere",
        b"X: \xff\xfe",
        b"X:" + b"y" * 300,
    ]
)
BAD_FIELDS: Final = st.sampled_from(
    [
        b"Content-Length: -1",
        b"Content-Length: 281",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 280, 280",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding:",
        b"X: y\r\n folded",
        b"X : y",
        b": y",
        b"X\x00: y",
        b"no colon",
    ]
)
BODIES: Final = st.sampled_from(
    [
        BODY,
        BODY[:100],
        b"",
        b"118\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"118;x=y\r\n" + BODY + b"\r\n0\r\nX: y\r\n\r\n",
        b"118\r\n" + BODY + b"\r\n",
        b"119\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\n",
        b"0\r\n\r\n",
        gzip.compress(BODY, mtime=0),
        gzip.compress(BODY, mtime=0)[:-3],
        gzip.compress(b"", mtime=0) * 50,
        zlib.compress(BODY),
        brotli.compress(BODY),
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ]
)
LINE_ENDS: Final = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b"\r\r\n"])


@st.composite
def built_answers(draw: st.DrawFn) -> bytes:
    """Return one or two answers put together from good and bad parts, mostly good ones."""
    raw = b""
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        lines = [draw(STATUS_LINES), *draw(st.lists(GOOD_FIELDS, max_size=4, unique=True))]
        if draw(st.integers(0, 5)) == 0:
            lines.insert(draw(st.integers(1, len(lines))), draw(BAD_FIELDS))
        end = draw(LINE_ENDS)
        raw += b"".join(line + b"\r\n" for line in lines[:-1]) + lines[-1] + end + b"\r\n" + draw(BODIES)
    return raw


@st.composite
def mutated_answers(draw: st.DrawFn) -> bytes:
    """Return an answer put together, then damaged: bytes flipped, cut out, repeated or put in."""
    data = bytearray(draw(built_answers()))
    dice = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data) + 1)
        span = dice.choice([1, 1, 2, 8, 40])
        way = dice.randrange(4)
        if way == 0:
            data[at : at + 1] = bytes([dice.choice(b"\0\r\n :;,\x7f\xff0fG-")])
        elif way == 1:
            del data[at : at + span]
        elif way == 2:
            data[at:at] = data[at : at + span] * dice.randint(1, 3)
        else:
            data[at:at] = dice.randbytes(span)
    return bytes(data)


HOSTILE: Final = st.one_of(
    built_answers(),
    mutated_answers(),
    st.binary(max_size=400),
    st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail),
    st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + tail),
)


def cut(data: bytes, seed: int) -> list[bytes]:
    """Return ``data`` in seeded random pieces, at least one."""
    dice = random.Random(seed)
    pieces = []
    while data:
        size = dice.choice([1, 2, 5, 40, 400, len(data)])
        pieces.append(data[:size])
        data = data[size:]
    return pieces
