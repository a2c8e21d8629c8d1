"""URLs as they may be shown: user name and password are gone, everything else stays."""

import pytest

from loadlib.adapters.masking import without_credentials

SHOWN = [
    ("http://127.0.0.1:7777", "http://127.0.0.1:7777"),
    ("http://ann:s3cret@example.com", "http://example.com"),
    ("https://ann:s3cret@example.com:8443/a/b?c=d#e", "https://example.com:8443/a/b?c=d#e"),
    ("http://ann@example.com/", "http://example.com/"),
    ("http://:s3cret@example.com/", "http://example.com/"),
    ("http://ann:s3@cret@example.com/", "http://example.com/"),
    ("http://ann:s3cret@[::1]:7777/x", "http://[::1]:7777/x"),
    ("http://example.com/mail@x", "http://example.com/mail@x"),
    ("", ""),
]


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_user_name_and_password_are_left_out(url: str, shown: str) -> None:
    assert without_credentials(url) == shown
