"""Failure kinds are short stable tokens, whatever a peer sends."""

import pytest

from loadlib.protocols.failures import KINDS, MAX_DETAIL_CHARS, Failure, qualified


@pytest.mark.parametrize("kind", ["no_terminal", "rpc_error:-32601", "run_error:HTTP_429", "state:rejected"])
def test_a_token_is_a_kind(kind: str) -> None:
    """A bare and a qualified token are accepted, and the family is what stands before the colon."""
    assert Failure(kind).family == kind.partition(":")[0]


@pytest.mark.parametrize("kind", ["", "No_Terminal", "no terminal", "rpc_error:", "a:b:c", "x:{y}", "état"])
def test_free_text_is_no_kind(kind: str) -> None:
    """Anything that would make a bad metric tag is refused at once."""
    with pytest.raises(ValueError, match="not a failure kind"):
        Failure(kind)


def test_detail_is_bounded() -> None:
    """A peer's megabyte of error text does not travel through the reports."""
    detail = Failure("bad_json", "x" * 10_000).detail
    assert len(detail) == MAX_DETAIL_CHARS
    assert detail.endswith("…")


@pytest.mark.parametrize(
    ("qualifier", "kind"),
    [
        (-32601, "rpc_error:-32601"),
        ("EXECUTION_TIMEOUT", "rpc_error:EXECUTION_TIMEOUT"),
        (None, "rpc_error"),
        ("", "rpc_error"),
        ("7f3c1a2b-9d4e-4f5a-8b6c-1d2e3f4a5b6c", "rpc_error:other"),
        ("run 17 failed", "rpc_error:other"),
        ("x" * 41, "rpc_error:other"),
        (10**12, "rpc_error:other"),
        ({"code": 1}, "rpc_error:other"),
        ("ünï", "rpc_error:other"),
    ],
)
def test_a_qualifier_chosen_by_a_peer_cannot_make_series_at_will(qualifier: object, kind: str) -> None:
    """Ids, sentences and odd types become ``other``; codes stay."""
    assert qualified("rpc_error", qualifier).kind == kind


def test_every_kind_in_the_table_is_a_token_with_a_meaning() -> None:
    """The table is what documentation and dashboards list."""
    for kind, meaning in KINDS.items():
        assert Failure(kind).family == kind
        assert meaning
