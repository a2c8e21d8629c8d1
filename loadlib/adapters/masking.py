"""URLs as they may be shown, alone or in a text.

A password may hold ``/``, ``?`` or ``#`` unescaped. So where the seeming host is followed by a colon and no
port, all up to the last ``@`` counts as user name and password.
"""

import re
from typing import Final

_ALONE: Final = re.compile(
    r"\A((?:[A-Za-z][A-Za-z0-9+.-]*:)?//|)(?:[^/?#]*@)?(?:(?!\[)[^/?#:@]*:(?!\d+(?:[/?#]|\Z)).*@)?", re.DOTALL
)
_IN_TEXT: Final = re.compile(
    r"(?<=://)(?:[^\s/?#]*@)?(?:(?!\[)[^\s/?#:@]*:(?!\d+(?:[\s/?#]|\Z))(?:(?!://)\S)*@)?"
)
"""Looks no further than to the next URL: linear in the text's length."""


def without_credentials(url: str) -> str:
    """Return a URL as it may be shown: without user name and password."""
    return _ALONE.sub(r"\1", url)


def without_credentials_in(text: str) -> str:
    """Return a text as it may be shown: its URLs without user names and passwords."""
    return _IN_TEXT.sub("", text)
