"""Endpoint templates hold for any text that a path may be."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from loadlib.core.endpoint import normalize_path

PIECES = st.sampled_from(
    [
        "/",
        "//",
        "a",
        "v1",
        "42",
        "deadbeefdeadbeef",
        ":",
        ":cancel",
        "?",
        "#",
        "http://",
        "x://",
        "{id}",
        "é",
        "\n",
    ]
)
PATHS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=8).map("".join))


@settings(deadline=None)
@given(PATHS)
@example("a:b:c")
@example("////x")
def test_normalizing_twice_is_normalizing_once(path: str) -> None:
    """A template may be fed back in without harm."""
    once = normalize_path(path)
    assert normalize_path(once) == once


@settings(deadline=None)
@given(PATHS)
def test_a_template_is_never_empty_and_has_no_query(path: str) -> None:
    """Whatever a scenario passes, an endpoint has a name."""
    template = normalize_path(path)
    assert template
    assert "?" not in template
    assert "#" not in template


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**18), st.uuids())
def test_the_number_of_templates_does_not_grow_with_ids(number: int, uuid: object) -> None:
    """Every id gives the same template."""
    assert normalize_path(f"/a/{number}/b/{uuid}") == "/a/{id}/b/{uuid}"
