"""Which headers look secret: they stay at home when a request goes elsewhere, and are stars in the log.

Goes by names alone: a scenario's own headers are known by nothing else. Does not mask or drop anything.
"""

import re
from functools import lru_cache
from typing import Final

CACHED_NAMES: Final = 1024
_ANYWHERE: Final = re.compile(
    r"cookie|credential|csrf|xsrf|passphrase|passw(?:or)?d|secret|session|signature|token"
    r"|(?:access|api|auth|private)[-_]?key"
)
_WORDS: Final = frozenset(
    {
        "auth",
        "authentication",
        "authorization",
        "bearer",
        "jwt",
        "key",
        "keys",
        "otp",
        "pass",
        "pin",
        "pwd",
        "sid",
    }
)
_HARMLESS: Final = frozenset({"idempotency-key", "sec-websocket-key"})
"""Keys that open nothing."""


@lru_cache(maxsize=CACHED_NAMES)
def looks_secret(name: str) -> bool:
    """Tell whether a header of this name, in any case, may hold a credential."""
    lower = name.lower()
    if lower in _HARMLESS:
        return False
    return bool(_ANYWHERE.search(lower)) or not _WORDS.isdisjoint(re.split("[^a-z0-9]+", lower))
