"""Header compression: kept blocks never mean anything else than the tables say, whatever came between."""

from contextlib import suppress

import pytest
from hpack import Decoder, Encoder
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.client.http2.compression import HeaderDecoder, HeaderEncoder
from loadlib.client.http2.errors import ENHANCE_YOUR_CALM, Http2ConnectionError
from loadlib.client.http2.fields import Fields

NAMES = st.sampled_from([b":status", b"a", b"server", b"x-long-header-name", b"etag"])
VALUES = st.sampled_from([b"", b"1", b"200", b"v" * 30, b"w" * 300, b"x" * 1500])
LISTS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(tuple)
HISTORIES = st.lists(st.one_of(LISTS, st.sampled_from([0, 50, 400, 4096])), max_size=40)


@given(HISTORIES)
@settings(deadline=None, max_examples=150)
def test_what_is_encoded_is_what_another_decoder_reads(history: list[Fields | int]) -> None:
    """Evictions, repetitions and changes of the table's size included."""
    encoder, decoder = HeaderEncoder(), Decoder()
    for step in history:
        if isinstance(step, int):
            encoder.resize(step)
        else:
            assert tuple(decoder.decode(encoder.encode(step), raw=True)) == step


@given(HISTORIES)
@settings(deadline=None, max_examples=150)
def test_what_another_encoder_writes_is_decoded(history: list[Fields | int]) -> None:
    """Whether the server indexes, evicts, or changes its table."""
    encoder, decoder = Encoder(), HeaderDecoder(1 << 20)
    for step in history:
        if isinstance(step, int):
            if step != encoder.header_table_size:  # hpack forgets a change that is asked for twice
                encoder.header_table_size = step
        else:
            assert tuple(decoder.decode(encoder.encode(step))) == step


def test_question_asked_again_costs_a_byte_per_field() -> None:
    """The first time teaches the tables, the second writes indexes only, the third is a look-up."""
    encoder = HeaderEncoder()
    fields = ((b":method", b"GET"), (b":path", b"/api/agents"), (b"user-agent", b"loadlib"))
    first, second, third = (encoder.encode(fields) for _ in range(3))
    assert len(first) > len(second) == len(fields)
    assert third is second


def test_fields_that_a_caller_changes_do_not_change_what_is_kept() -> None:
    decoder = HeaderDecoder(1000)
    block = b"\x88"
    decoder.decode(block).append((b"x", b"y"))
    assert decoder.decode(block) == [(b":status", b"200")]


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


@given(st.binary(max_size=60))
@settings(deadline=None, max_examples=500)
def test_any_bytes_are_fields_or_a_named_error(block: bytes) -> None:
    decoder = HeaderDecoder(4096)
    with suppress(Http2ConnectionError):
        fields = decoder.decode(block)
        assert all(isinstance(part, bytes) for field in fields for part in field)
