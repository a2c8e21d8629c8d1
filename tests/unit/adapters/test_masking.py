"""URLs as they may be shown, alone or in a text: user name and password are gone, everything else stays."""

import pytest

from loadlib.adapters.masking import without_credentials, without_credentials_in

SHOWN = [
    ("http://127.0.0.1:7777", "http://127.0.0.1:7777"),
    ("http://ann:s3cret@example.com", "http://example.com"),
    ("https://ann:s3cret@example.com:8443/a/b?c=d#e", "https://example.com:8443/a/b?c=d#e"),
    ("http://ann@example.com/", "http://example.com/"),
    ("http://:s3cret@example.com/", "http://example.com/"),
    ("http://ann:s3@cret@example.com/", "http://example.com/"),
    ("http://ann:s3cret@[::1]:7777/x", "http://[::1]:7777/x"),
    ("http://[::1]:7777/mail@x", "http://[::1]:7777/mail@x"),
    ("http://ann:s3/cret@example.com/a?b", "http://example.com/a?b"),
    ("http://ann:s3#cret@example.com:8443", "http://example.com:8443"),
    ("http://ann:s3?cret@example.com/", "http://example.com/"),
    ("http://ann:/s3cret@example.com/", "http://example.com/"),
    ("http://ann:12s3/cret@example.com/", "http://example.com/"),
    ("http://ann@mail.example:s3/cret@example.com/", "http://example.com/"),
    ("http://example.com:8443/mail@x?c=d@e#f@g", "http://example.com:8443/mail@x?c=d@e#f@g"),
    ("http://example.com:8443?c=d@e", "http://example.com:8443?c=d@e"),
    ("http://example.com/mail@x", "http://example.com/mail@x"),
    ("", ""),
]


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_user_name_and_password_are_left_out(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ann:s3cret@example.com:8443", "example.com:8443"),
        ("//ann:s3cret@example.com", "//example.com"),
        ("http:ann:s3cret@example.com", "example.com"),
        ("http://ann:s3 cret@example.com/", "http://example.com/"),
        ("http://ann:s3/cret@[example.com", "http://[example.com"),
        ("127.0.0.1:7777", "127.0.0.1:7777"),
        ("/mail@x", "/mail@x"),
    ],
)
def test_what_is_hardly_a_url_loses_them_as_well(url: str, shown: str) -> None:
    """An ordinary user's host is shown as it was given, before anybody has tried it."""
    assert without_credentials(url) == shown


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_url_inside_a_text_is_masked_in_its_place(url: str, shown: str) -> None:
    assert without_credentials_in(f"URL {url}: code=404, {url}") == f"URL {shown}: code=404, {shown}"


def test_text_without_a_url_stays_as_it_is() -> None:
    text = "ann@example.com: no // agent a@b (http://example.com/a b@c)"
    assert without_credentials_in(text) == text
