"""A call's arguments made into the request it sends first. Does not send it and knows no connection."""

from typing import Any, Final

from loadlib.client.arguments import Auth
from loadlib.client.body import Data, encode_body
from loadlib.client.compression import compress_body
from loadlib.client.digest import DigestAuth
from loadlib.client.head import HeaderValues
from loadlib.client.multipart import Files, encode_multipart
from loadlib.client.redirects import Outgoing
from loadlib.client.url import Params, basic_authorization, with_params

_NO_HEADERS: Final[HeaderValues] = {}


def outgoing(  # noqa: PLR0917 - the body of a call signature, passed on by position because that is cheaper
    method: str,
    url: str,
    params: Params | None,
    headers: HeaderValues | None,
    data: Data | None,
    json: object,
    auth: Auth | None,
    files: Files | None = None,
    compression: str | None = None,
) -> Outgoing:
    """Return the request that a call's arguments describe.

    Raises:
        ValueError: a body that cannot be sent, or arguments that exclude one another.
    """
    body, content_type = (b"", "") if data is None and json is None else encode_body(data, json)
    full_url = with_params(url, params) if params else url
    request = Outgoing(method, full_url, headers or _NO_HEADERS, body, content_type)
    if auth:
        _sign(request, auth)
    if files is not None:
        request.body, request.content_type = _form(data, json, files)
    if compression is not None:
        _compress(request, compression)
    return request


def _sign(request: Outgoing, auth: Auth) -> None:
    if isinstance(auth, DigestAuth):
        request.digest = auth
    else:
        request.authorization = basic_authorization(*auth)


def _form(data: Any, json: object, files: Files) -> tuple[bytes, str]:
    if json is not None or isinstance(data, bytes | bytearray | memoryview | str):
        raise ValueError("files go with the fields of a form in data, not with json or a body")
    return encode_multipart(data, files)


def _compress(request: Outgoing, wanted: str) -> None:
    if any(name.lower() == "content-encoding" for name in request.headers):
        raise ValueError("give compression or the header Content-Encoding, not both")
    if request.body:
        request.body, encoding = compress_body(request.body, wanted)
        request.headers = {**request.headers, "Content-Encoding": encoding}
