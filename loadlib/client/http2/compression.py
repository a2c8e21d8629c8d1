"""Header blocks written: HPACK (RFC 7541) by `hpack`, with a memory for blocks that are all index.

A client asks the same few questions for ever, so after the first round it names whole fields by one byte
each. Such a block changes no table and means the same until one does, so it is kept with the head that it
stands for. Does not read blocks (`decompression`).
"""

from typing import Final

from hpack import Encoder

from loadlib.client.http2.fields import request_fields

MAX_TABLE_BYTES: Final = 4096
_KEPT_BLOCKS: Final = 64


class HeaderEncoder:
    """Makes the header blocks of one connection from the heads of requests as HTTP/1.1 has them."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self._encoder = Encoder()
        self._kept: dict[bytes, bytes] = {}

    def resize(self, table_bytes: int) -> None:
        """Follow the server's SETTINGS_HEADER_TABLE_SIZE, up to `MAX_TABLE_BYTES`.

        The same size twice would make hpack forget to announce the first change.
        """
        size = min(table_bytes, MAX_TABLE_BYTES)
        if size != self._encoder.header_table_size:
            self._kept.clear()
            self._encoder.header_table_size = size

    def encode(self, head: bytes) -> bytes:
        """Return the block that stands for a request line and header lines.

        A block of as many bytes as fields consists of indexes only: a literal takes two bytes at least. Any
        other block may have changed the table, and with it what every kept one means.
        """
        block = self._kept.get(head)
        if block is None:
            fields = request_fields(head, self._scheme)
            block = self._encoder.encode(fields)
            if len(block) != len(fields) or len(self._kept) == _KEPT_BLOCKS:
                self._kept.clear()
            else:
                self._kept[head] = block
        return block
