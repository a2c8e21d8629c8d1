"""The selector grammar: k6's, and refusals that say which characters are meant."""

import re

import pytest

from loadlib.thresholds.errors import SyntaxFlaw
from loadlib.thresholds.selectors import SELECTOR_PATTERN, parse_selector

MEANINGS = [
    ("http_reqs", "http_reqs", {}),
    ("m_1{abc:123}", "m_1", {"abc": "123"}),
    ("mm{abc:123,easyas:doremi}", "mm", {"abc": "123", "easyas": "doremi"}),
    ("mm{ abc : 123 , easyas: doremi }", "mm", {"abc": "123", "easyas": "doremi"}),
    ("mm{group:::mygroup}", "mm", {"group": "::mygroup"}),
    ("mm{name:http://${}.com,url:ssh://x:a/b}", "mm", {"name": "http://${}.com", "url": "ssh://x:a/b"}),
    ("mm{endpoint:GET /a2a/{agent}/rpc}", "mm", {"endpoint": "GET /a2a/{agent}/rpc"}),
    ("mm{endpoint:GET /tasks/{id}}", "mm", {"endpoint": "GET /tasks/{id}"}),
    ('mm{" a" : \' 1\' , b : "2 " }', "mm", {" a": " 1", "b": "2 "}),
]


@pytest.mark.parametrize(("text", "metric", "tags"), MEANINGS)
def test_selector_means(text: str, metric: str, tags: dict[str, str]) -> None:
    """Cut at the first colon, trimmed of blanks and then of quotes, as k6 does."""
    selector = parse_selector(text)
    assert (selector.source, selector.metric, dict(selector.tags)) == (text, metric, tags)


@pytest.mark.parametrize("text", [text for text, *_ in MEANINGS])
def test_editor_pattern_takes_what_the_parser_takes(text: str) -> None:
    """An editor never marks as wrong what runs."""
    assert re.search(SELECTOR_PATTERN, text)


def test_order_and_blanks_make_no_other_selector() -> None:
    """Two spellings of one selection are the same selector."""
    assert parse_selector("mm{b:2, a:1}") == parse_selector("mm{a:1,b:2}")


REFUSED = [
    ("", "", "no metric name"),
    ("{a:b}", "{", "no metric name"),
    (
        "http-reqs",
        "http-reqs",
        "'http-reqs' is not a metric name: 2 to 128 letters, digits or _, no digit first",
    ),
    ("http_reqs {a:b}", "http_reqs ", "'http_reqs ' is not a metric name"),
    ("mm}a:1}", "mm}a:1}", "'mm}a:1}' is not a metric name"),
    ("mm{a:1", "1", "the closing } must be the last character"),
    ("mm{a:1}r", "r", "the closing } must be the last character"),
    ("mm{a:1} ", "} ", "the closing } must be the last character"),
    ("mm{}", "}", "tag '' needs a key and a value; write key:value"),
    ("mm{easyas}", "easyas", "tag 'easyas' needs a value; write key:value"),
    ("mm{abc:123,easyas:}", "easyas:", "tag 'easyas:' needs a value; write key:value"),
    ("mm{a: ''}", "a: ''", "tag \"a: ''\" needs a value; write key:value"),
    ("mm{:1}", ":1", "tag ':1' needs a key and a value; write key:value"),
    ("mm{a:1,}", "}", "tag '' needs a key and a value; write key:value"),
    ("mm{a:1,b:2,a:3}", "a:3", "tag 'a' is given twice; no sample carries two values"),
]


@pytest.mark.parametrize(("text", "marked", "message"), REFUSED)
def test_selector_is_refused(text: str, marked: str, message: str) -> None:
    """The mark covers the part that is wrong."""
    with pytest.raises(SyntaxFlaw) as caught:
        parse_selector(text)
    flaw = caught.value
    assert str(flaw).startswith(message)
    assert text[flaw.start : flaw.start + flaw.length] == marked
