"""URLs as they may be shown, alone or in a text."""

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

_CREDENTIALS: Final = re.compile(r"(?<=://)[^\s/?#]*@")


def without_credentials(url: str) -> str:
    """Return a URL as it may be shown: without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def without_credentials_in(text: str) -> str:
    """Return a text as it may be shown: its URLs without user names and passwords."""
    return _CREDENTIALS.sub("", text)
