"""Small helpers of the web's routes: JSON bodies, bounded numbers from query strings, refusals."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse

UNAUTHORIZED = {"success": False, "error": "UNAUTHORIZED", "message": "Authentication required"}
NO_WORKSPACE = {"success": False, "error": "NO_WORKSPACE", "message": "No active workspace"}


async def read_object(request: Request) -> dict[str, object] | None:
    """Return the JSON object of the body, or None when there is none."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def query_number(request: Request, name: str, default: int, lowest: int, highest: int) -> int:
    """Return a query number; raise ValueError with a readable message when it is not in the range."""
    text = request.query_params.get(name)
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdigit() else lowest - 1
    if not lowest <= number <= highest:
        raise ValueError(f"{name} must be a whole number from {lowest} to {highest}")
    return number


def invalid_query(problem: ValueError) -> JSONResponse:
    """Return the refusal of a query."""
    return JSONResponse({"success": False, "error": "VALIDATION_ERROR", "message": str(problem)}, 400)
