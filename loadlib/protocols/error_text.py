"""Recognising an error message that was delivered as an answer.

Agent servers often turn an exception, or a model provider's HTTP error, into the content of a successful run.
Such a text is recognised only by how it *starts*, or by being a JSON object that reports an error, so that an
answer which merely speaks about errors stays an answer. It does not look at envelopes or status codes.

A text is an error text if, after leading white space and quoting marks, ignoring case, one of these holds:

* it is a JSON object whose ``error`` member is neither absent nor empty, or whose ``status`` is ``error``;
* it starts with a Python traceback's first line, or with an exception's name and a colon (``ValueError:``);
* it starts with ``error`` or ``exception`` followed by a colon, a dash or a code (``Error code: 401 - ...``);
* it starts with an HTTP error status and its word (``503 Service``, ``HTTP error 500``);
* it starts with one of the phrases of provider clients and agent servers in `ERROR_OPENINGS`;
* it starts with one of `ERROR_NAMES`, and that is all or a full stop, colon or the like follows (so that
  "Internal error handling is ..." stays an answer).
"""

import json
import re
from typing import Final

HEAD_CHARS: Final = 2048
"""How much of a text is enough to judge it; a stream needs to keep no more than this."""

ERROR_OPENINGS: Final = (
    "an error occurred",
    "an unexpected error",
    "error calling",
    "error executing",
    "error running",
    "error while",
    "failed to generate",
    "incorrect api key",
    "invalid api key",
    "rate limit exceeded",
    "rate limit reached",
    "unknown agent",
    "unknown model error",
    "unknown team",
    "you exceeded your current quota",
)

ERROR_NAMES: Final = (
    "api connection error",
    "api error",
    "connection error",
    "connection refused",
    "execution failed",
    "execution timeout",
    "internal error",
    "internal server error",
    "model provider error",
    "request timed out",
    "service unavailable",
    "too many requests",
)


def _any_of(phrases: tuple[str, ...]) -> str:
    return "|".join(re.escape(phrase) for phrase in phrases)


_ERROR_HEAD: Final = re.compile(
    rf"""[\s"'`*]*(?:
        traceback\ \(most\ recent\ call\ last\)
      | [a-z_][a-z0-9_.]*(?:error|exception)\s*[:(]
      | (?:error|exception)\s*(?::|-\s|code\b)
      | http\s+error\s+[45]\d\d\b
      | (?:http\s+)?[45]\d\d\s+(?:bad|client|forbidden|gateway|internal|server|service|too|unauthorized)\b
      | (?:{_any_of(ERROR_OPENINGS)})\b
      | (?:{_any_of(ERROR_NAMES)})\s*(?:[.:;,!(]|-\s|$)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_error_text(text: str) -> bool:
    """Tell whether a run's content is an error message rather than an answer, by the rules above."""
    return _ERROR_HEAD.match(text[:HEAD_CHARS]) is not None or _is_error_object(text)


def _is_error_object(text: str) -> bool:
    stripped = text.strip()
    if not (stripped.startswith("{") and stripped.endswith("}")):
        return False
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError):
        return False
    return bool(value.get("error")) or value.get("status") == "error"
