"""Header blocks written: kept ones never mean anything else than the table says, whatever came between."""

from hpack import Decoder
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.client.http2.compression import HeaderEncoder
from loadlib.client.http2.fields import Fields

NAMES = st.sampled_from([b":status", b"a", b"server", b"x-long-header-name", b"etag"])
VALUES = st.sampled_from([b"", b"1", b"200", b"v" * 30, b"w" * 300, b"x" * 1500])
LISTS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(tuple)
HISTORIES = st.lists(st.one_of(LISTS, st.sampled_from([0, 50, 400, 4096])), max_size=40)


@given(HISTORIES)
@settings(deadline=None, max_examples=100)
def test_what_is_encoded_is_what_another_decoder_reads(history: list[Fields | int]) -> None:
    """Evictions, repetitions and changes of the table's size included."""
    encoder, decoder = HeaderEncoder(), Decoder()
    for step in history:
        if isinstance(step, int):
            encoder.resize(step)
        else:
            assert tuple(decoder.decode(encoder.encode(step), raw=True)) == step


def test_question_asked_again_costs_a_byte_per_field() -> None:
    """The first time teaches the tables, the second writes indexes only, the third is a look-up."""
    encoder = HeaderEncoder()
    fields = ((b":method", b"GET"), (b":path", b"/api/agents"), (b"user-agent", b"loadlib"))
    first, second, third = (encoder.encode(fields) for _ in range(3))
    assert len(first) > len(second) == len(fields)
    assert third is second
