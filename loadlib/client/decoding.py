"""Content encodings undone, in bounded pieces and with a limit: a small body may unpack to gigabytes.

Knows gzip, deflate (with and without the zlib wrapper; servers send both) and br. Does not guess: any other
name is an error of kind ``decode``. zstd is not offered: Python brings it from 3.14 on only.
"""

import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Final, Protocol

import brotli  # type: ignore[import-untyped]

from loadlib.client.errors import TransportError

PIECE_BYTES: Final = 1 << 20
MAX_ENCODINGS: Final = 5
MAX_MEMBERS: Final = 100_000
_GZIP_BITS: Final = 31
_ZLIB_BITS: Final = 15
_RAW_BITS: Final = -15
_BROTLI_STEP: Final = PIECE_BYTES // 2
_BLOCK_BYTES: Final = 1 << 14
_INCOMPLETE: Final = "the compressed body ends in the middle"


class Decoder(Protocol):
    """Turns encoded bytes into decoded ones, piece by piece."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what ``data`` adds to the decoded body, in pieces of 1 to `PIECE_BYTES` bytes.

        Nothing is unpacked before it is asked for. Take every piece before feeding more.
        """

    def finish(self) -> None:
        """Raise unless the encoded body was complete."""


class _Inflater:
    """gzip (several members too) and deflate."""

    def __init__(self, bits: int, limit: int) -> None:
        self._bits = bits
        self._left = limit
        self._members = 1
        self._stream = zlib.decompressobj(bits)
        self._fed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if data and not self._fed:
            self._fed = True
            if self._bits == _ZLIB_BITS and not _has_zlib_header(data):
                self._bits = _RAW_BITS
                self._stream = zlib.decompressobj(_RAW_BITS)
        for start in range(0, len(data), _BLOCK_BYTES):
            yield from self._inflate(data[start : start + _BLOCK_BYTES])

    def finish(self) -> None:
        if self._fed and not self._stream.eof:
            raise TransportError("decode", _INCOMPLETE)

    def _inflate(self, block: bytes) -> Iterator[bytes]:
        """Unpack one block: short, because zlib copies what is left of it at the end of every member."""
        full = False
        while block or (full and not self._stream.eof):
            if self._stream.eof:
                self._begin_member()
            room = min(PIECE_BYTES, self._left + 1)
            try:
                piece = self._stream.decompress(block, room)
            except zlib.error as error:
                raise TransportError("decode", str(error)) from None
            self._left = _left_of(self._left, piece)
            full = len(piece) == room
            block = self._stream.unconsumed_tail or self._stream.unused_data
            if piece:
                yield piece

    def _begin_member(self) -> None:
        if self._bits != _GZIP_BITS:
            raise TransportError("decode", "bytes after the end of the compressed body")
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise TransportError("decode", f"more than {MAX_MEMBERS} gzip members")
        self._stream = zlib.decompressobj(self._bits)


class _Brotli:
    """br. Its output comes in blocks, each twice the one before, so a piece may be twice what it was told."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._stream = brotli.Decompressor()
        self._fed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Ask until nothing comes: bytes may wait inside although the decoder would take more."""
        if not data:
            return
        self._fed = True
        while piece := self._process(data):
            yield piece
            data = b""
            if self._stream.is_finished():
                return

    def finish(self) -> None:
        if self._fed and not self._stream.is_finished():
            raise TransportError("decode", _INCOMPLETE)

    def _process(self, data: bytes) -> bytes:
        try:
            piece: bytes = self._stream.process(data, output_buffer_limit=min(_BROTLI_STEP, self._left + 1))
        except brotli.error as error:
            raise TransportError("decode", f"br: {error}") from None
        self._left = _left_of(self._left, piece)
        return piece


class _Chain:
    """Several encodings, undone from the last applied to the first."""

    def __init__(self, decoders: list[Decoder]) -> None:
        self._decoders = decoders

    def feed(self, data: bytes) -> Iterator[bytes]:
        pieces: Iterator[bytes] = iter((data,) if data else ())
        for decoder in self._decoders:
            pieces = chain.from_iterable(map(decoder.feed, pieces))
        return pieces

    def finish(self) -> None:
        for decoder in self._decoders:
            decoder.finish()


def decoder_for(content_encoding: str, limit_bytes: int) -> Decoder:
    """Return a decoder for a Content-Encoding value that lets at most ``limit_bytes`` out.

    Raises:
        TransportError: kind ``decode``: an unknown encoding, or more than `MAX_ENCODINGS` of them; a decoder
            takes some 50 KiB, and a head has room for thousands.
    """
    given = (name.strip().lower() for name in content_encoding.split(","))
    names = [name for name in given if name not in ("", "identity")]
    if len(names) > MAX_ENCODINGS:
        raise TransportError("decode", f"{len(names)} content encodings are more than {MAX_ENCODINGS}")
    return _Chain([_one(name, limit_bytes) for name in reversed(names)])


def decode_body(content_encoding: str, data: bytes, limit_bytes: int) -> bytes:
    """Return a whole body decoded; an empty one stays empty whatever it claims to be.

    Raises:
        TransportError: kind ``decode`` or ``too_large``.
    """
    if not data:
        return data
    decoder = decoder_for(content_encoding, limit_bytes)
    decoded = b"".join(decoder.feed(data))
    decoder.finish()
    return decoded


def _one(name: str, limit: int) -> Decoder:
    if name in ("gzip", "x-gzip"):
        return _Inflater(_GZIP_BITS, limit)
    if name == "deflate":
        return _Inflater(_ZLIB_BITS, limit)
    if name == "br":
        return _Brotli(limit)
    raise TransportError("decode", f"unknown content encoding {name[:40]!r}")


def _has_zlib_header(data: bytes) -> bool:
    """RFC 1950: compression method 8, and the first two bytes are a multiple of 31."""
    return data[0] & 0x0F == 8 and (len(data) < 2 or int.from_bytes(data[:2], "big") % 31 == 0)


def _left_of(left: int, piece: bytes) -> int:
    if len(piece) > left:
        raise TransportError("too_large", "the decoded body exceeds max_response_bytes")
    return left - len(piece)
