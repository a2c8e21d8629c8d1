"""Header blocks: HPACK (RFC 7541) by the ``hpack`` package, with a memory for blocks that are all index.

A client asks the same few questions for ever, so after the first round both sides name whole fields by one
byte each. Such a block changes no table and means the same until one does, so its translation is kept. Does
not check what the fields say (`fields`).
"""

from typing import Final

from hpack import Decoder, Encoder, HPACKError, OversizedHeaderListError

from loadlib.client.headers import RawFields
from loadlib.client.http2.errors import COMPRESSION_ERROR, ENHANCE_YOUR_CALM, Http2ConnectionError
from loadlib.client.http2.fields import Fields

MAX_TABLE_BYTES: Final = 4096
_KEPT_BLOCKS: Final = 64
_ONE_BYTE_INDEXES: Final = bytes(range(0x81, 0xFF))


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


class HeaderDecoder:
    """Reads header blocks of one connection, each of at most ``max_bytes`` as RFC 9113 10.5.1 counts."""

    def __init__(self, max_bytes: int) -> None:
        self._decoder = Decoder(max_bytes)
        self._kept: dict[bytes, RawFields] = {}

    def decode(self, block: bytes) -> RawFields:
        """Return the fields of a block; a fresh list every time.

        Raises:
            Http2ConnectionError: not HPACK, or ``too_large``; the table is out of step then.
        """
        fields = self._kept.get(block)
        if fields is None:
            fields = self._decoded(block)
            if block.translate(None, _ONE_BYTE_INDEXES) or len(self._kept) == _KEPT_BLOCKS:
                self._kept.clear()
            else:
                self._kept[block] = fields
        return fields[:]

    def _decoded(self, block: bytes) -> RawFields:
        try:
            return [(bytes(name), bytes(value)) for name, value in self._decoder.decode(block, raw=True)]
        except OversizedHeaderListError:
            text = f"more than {self._decoder.max_header_list_size} bytes of header fields"
            raise Http2ConnectionError(ENHANCE_YOUR_CALM, text, "too_large") from None
        except (HPACKError, IndexError, ValueError) as error:
            raise Http2ConnectionError(
                COMPRESSION_ERROR, f"a header block that is not HPACK: {error}"
            ) from None
