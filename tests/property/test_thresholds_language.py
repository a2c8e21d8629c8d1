"""The languages of thresholds, for any text: expressions, selectors and whole files."""

import re
import string
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.thresholds.amounts import UNITS, parse_float
from loadlib.thresholds.errors import SyntaxFlaw, ThresholdsError
from loadlib.thresholds.expressions import AGGREGATIONS, EXPRESSION_PATTERN, OPERATORS, parse_expression
from loadlib.thresholds.loader import loads
from loadlib.thresholds.rules import resolve
from loadlib.thresholds.selectors import SELECTOR_PATTERN, parse_selector

METRICS = MetricRegistry(BUILTIN)

blanks = st.text(" \t", max_size=2)
numbers = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False).map(repr),
    st.from_regex(r"[+-]?[0-9]{1,3}(_[0-9]{3})?\.?[0-9]{0,3}([eE][+-]?[0-9])?", fullmatch=True),
    st.sampled_from(["Inf", "-inf", "+Infinity", ".5", "5."]),
)
percentiles = st.floats(0, 100).map(repr) | st.integers(0, 100).map(str)
aggregations = st.sampled_from(AGGREGATIONS) | percentiles.map("p({})".format)
amounts = st.builds(
    "{}{}{}{}".format, numbers, blanks, st.sampled_from(["", *UNITS]), st.sampled_from(["", "/s"])
)
expressions = st.tuples(
    blanks, aggregations, blanks, st.sampled_from(OPERATORS), blanks, amounts, blanks
).map("".join)
alike = st.text(st.sampled_from("<>=!p()0123456789.eE+-_%/smkKMGiBcountrateavgvalue \t&|μµ"), max_size=20)


def flaw_of(parse: Callable[[str], object], text: str) -> SyntaxFlaw | None:
    """Return why a text is refused."""
    try:
        parse(text)
    except SyntaxFlaw as flaw:
        return flaw
    return None


def problems_of(text: str) -> tuple[str, ...]:
    """Return why a file is refused; a refusal without a reason is none."""
    try:
        document = loads(text, "f.yaml")
        resolve(document, metrics=METRICS, environment="x", scenarios=["a2a"], run_scenario="a2a")
    except ThresholdsError as error:
        return error.problems or ("",)
    return ()


@given(expressions)
def test_expression_survives_the_round_trip(text: str) -> None:
    """Written in its shortest form it means the same."""
    expression = parse_expression(text)
    assert parse_expression(str(expression)) == expression
    assert expression.source == text


@given(expressions)
def test_editor_takes_every_expression(text: str) -> None:
    """The schema's pattern is no narrower than the parser."""
    assert re.search(EXPRESSION_PATTERN, text)


@given(
    st.text() | alike | expressions.flatmap(lambda text: st.sampled_from([text[1:], text[:-1], text + "x"]))
)
def test_any_text_is_an_expression_or_a_flaw_inside_it(text: str) -> None:
    """The parser ends no other way, and what it takes the editor takes too."""
    flaw = flaw_of(parse_expression, text)
    if flaw is None:
        assert re.search(EXPRESSION_PATTERN, text)
        return
    assert str(flaw)
    assert 0 <= flaw.start <= len(text)
    assert flaw.start + flaw.length <= max(len(text), 1)


@given(numbers)
def test_numbers_are_those_of_floats(text: str) -> None:
    """Python's reading of the same digits."""
    assert parse_float(text) == float(text)


words = st.text(string.ascii_letters + string.digits + "_-/ {}:*.", min_size=1, max_size=12).filter(str.strip)
keys = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8)


@given(st.from_regex("[a-z_][a-z0-9_]{1,9}", fullmatch=True), st.dictionaries(keys, words, max_size=4))
def test_selector_carries_its_tags(metric: str, tags: dict[str, str]) -> None:
    """Whatever colons and braces their values hold, in any order."""
    pairs = ",".join(f"{key}:{value}" for key, value in tags.items())
    text = f"{metric}{{{pairs}}}" if tags else metric
    selector = parse_selector(text)
    assert selector.metric == metric
    assert dict(selector.tags) == {key: value.strip() for key, value in tags.items()}
    assert parse_selector(str(selector)) == selector
    assert re.search(SELECTOR_PATTERN, text)


@given(st.text() | st.text("ab{}:,'\" ", max_size=15))
def test_any_text_is_a_selector_or_a_flaw_inside_it(text: str) -> None:
    """The parser ends no other way."""
    flaw = flaw_of(parse_selector, text)
    if flaw is None:
        assert re.search(SELECTOR_PATTERN, text)
        return
    assert flaw.start >= 0
    assert flaw.start + flaw.length <= max(len(text), flaw.start + 1)


lines = st.sampled_from(
    [
        "version: 1",
        "thresholds:",
        "  http_reqs: [count>0]",
        '  "http_req_duration{endpoint:GET /x}": ["p(95)<500ms", {threshold: avg<5}]',
        "  http_req_failed:",
        "    - rate<1%",
        "    - {threshold: rate<1, abort_on_fail: on}",
        "endpoints: {'GET *': {http_reqs: [count<1]}}",
        "scenarios:",
        "  a2a:",
        "    thresholds: {}",
        "\t- x",
        "? &a [1]",
        "*a : b",
        "<<: {}",
        "---",
        "key: |",
        "  text",
        "'",
        "# comment",
        "!!int 5: x",
    ]
)
files = (
    st.lists(lines, max_size=8).map("\n".join) | st.text() | st.text("ab:-[]{}\"'&*!?|> \n\t#,%", max_size=40)
)


@given(files)
def test_any_file_is_a_document_or_a_list_of_placed_problems(text: str) -> None:
    """Nothing but the documented error ever leaves, and every problem names its place."""
    for problem in problems_of(text):
        head, *rest = problem.split("\n")
        assert re.match(r"f\.yaml:\d+:\d+: \S", head), problem
        assert not rest or (len(rest) == 2 and set(rest[1].strip()) == {"^"}), problem
