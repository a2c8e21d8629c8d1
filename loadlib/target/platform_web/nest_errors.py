"""The API's error answers: status, message and the reason phrase in one JSON body, as NestJS writes them."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse


class ApiError(Exception):
    """Ends a request with ``{message, error, statusCode}``.

    ``by_guard`` marks a refusal that the API's own metrics do not see: guards run before its interceptor.
    """

    def __init__(
        self,
        status: int,
        message: str | list[str],
        *,
        by_guard: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.by_guard = by_guard
        self.headers = headers

    def response(self) -> JSONResponse:
        """Return the answer."""
        body = {"message": self.message, "error": HTTPStatus(self.status).phrase, "statusCode": self.status}
        return JSONResponse(body, self.status, self.headers)


def unauthorized(message: str) -> ApiError:
    """Return the refusal of a request without a valid session."""
    return ApiError(401, message, by_guard=True)


def forbidden(message: str) -> ApiError:
    """Return the refusal of a caller without membership or role."""
    return ApiError(403, message, by_guard=True)


def bad_request(*messages: str) -> ApiError:
    """Return the refusal of a malformed request; the messages are a list, as the validator's are."""
    return ApiError(400, list(messages))


def throttled(retry_after_s: int) -> ApiError:
    """Return the refusal of the throttler guard."""
    return ApiError(
        429,
        "ThrottlerException: Too Many Requests",
        by_guard=True,
        headers={"Retry-After": str(retry_after_s)},
    )
