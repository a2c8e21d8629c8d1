"""Header blocks read: as another implementation reads them, or not at all."""

import pytest
from hpack import Decoder, Encoder, HPACKError
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.client.headers import RawFields
from loadlib.client.http2.decompression import HeaderDecoder
from loadlib.client.http2.errors import ENHANCE_YOUR_CALM, Http2ConnectionError
from loadlib.client.http2.fields import Fields

NAMES = st.sampled_from([b":status", b"a", b"server", b"x-long-header-name", b"etag"])
VALUES = st.sampled_from([b"", b"1", b"200", b"v" * 30, b"w" * 300, b"x" * 1500, b"x" * 5000])
LISTS = st.lists(st.tuples(NAMES, VALUES, st.booleans()), max_size=6).map(tuple)
HISTORIES = st.lists(st.one_of(LISTS, st.sampled_from([0, 50, 400, 4096])), max_size=40)


@given(HISTORIES, st.booleans())
@settings(deadline=None, max_examples=100)
def test_what_another_encoder_writes_is_decoded(history: list[Fields | int], huffman: bool) -> None:
    """Whether the server indexes, evicts, changes its table, or forbids to index a field."""
    encoder, decoder = Encoder(), HeaderDecoder(1 << 20)
    for step in history:
        if isinstance(step, int):
            if step != encoder.header_table_size:  # hpack forgets a change that is asked for twice
                encoder.header_table_size = step
        else:
            assert decoder.decode(encoder.encode(step, huffman)) == [field[:2] for field in step]


BLOCKS = st.lists(
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from(
            [
                b"\x88",
                b"\xbe",
                b"\xc0",
                b"\x20",
                b"\x3f\xe1\x1f",
                b"\x3f\x11",
                b"\x48\x03200",
                b"\x40\x01a\x01b",
            ]
        ),
        st.sampled_from([b"\x00\x01a\x81\x8f", b"\x5f\x1d\x82\xff\xff", b"\xff\x00", b"\x0f\x2f\x00"]),
    ),
    max_size=6,
).map(b"".join)


@given(st.lists(BLOCKS, max_size=6))
@settings(deadline=None, max_examples=400)
def test_any_blocks_mean_what_another_decoder_makes_of_them(blocks: list[bytes]) -> None:
    """What one refuses the other refuses too; after that, the tables are out of step and nothing counts."""
    ours, theirs = HeaderDecoder(4096), Decoder(4096)
    for block in blocks:
        try:
            expected: RawFields | None = [
                (bytes(name), bytes(value)) for name, value in theirs.decode(block, raw=True)
            ]
        except (HPACKError, IndexError):
            expected = None
        if expected is None:
            with pytest.raises(Http2ConnectionError):
                ours.decode(block)
            return
        assert ours.decode(block) == expected


@pytest.mark.parametrize(
    "block", [b"\x80", b"\xff" + b"\x80" * 9 + b"\x01", b"\x00\x01a\x7f", b"\x3f\xff\x7f"]
)
def test_numbers_without_end_and_indexes_of_nothing_are_refused(block: bytes) -> None:
    with pytest.raises(Http2ConnectionError, match="COMPRESSION_ERROR"):
        HeaderDecoder(4096).decode(block)


def test_small_block_that_unpacks_to_much_is_too_large() -> None:
    """A header bomb: one long field in the table, named again and again by one byte."""
    decoder = HeaderDecoder(64 * 1024)
    encoder = Encoder()
    decoder.decode(encoder.encode([(b"x", b"y" * 3000)]))
    bomb = encoder.encode([(b"x", b"y" * 3000)] * 200)
    assert len(bomb) < 300
    with pytest.raises(Http2ConnectionError) as refused:
        decoder.decode(bomb)
    assert (refused.value.kind, refused.value.code) == ("too_large", ENHANCE_YOUR_CALM)
