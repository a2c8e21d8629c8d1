"""URLs in error texts: what is wrong with them is said, what they hold of secrets is not."""

from collections.abc import Callable

import pytest

from loadlib.client import HttpClient, TransportError
from loadlib.client.proxies import environment_proxies
from loadlib.client.url import join_redirect, parse_url
from loadlib.client.websocket_client import WebSocketClient
from loadlib.errors import ConfigurationError
from tests.unit.client.support import Records

LEAKY = [
    "http://user:s3cret@h:port/",
    "http://user:se/s3cret@h:3128",
    "http://user:s3cret#s3cret@h",
    "http://user:s3cret?s3cret@h",
    "http://user:s3cret/@s3cret@h",
    "http://us@er:s3cret/1@h",
    "http://user:s3cret\n@h/",
    "http://user:s3cret@h/\x00",
    "http://user:s3cret@bad host/",
    "http://user:s3cret@[::1/",
    "http://[s3cret]@h/",
    "http://user:s3cret@\u2100.example/",
    "http://h:x/#access_token=s3cret",
    "http://h:x/?access_token=s3cret",
    "ftp://user:s3cret@h/",
    "user:s3cret@h",
    "//user:s3cret@h",
    "http:user:s3cret@h",
    "s3cret@h",
]


@pytest.mark.parametrize("url", LEAKY)
def test_credentials_of_a_bad_url_are_not_shown(url: str) -> None:
    """Wherever an unescaped delimiter put them, and though the parser's own words repeat a part."""
    with pytest.raises(TransportError) as caught:
        parse_url(url)
    assert caught.value.kind == "bad_url"
    assert "s3cret" not in str(caught.value)
    assert "user" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "http://user:se/s3cret@proxy:3128/?a=b",
            "no valid host and port in the URL 'http://****@proxy:3128/'",
        ),
        ("user:s3cret@h", "'****@h' has neither the scheme http nor https"),
        ("ftp://h/a", "'ftp://h/a' has neither the scheme http nor https"),
        ("//h/a", "'//h/a' has neither the scheme http nor https"),
        ("http://h/\n", r"control characters in the URL 'http://h/\n'"),
        ("http://:80/a", "no valid host and port in the URL 'http://:80/a'"),
        ("http://h:99999/a#b", "no valid host and port in the URL 'http://h:99999/a'"),
    ],
)
def test_bad_url_is_shown_without_credentials_query_and_fragment(url: str, said: str) -> None:
    with pytest.raises(TransportError) as caught:
        parse_url(url)
    assert caught.value.message == said


def test_location_that_cannot_be_joined_is_not_shown_with_its_credentials() -> None:
    with pytest.raises(TransportError) as caught:
        parse_url(join_redirect(parse_url("http://h/"), "//user:se/s3cret@h:1"))
    assert "s3cret" not in str(caught.value)
    with pytest.raises(TransportError) as caught:
        join_redirect(parse_url("http://h/"), " //user:s3cret@[h")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", LEAKY)
def test_credentials_of_a_base_url_and_of_a_proxy_are_not_shown(url: str) -> None:
    """Both are configuration, and the text is what the person sees."""
    with pytest.raises(ConfigurationError) as caught:
        HttpClient(url, recorder=Records())
    assert "s3cret" not in str(caught.value)
    if "://" in url:
        with pytest.raises(ConfigurationError) as caught:
            environment_proxies({"HTTP_PROXY": url})
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("tail", ["?tenant=s3cret", "/a?b", "/a#part", "#s3cret@h"])
@pytest.mark.parametrize("make", [HttpClient, WebSocketClient])
def test_base_url_with_a_query_or_fragment_is_refused(tail: str, make: Callable[..., object]) -> None:
    """Neither would be in a request's URL."""
    with pytest.raises(ConfigurationError, match="query and no fragment") as caught:
        make(f"http://user:17{tail}", recorder=Records())
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("tail", ["", "/", "/a", "/a?", "/a#"])
def test_base_url_with_a_path_is_fine(tail: str) -> None:
    HttpClient(f"http://h{tail}", recorder=Records()).close()
    WebSocketClient(f"ws://h{tail}", recorder=Records())
