"""Header blocks written: kept ones never mean anything else than the table says, whatever came between."""

from hpack import Decoder
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.client.http2.compression import HeaderEncoder
from loadlib.client.http2.fields import request_fields

LINES = st.sampled_from(
    [
        b"X-A: 1",
        b"X-A: 2",
        b"User-Agent: loadlib",
        b"Cookie: " + b"c" * 300,
        b"Authorization: Bearer " + b"t" * 1500,
        b"X-Long: " + b"y" * 5000,
    ]
)


def head_of(path: bytes, lines: list[bytes]) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: example.com", *lines])


HEADS = st.builds(head_of, st.sampled_from([b"/", b"/a", b"/b?c=d"]), st.lists(LINES, max_size=3))
HISTORIES = st.lists(st.one_of(HEADS, st.sampled_from([0, 50, 400, 4096, 65536])), max_size=40)


@given(HISTORIES)
@settings(deadline=None, max_examples=100)
def test_what_is_encoded_is_what_another_decoder_reads(history: list[bytes | int]) -> None:
    """Evictions, repetitions and changes of the table's size included."""
    encoder, decoder = HeaderEncoder("https"), Decoder()
    for step in history:
        if isinstance(step, int):
            encoder.resize(step)
        else:
            fields = tuple(decoder.decode(encoder.encode(step), raw=True))
            assert fields == request_fields(step, "https")


def test_question_asked_again_costs_a_byte_per_field() -> None:
    """The first time teaches the tables, the second writes indexes only, the third is a look-up."""
    encoder = HeaderEncoder("http")
    head = head_of(b"/api/agents", [b"User-Agent: loadlib"])
    first, second, third = (encoder.encode(head) for _ in range(3))
    assert len(first) > len(second) == len(request_fields(head, "http"))
    assert third is second


def test_several_questions_are_remembered_at_a_time() -> None:
    encoder = HeaderEncoder("http")
    heads = [head_of(b"/%d" % number, []) for number in range(20)]
    for _ in range(2):
        blocks = [encoder.encode(head) for head in heads]
    assert [encoder.encode(head) is block for head, block in zip(heads, blocks, strict=True)] == [True] * 20
