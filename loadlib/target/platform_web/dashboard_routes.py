"""The API's routes for the saved dashboard state; version and checksum rules are the store's."""

from starlette.responses import JSONResponse, Response

from loadlib.target.platform_web.api_router import ApiRouter, Call
from loadlib.target.platform_web.dashboard_state import DashboardStates, Owner
from loadlib.target.platform_web.nest_errors import ApiError
from loadlib.target.platform_web.whitelist import Field, Whitelist, integer, mapping, text

SAVE_BODY = Whitelist(
    Field("version", integer(0), required=True),
    Field("state", mapping(), required=True),
    Field("checksum", text(64)),
)


class DashboardRoutes:
    """Read, save and delete the caller's state in the caller's workspace."""

    def __init__(self, states: DashboardStates) -> None:
        self._states = states

    def add_to(self, router: ApiRouter) -> None:
        """Register the routes."""
        router.guarded("GET", "/dashboard/state", self.load)
        router.guarded("POST", "/dashboard/state", self.save)
        router.guarded("DELETE", "/dashboard/state", self.delete)

    async def load(self, call: Call) -> Response:
        """Answer the stored state or 404."""
        saved = self._states.load(_owner(call))
        if saved is None:
            raise ApiError(404, "No dashboard state found")
        return JSONResponse(saved.as_json())

    async def save(self, call: Call) -> Response:
        """Store the state; conflicts and wrong checksums are 200 with ``success`` false."""
        body = SAVE_BODY.clean(call.body)
        state = body["state"]
        checksum = body.get("checksum")
        outcome = self._states.save(
            _owner(call),
            int(str(body["version"])),
            state if isinstance(state, dict) else {},
            checksum if isinstance(checksum, str) else None,
        )
        return JSONResponse(outcome.as_json())

    async def delete(self, call: Call) -> Response:
        """Forget the state."""
        self._states.delete(_owner(call))
        return JSONResponse({"success": True})


def _owner(call: Call) -> Owner:
    return Owner(call.session.user, call.workspace)
