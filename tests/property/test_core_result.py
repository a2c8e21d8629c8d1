"""Result documents: every run survives its document, and no text makes the reader raise anything else."""

import contextlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.core.result import ResultFormatError, from_json
from tests.property.test_core_merging import SAMPLES
from tests.unit.core.results import run_result
from tests.unit.core.samples import Sample

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
DOCUMENT = json.loads(run_result().to_json())


@settings(max_examples=40, deadline=None)
@given(SAMPLES)
def test_any_run_survives_its_document(recorded: list[Sample]) -> None:
    """Reading back gives an equal result, and writing that the same text."""
    result = run_result(recorded)
    text = result.to_json()
    assert from_json(text) == result
    assert from_json(text).to_json() == text
    assert from_json(text).snapshot() == result.snapshot()


@settings(deadline=None)
@given(st.sampled_from(sorted(DOCUMENT)), JSON)
def test_any_value_in_any_field_is_read_or_refused(field: str, junk: object) -> None:
    """``ResultFormatError`` is the only error there is."""
    with contextlib.suppress(ResultFormatError):
        from_json(json.dumps({**DOCUMENT, field: junk}))


@settings(deadline=None)
@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_read_or_refused(text: str) -> None:
    """``ResultFormatError`` is the only error there is."""
    with contextlib.suppress(ResultFormatError):
        from_json(text)
