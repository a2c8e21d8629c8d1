"""Puts the AgentOS application together; every route's behaviour lives in a module of its own."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from loadlib.target.agentos.control import control_routes
from loadlib.target.context import TargetContext
from loadlib.target.middleware import instrument


def build_agentos(ctx: TargetContext) -> ASGIApp:
    """Build the AgentOS application of a target."""
    routes = [*control_routes(ctx)]
    return instrument(Starlette(routes=routes), ctx, "agentos", routes)
