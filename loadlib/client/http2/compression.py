"""Header blocks written: HPACK (RFC 7541) by `hpack`, with a memory for blocks that are all index.

A client asks the same few questions for ever, so after the first round it names whole fields by one byte
each. Such a block changes no table and means the same until one does, so its translation is kept. Does not
check what the fields say (`fields`) and does not read blocks (`decompression`).
"""

from typing import Final

from hpack import Encoder

from loadlib.client.http2.fields import Fields

MAX_TABLE_BYTES: Final = 4096
_KEPT_BLOCKS: Final = 64


class HeaderEncoder:
    """Makes header blocks for one connection."""

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._kept: dict[Fields, bytes] = {}

    def resize(self, table_bytes: int) -> None:
        """Follow the server's SETTINGS_HEADER_TABLE_SIZE, up to `MAX_TABLE_BYTES`.

        The same size twice would make hpack forget to announce the first change.
        """
        size = min(table_bytes, MAX_TABLE_BYTES)
        if size != self._encoder.header_table_size:
            self._kept.clear()
            self._encoder.header_table_size = size

    def encode(self, fields: Fields) -> bytes:
        """Return the block of a field list.

        A block of as many bytes as fields consists of indexes only: a literal takes two bytes at least. Any
        other block may have changed the table, and with it what every kept one means.
        """
        block = self._kept.get(fields)
        if block is None:
            block = self._encoder.encode(fields)
            if len(block) != len(fields) or len(self._kept) == _KEPT_BLOCKS:
                self._kept.clear()
            else:
                self._kept[fields] = block
        return block
