"""Header blocks read (RFC 7541): the decoder of one connection, with its table, in bounded space.

Its own loop around the Huffman and static tables of `hpack`, because there is a block in every answer: short
strings, which come again and again, are unpacked once in the process. Does not check what the fields say
(`fields`).
"""

from collections import deque
from functools import lru_cache
from typing import Final

from hpack import HPACKError
from hpack.huffman_table import decode_huffman
from hpack.table import HeaderTable

from loadlib.client.headers import RawFields
from loadlib.client.http2.errors import COMPRESSION_ERROR, ENHANCE_YOUR_CALM, Http2ConnectionError

TABLE_BYTES: Final = 4096
"""The size of the table that a client allows without saying anything, as this one does."""
ENTRY_BYTES: Final = 32
"""What an entry counts besides its name and value (RFC 7541 section 4.1)."""
REMEMBERED_STRINGS: Final = 4096
SHORT_BYTES: Final = 64
_STATIC: Final = ((b"", b""), *HeaderTable.STATIC_TABLE)
_MAX_SHIFT: Final = 28

Field = tuple[bytes, bytes]


class HeaderDecoder:
    """Reads the header blocks of one connection, each of at most ``max_bytes`` as RFC 9113 10.5.1 counts."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: deque[Field] = deque()
        self._entries_bytes = 0
        self._table_bytes = TABLE_BYTES

    def decode(self, block: bytes) -> RawFields:
        """Return the fields of a block.

        Raises:
            Http2ConnectionError: not HPACK, or ``too_large``; the table is out of step then.
        """
        try:
            return self._decoded(block)
        except (IndexError, HPACKError):
            raise _not_hpack("it ends in the middle, or names what is not in the table") from None

    def _decoded(self, block: bytes) -> RawFields:
        fields: RawFields = []
        at, end, left = 0, len(block), self._max_bytes
        while at < end:
            first = block[at]
            if first & 0x80:
                index, at = _integer(block, at, 0x7F)
                field = self._entry(index)
            elif first & 0x40:
                field, at = self._literal(block, at, 0x3F)
                self._add(field)
            elif first & 0x20:
                size, at = _integer(block, at, 0x1F)
                self._resize(size, bool(fields))
                continue
            else:
                field, at = self._literal(block, at, 0x0F)
            fields.append(field)
            left -= len(field[0]) + len(field[1]) + ENTRY_BYTES
            if left < 0:
                text = f"more than {self._max_bytes} bytes of header fields"
                raise Http2ConnectionError(ENHANCE_YOUR_CALM, text, "too_large")
        return fields

    def _literal(self, block: bytes, at: int, mask: int) -> tuple[Field, int]:
        index, at = _integer(block, at, mask)
        if index:
            name = self._entry(index)[0]
        else:
            name, at = _string(block, at)
        value, at = _string(block, at)
        return (name, value), at

    def _entry(self, index: int) -> Field:
        if index < len(_STATIC):
            if not index:
                raise IndexError
            return _STATIC[index]
        return self._entries[index - len(_STATIC)]

    def _add(self, field: Field) -> None:
        """Put a field in front of the table. The last ones make room; one that is too large empties it."""
        size = len(field[0]) + len(field[1]) + ENTRY_BYTES
        self._evict(self._table_bytes - size)
        if size <= self._table_bytes:
            self._entries.appendleft(field)
            self._entries_bytes += size

    def _resize(self, size: int, late: bool) -> None:
        if late or size > TABLE_BYTES:
            raise _not_hpack("a change of the table's size too late, or beyond what is allowed")
        self._table_bytes = size
        self._evict(size)

    def _evict(self, limit_bytes: int) -> None:
        while self._entries and self._entries_bytes > limit_bytes:
            name, value = self._entries.pop()
            self._entries_bytes -= len(name) + len(value) + ENTRY_BYTES


def _integer(block: bytes, at: int, mask: int) -> tuple[int, int]:
    """Return an integer whose first bits share a byte, and where it ends (RFC 7541 section 5.1)."""
    value = block[at] & mask
    at += 1
    if value < mask:
        return value, at
    shift = 0
    while True:
        byte = block[at]
        at += 1
        value += (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
        if shift > _MAX_SHIFT:
            raise _not_hpack("an integer without end")


def _string(block: bytes, at: int) -> tuple[bytes, int]:
    """Return a string literal, unpacked, and where it ends (RFC 7541 section 5.2)."""
    packed = block[at] & 0x80
    size, at = _integer(block, at, 0x7F)
    end = at + size
    if end > len(block):
        raise IndexError
    text = block[at:end]
    if packed:
        text = _unpacked(text) if size <= SHORT_BYTES else decode_huffman(text)
    return text, end


@lru_cache(maxsize=REMEMBERED_STRINGS)
def _unpacked(packed: bytes) -> bytes:
    return decode_huffman(packed)


def _not_hpack(reason: str) -> Http2ConnectionError:
    return Http2ConnectionError(COMPRESSION_ERROR, f"a header block that is not HPACK: {reason}")
