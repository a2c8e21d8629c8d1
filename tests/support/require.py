"""Tools that not every machine has: skip where they are missing, fail where all were promised."""

import os
from typing import Final

import pytest

REQUIRE_ALL: Final = "LOADLIB_TEST_REQUIRE_ALL"


def require_or_skip(condition: object, what: str, how_to_get: str) -> None:
    """Go on if ``condition`` is true; otherwise skip the test, or fail it under `REQUIRE_ALL` = 1.

    Args:
        condition: truth of "it is here", for example ``shutil.which("openssl")``.
        what: the missing thing, as the reader knows it.
        how_to_get: the command or the step that brings it.
    """
    if condition:
        return
    message = f"{what} is not available; {how_to_get}"
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(f"{message} ({REQUIRE_ALL}=1 turns this skip into a failure)", pytrace=False)
    pytest.skip(message)
