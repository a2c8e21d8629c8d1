"""Content encodings undone, incrementally and with a limit: a small body may unpack to gigabytes.

Knows gzip, deflate (with and without the zlib wrapper; servers send both) and br. Does not guess: any other
name is an error of kind ``decode``. zstd is not offered: Python brings it from 3.14 on only.
"""

import zlib
from typing import Final, Protocol

import brotli  # type: ignore[import-untyped]

from loadlib.client.errors import TransportError

_GZIP_BITS: Final = 31
_ZLIB_BITS: Final = 15
_RAW_BITS: Final = -15
_BROTLI_STEP: Final = 1 << 20


class Decoder(Protocol):
    """Turns encoded bytes into decoded ones, piece by piece."""

    def feed(self, data: bytes) -> bytes:
        """Return what ``data`` adds to the decoded body."""

    def finish(self) -> None:
        """Raise unless the encoded body was complete."""


class _Inflater:
    """gzip (several members too) and deflate."""

    def __init__(self, bits: int, limit: int) -> None:
        self._bits = bits
        self._limit = limit
        self._stream = zlib.decompressobj(bits)
        self._fed = False

    def feed(self, data: bytes) -> bytes:
        if not data:
            return b""
        if not self._fed:
            self._fed = True
            if self._bits == _ZLIB_BITS and not _has_zlib_header(data):
                self._bits = _RAW_BITS
                self._stream = zlib.decompressobj(_RAW_BITS)
        try:
            return self._inflate(data)
        except zlib.error as error:
            raise TransportError("decode", str(error)) from None

    def finish(self) -> None:
        if self._fed and not self._stream.eof:
            raise TransportError("decode", "the compressed body ends in the middle")

    def _inflate(self, data: bytes) -> bytes:
        pieces = []
        while data:
            if self._stream.eof:
                if self._bits != _GZIP_BITS:
                    raise TransportError("decode", "bytes after the end of the compressed body")
                self._stream = zlib.decompressobj(self._bits)
            piece = self._stream.decompress(data, self._limit + 1)
            self._limit -= len(piece)
            if self._limit < 0:
                raise _too_large()
            pieces.append(piece)
            data = self._stream.unconsumed_tail or self._stream.unused_data
        return b"".join(pieces)


class _Brotli:
    """br."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stream = brotli.Decompressor()
        self._fed = False

    def feed(self, data: bytes) -> bytes:
        pieces = []
        self._fed = self._fed or bool(data)
        try:
            while data or not self._stream.can_accept_more_data():
                piece = self._stream.process(data, output_buffer_limit=min(_BROTLI_STEP, self._limit + 1))
                data = b""
                self._limit -= len(piece)
                if self._limit < 0:
                    raise _too_large()
                pieces.append(piece)
        except brotli.error as error:
            raise TransportError("decode", f"br: {error}") from None
        return b"".join(pieces)

    def finish(self) -> None:
        if self._fed and not self._stream.is_finished():
            raise TransportError("decode", "the compressed body ends in the middle")


class _Chain:
    """Several encodings, undone from the last applied to the first."""

    def __init__(self, decoders: list[Decoder]) -> None:
        self._decoders = decoders

    def feed(self, data: bytes) -> bytes:
        for decoder in self._decoders:
            data = decoder.feed(data)
        return data

    def finish(self) -> None:
        for decoder in self._decoders:
            decoder.finish()


def decoder_for(content_encoding: str, limit_bytes: int) -> Decoder:
    """Return a decoder for a Content-Encoding value that lets at most ``limit_bytes`` out.

    Raises:
        TransportError: kind ``decode``: an unknown encoding.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    return _Chain([_one(name, limit_bytes) for name in reversed(names) if name not in ("", "identity")])


def decode_body(content_encoding: str, data: bytes, limit_bytes: int) -> bytes:
    """Return a whole body decoded; an empty one stays empty whatever it claims to be.

    Raises:
        TransportError: kind ``decode`` or ``too_large``.
    """
    if not data:
        return data
    decoder = decoder_for(content_encoding, limit_bytes)
    decoded = decoder.feed(data)
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


def _too_large() -> TransportError:
    return TransportError("too_large", "the decoded body exceeds max_response_bytes")
