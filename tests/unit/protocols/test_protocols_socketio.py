"""Packets of engine.io and socket.io against python-socketio's own codec, and what is none of either."""

import json
import random
import string

import engineio.packet
import pytest
import socketio.packet
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.protocols.failures import KINDS, Failure
from loadlib.protocols.socketio import (
    EngineType,
    Packet,
    PacketType,
    Session,
    decode_engine,
    decode_packet,
    decode_session,
    encode_packet,
    with_attachments,
)

TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
NAMESPACES = st.sampled_from(["/", "/realtime", "/a-b_c"])
NAMES = st.sampled_from(["dashboard.state.sync", "connection.status", "x"])
PACKETS = st.one_of(
    st.builds(
        Packet, st.just(PacketType.CONNECT), NAMESPACES, st.dictionaries(TEXTS, JSON_VALUES, max_size=3)
    ),
    st.builds(Packet, st.just(PacketType.DISCONNECT), NAMESPACES),
    st.builds(
        Packet, st.just(PacketType.CONNECT_ERROR), NAMESPACES, st.dictionaries(TEXTS, TEXTS, max_size=2)
    ),
    st.builds(
        Packet,
        st.just(PacketType.EVENT),
        NAMESPACES,
        st.builds(lambda name, args: [name, *args], NAMES, st.lists(JSON_VALUES, max_size=3)),
        st.none() | st.integers(0, 10**9),
    ),
    st.builds(
        Packet, st.just(PacketType.ACK), NAMESPACES, st.lists(JSON_VALUES, max_size=3), st.integers(0, 10**9)
    ),
)


def foreign(packet: Packet) -> str:
    """Return the message that python-socketio and python-engineio make of a packet."""
    inner = socketio.packet.Packet(
        int(packet.type), data=packet.data, namespace=packet.namespace, id=packet.id, binary=False
    ).encode()
    text = engineio.packet.Packet(engineio.packet.MESSAGE, inner).encode()
    assert isinstance(text, str)
    return text


def read(text: str) -> Packet | Failure:
    """Read a whole message."""
    engine = decode_engine(text)
    assert not isinstance(engine, Failure)
    assert engine[0] is EngineType.MESSAGE
    return decode_packet(engine[1])


@settings(deadline=None)
@given(PACKETS)
def test_what_the_foreign_codec_writes_is_read(packet: Packet) -> None:
    assert read(foreign(packet)) == packet


@settings(deadline=None)
@given(PACKETS)
def test_what_is_written_the_foreign_codec_reads(packet: Packet) -> None:
    message = engineio.packet.Packet(encoded_packet=encode_packet(packet))
    assert message.packet_type == engineio.packet.MESSAGE
    theirs = socketio.packet.Packet(encoded_packet=encode_packet(packet)[1:])
    assert (theirs.packet_type, theirs.namespace or "/", theirs.id, theirs.data) == (
        int(packet.type),
        packet.namespace,
        packet.id,
        packet.data,
    )


def test_binary_events_of_the_foreign_codec_are_read() -> None:
    data = ["report", {"image": b"\x00\x01", "more": [b"\x02", "text"]}]
    head, *attachments = socketio.packet.Packet(data=data, namespace="/realtime").encode()
    packet = decode_packet(head)
    assert isinstance(packet, Packet)
    assert (packet.type, packet.attachments) == (PacketType.BINARY_EVENT, 2)
    assert with_attachments(packet.data, attachments) == data


def test_types_are_the_foreign_codecs() -> None:
    assert [kind.name for kind in PacketType] == socketio.packet.packet_names
    assert [kind.name for kind in EngineType] == engineio.packet.packet_names


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", "engineio"), ("x", "engineio"), ("7", "engineio"), ("٣", "engineio")],
)
def test_what_is_no_engine_packet_has_a_name(text: str, kind: str) -> None:
    failure = decode_engine(text)
    assert isinstance(failure, Failure)
    assert failure.kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "socketio"),
        ("9[]", "socketio"),
        ("x", "socketio"),
        ("٣", "socketio"),
        ('51-["a"]', None),
        ('5["a"]', "socketio"),
        ('565-["a"]', "socketio"),
        ('21-["a"]', "socketio"),
        ("2" + "1" * 16 + '["a"]', "socketio"),
        ("2{", "bad_json"),
        ('2["a"', "bad_json"),
        ('2["a"]x', "bad_json"),
        ("2" + "[" * 100_000, "bad_json"),
        ("2[" + "9" * 10_000 + "]", "bad_json"),
        ("2", "bad_shape"),
        ("2[]", "bad_shape"),
        ("2null", "bad_shape"),
        ("2[1]", "bad_shape"),
        ('2{"a":1}', "bad_shape"),
        ('2["connect"]', "bad_shape"),
        ('2["disconnect"]', "bad_shape"),
        ("3{}", "bad_shape"),
        ("0[]", "bad_shape"),
        ('1["x"]', "bad_shape"),
        ("4[1]", "bad_shape"),
        ("4", "bad_shape"),
        ("1", None),
        ('4"no"', None),
        ("2/realtime,", "bad_shape"),
        ('2/realtime?x=1,["a"]', None),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_packet_has_a_name(text: str, kind: str | None) -> None:
    found = decode_packet(text)
    assert (found.kind if isinstance(found, Failure) else None) == kind


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ("", "bad_json"),
        ("[]", "not_object"),
        ("{}", "bad_shape"),
        ('{"sid":"","pingInterval":1,"pingTimeout":1}', "bad_shape"),
        ('{"sid":"a","pingInterval":0,"pingTimeout":1}', "bad_shape"),
        ('{"sid":"a","pingInterval":true,"pingTimeout":1}', "bad_shape"),
        ('{"sid":"a","pingInterval":"1","pingTimeout":1}', "bad_shape"),
        ('{"sid":"a","pingInterval":1,"pingTimeout":1e99}', "bad_shape"),
        ('{"sid":"a","pingInterval":NaN,"pingTimeout":1}', "bad_shape"),
    ],
)
def test_a_session_without_id_or_times_is_none(payload: str, kind: str) -> None:
    failure = decode_session(payload)
    assert isinstance(failure, Failure)
    assert failure.kind == kind


def test_times_of_a_session_are_seconds() -> None:
    text = json.dumps({"sid": "s", "upgrades": [], "pingInterval": 25_000, "pingTimeout": 10_000})
    session = decode_session(text)
    assert session == Session("s", 25.0, 10.0)
    assert session.silence_s == 35.0


@pytest.mark.parametrize("number", [1, -1, 0.0, "0", None, True, 10**30])
def test_a_placeholder_for_nothing_is_a_failure(number: object) -> None:
    found = with_attachments(["a", {"_placeholder": True, "num": number}], [b"only"])
    assert isinstance(found, Failure)


@pytest.mark.parametrize(
    "packet",
    [
        Packet(PacketType.BINARY_EVENT, "/", ["a"]),
        Packet(PacketType.EVENT, "/", ["a", b"bytes"]),
        Packet(PacketType.EVENT, "/", ["a", float("nan")]),
    ],
)
def test_what_cannot_be_sent_is_said_at_once(packet: Packet) -> None:
    with pytest.raises(ValueError, match=r"binary|JSON"):
        encode_packet(packet)


@settings(deadline=None, max_examples=500)
@given(st.text(max_size=60) | st.text(alphabet="0123456/-,[]{}\"'a?null ", max_size=40))
def test_any_text_is_a_packet_or_a_named_failure(text: str) -> None:
    engine, packet, session = decode_engine(text), decode_packet(text), decode_session(text)
    for found in (engine, packet, session):
        if isinstance(found, Failure):
            assert found.family in KINDS
        else:
            assert isinstance(found, tuple | Packet | Session)


def test_damaged_messages_are_read_or_named() -> None:
    """Every good message, cut anywhere and with any character changed."""
    rng = random.Random(1)
    good = '42/realtime,17["dashboard.state.sync",{"path":"widgets.a","version":3,"sourceTabId":"t"}]'
    damaged = [good[:cut] for cut in range(len(good))]
    damaged += [
        good[:at] + rng.choice(string.printable) + good[at + 1 :] for at in range(len(good)) for _ in range(5)
    ]
    for text in damaged:
        found = decode_packet(text[1:])
        assert isinstance(found, Packet) or found.family in KINDS
