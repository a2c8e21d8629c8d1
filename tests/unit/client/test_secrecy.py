"""Headers that look secret: by their names, in whatever spelling."""

import pytest

from loadlib.client.secrecy import looks_secret


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "Proxy-Authorization", "Authentication-Info", "Cookie", "Set-Cookie", "set-cookie2",
        "X-API-Key", "X_Api_Key", "Apikey", "X-Metrics-Key", "X-Access-Key", "X-AccessKey", "X-Auth",
        "X-Session-Token", "Mcp-Session-Id", "X-CSRFToken", "X-XSRF", "X-Csrf", "Client-Secret", "X-Password",
        "X-Amz-Signature", "X-Credentials", "X-JWT", "X-Pwd", "Ocp-Apim-Subscription-Key", "X-Vault-Token",
        "X-Auth-User",
    ],
)  # fmt: skip
def test_credentials_are_known_by_their_names(name: str) -> None:
    for spelling in (name, name.lower(), name.upper()):
        assert looks_secret(spelling)


@pytest.mark.parametrize(
    "name",
    [
        "Accept", "Content-Type", "Host", "Origin", "User-Agent", "X-Request-Id", "X-Author", "Keep-Alive",
        "WWW-Authenticate", "X-Monkey", "X-Keyboard", "X-Tenant", "Idempotency-Key", "Sec-WebSocket-Key",
        "Access-Control-Allow-Headers", "X-Bypass-Cache", "X-Spinner", "Location", "Traceparent", "",
    ],
)  # fmt: skip
def test_other_headers_are_not(name: str) -> None:
    assert not looks_secret(name)
