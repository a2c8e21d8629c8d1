"""The keyword arguments of a client's calls, named and typed once for the methods that pass them on.

`HttpClient.request` says what they mean. Does not read them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from loadlib.client.body import Data
from loadlib.client.digest import DigestAuth
from loadlib.client.head import HeaderValues
from loadlib.client.judging import Checks, Judge, StatusRule
from loadlib.client.multipart import Files
from loadlib.client.url import Params

TagPairs = Mapping[str, str] | Iterable[tuple[str, str]]
Auth = tuple[str, str] | DigestAuth


class CallArguments(TypedDict, total=False):
    """Those of every call, its body apart."""

    name: str | None
    params: Params | None
    headers: HeaderValues | None
    files: Files | None
    compression: str | None
    auth: Auth | None
    allow_redirects: bool
    max_redirects: int | None
    discard_body: bool | None
    timeout: float | None
    catch_response: bool
    checks: Checks | None
    judge: Judge | None
    expected_statuses: Iterable[StatusRule] | None
    tags: TagPairs | None
    context: dict[str, Any] | None


class JsonArguments(CallArguments, total=False):
    """Those of a call whose method takes ``data`` by position."""

    json: object


class RequestArguments(JsonArguments, total=False):
    """All of them."""

    data: Data | None
